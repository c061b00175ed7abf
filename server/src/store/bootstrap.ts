import { randomBytes } from 'node:crypto';
import type { Db, Tx } from './db.ts';
import { insertKey } from './keys.ts';
import { hasMembers, insertInvitation } from './members.ts';
import { findWorkspace, insertWorkspace, type Workspace } from './workspaces.ts';

/** The workspace of a fresh installation, and the one the Lab plays in. They are never the same. */
export const MAIN_WORKSPACE = 'Main';
export const DEMO_WORKSPACE = 'Demo';
const LOCK = 7_318_005_523;

/** Finds the workspace of that name or makes it; two processes starting together agree. */
export async function openWorkspace(tx: Tx, name: string): Promise<Workspace> {
  await tx.query('select pg_advisory_xact_lock($1)', [LOCK]);
  return (await findWorkspace(tx, name)) ?? (await insertWorkspace(tx, name));
}

/** Makes the admin key of TRIBUTARY_API_KEY valid in the main workspace. */
export async function openBootstrap(db: Db, secret: string): Promise<void> {
  await db.tx(async (tx) => {
    const workspace = await openWorkspace(tx, MAIN_WORKSPACE);
    await insertKey(tx, { workspaceId: workspace.id, name: 'Bootstrap', secret, permissions: ['admin'] });
  });
}

const SETUP_MS = 7 * 24 * 3_600_000;

/** The secret of a one-time link by which somebody becomes the owner of a workspace; undefined where it has members already. */
export async function openSetup(db: Db, name: string): Promise<string | undefined> {
  return db.tx(async (tx) => {
    const workspace = await openWorkspace(tx, name);
    if (await hasMembers(tx, workspace.id)) return undefined;
    const secret = randomBytes(24).toString('base64url');
    await insertInvitation(tx, {
      workspaceId: workspace.id,
      role: 'owner',
      secret,
      expiresAt: new Date(Date.now() + SETUP_MS),
    });
    return secret;
  });
}
