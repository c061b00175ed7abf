import { createHash } from 'node:crypto';
import { type MemberId, newId, newUuid, toId, uuidOf, type WorkspaceId } from '@tributary/protocol';
import type { Tx } from './db.ts';

export const ROLES = ['owner', 'admin', 'member', 'viewer'] as const;
export type Role = (typeof ROLES)[number];

/** A person of the workspace. */
export interface Member {
  id: MemberId;
  workspaceId: WorkspaceId;
  name: string;
  email: string;
  role: Role;
}
interface Row {
  id: string;
  workspace_id: string;
  name: string;
  email: string;
  role: Role;
}
const read = (row: Row): Member => ({
  id: toId('member', row.id),
  workspaceId: toId('workspace', row.workspace_id),
  name: row.name,
  email: row.email,
  role: row.role,
});

/** What is stored instead of a random secret. */
const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/** Adds a person; undefined where the workspace has somebody of that address already. */
export async function insertMember(
  tx: Tx,
  member: Omit<Member, 'id'> & { password: string },
): Promise<Member | undefined> {
  const made = await tx.query<Row>(
    `insert into members (workspace_id, id, name, email, role, password) values ($1, $2, $3, lower($4), $5, $6)
      on conflict (workspace_id, email) do nothing returning id, workspace_id, name, email, role`,
    [uuidOf(member.workspaceId), uuidOf(newId('member')), member.name, member.email, member.role, member.password],
  );
  return made.rows[0] && read(made.rows[0]);
}

/** Everybody of that address who can sign in, in any workspace, with the stored form of the password. */
export async function membersByEmail(tx: Tx, email: string): Promise<(Member & { password: string })[]> {
  const found = await tx.query<Row & { password: string }>(
    'select id, workspace_id, name, email, role, password from members where lower(email) = lower($1) and password is not null order by created_at',
    [email],
  );
  return found.rows.map((row) => ({ ...read(row), password: row.password }));
}

export async function hasMembers(tx: Tx, workspaceId: WorkspaceId): Promise<boolean> {
  const found = await tx.query('select 1 from members where workspace_id = $1 limit 1', [uuidOf(workspaceId)]);
  return found.rowCount === 1;
}

/** Starts a session under a random secret. */
export async function insertSession(
  tx: Tx,
  session: { member: Member; secret: string; agent?: string; expiresAt: Date },
): Promise<void> {
  await tx.query(
    'insert into sessions (workspace_id, id, member_id, hash, agent, expires_at) values ($1, $2, $3, $4, $5, $6)',
    [
      uuidOf(session.member.workspaceId),
      newUuid(),
      uuidOf(session.member.id),
      hashOf(session.secret),
      session.agent?.slice(0, 300) ?? null,
      session.expiresAt,
    ],
  );
}

/** Whose session a secret is, while it lasts; notes at most once a minute that it was used. */
export async function findSession(tx: Tx, secret: string): Promise<Member | undefined> {
  const found = await tx.query<Row & { session: string; stale: boolean }>(
    `select m.id, m.workspace_id, m.name, m.email, m.role, s.id as session, s.last_seen_at < now() - interval '1 minute' as stale
      from sessions s join members m on m.workspace_id = s.workspace_id and m.id = s.member_id
      where s.hash = $1 and s.expires_at > now()`,
    [hashOf(secret)],
  );
  const row = found.rows[0];
  if (!row) return undefined;
  if (row.stale)
    await tx.query('update sessions set last_seen_at = now() where workspace_id = $1 and id = $2', [
      row.workspace_id,
      row.session,
    ]);
  return read(row);
}

export async function endSession(tx: Tx, secret: string): Promise<void> {
  await tx.query('delete from sessions where hash = $1', [hashOf(secret)]);
}

/** Makes a one-time link's secret valid. */
export async function insertInvitation(
  tx: Tx,
  invitation: { workspaceId: WorkspaceId; role: Role; secret: string; expiresAt: Date },
): Promise<void> {
  await tx.query('insert into invitations (workspace_id, id, hash, role, expires_at) values ($1, $2, $3, $4, $5)', [
    uuidOf(invitation.workspaceId),
    newUuid(),
    hashOf(invitation.secret),
    invitation.role,
    invitation.expiresAt,
  ]);
}

export interface Invitation {
  workspaceId: WorkspaceId;
  workspaceName: string;
  role: Role;
}

/** What a one-time link leads to; undefined when it was used, is over, or never was. With `take`, it is used from now on. */
export async function findInvitation(tx: Tx, secret: string, take = false): Promise<Invitation | undefined> {
  const found = await tx.query<{ workspace_id: string; name: string; role: Role }>(
    take
      ? `with taken as (update invitations set used_at = now() where hash = $1 and used_at is null and expires_at > now() returning workspace_id, role)
          select workspace_id, role, w.name from taken join workspaces w on w.id = workspace_id`
      : `select workspace_id, role, w.name from invitations join workspaces w on w.id = workspace_id
          where hash = $1 and used_at is null and expires_at > now()`,
    [hashOf(secret)],
  );
  const row = found.rows[0];
  return row && { workspaceId: toId('workspace', row.workspace_id), workspaceName: row.name, role: row.role };
}

/** The first run's links are over once somebody owns the workspace. */
export async function endSetup(tx: Tx, workspaceId: WorkspaceId): Promise<void> {
  await tx.query(
    "update invitations set used_at = now() where workspace_id = $1 and role = 'owner' and used_at is null",
    [uuidOf(workspaceId)],
  );
}

/** One person at a time becomes the first of a workspace. */
export async function lockWorkspace(tx: Tx, workspaceId: WorkspaceId): Promise<void> {
  await tx.query('select 1 from workspaces where id = $1 for update', [uuidOf(workspaceId)]);
}
