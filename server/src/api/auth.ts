import type { WorkspaceId } from '@tributary/protocol';
import type { FastifyRequest } from 'fastify';
import { ApiError } from '../errors.ts';
import type { Db } from '../store/db.ts';
import { findKey, hashKey, type Permission } from '../store/keys.ts';
import { findSession, type Member, type Role } from '../store/members.ts';
import type { ApiDeps } from './deps.ts';
import { MEMBER_COOKIE, readSession, SESSION_COOKIE } from './session.ts';

/** Who is asking: an API key, a person who has signed in, or the Lab's page by its cookie. */
export interface Auth {
  workspaceId: WorkspaceId;
  by: 'key' | 'session';
  permissions: ReadonlySet<Permission>;
  /** Present when a person has signed in. */
  member?: Member;
}

/** The Lab's page may do what a conversation needs, and never make keys. */
const SESSION_PERMISSIONS: ReadonlySet<Permission> = new Set([
  'messages:read',
  'messages:write',
  'conversations:read',
  'conversations:write',
  'channels:read',
  'channels:write',
  'bots:read',
  'bots:write',
]);
/** What each role may do. Owners and admins run the workspace, members answer in it, viewers look on. */
const ROLE_PERMISSIONS: Readonly<Record<Role, readonly Permission[]>> = {
  owner: ['admin'],
  admin: ['admin'],
  member: [
    'messages:read',
    'messages:write',
    'conversations:read',
    'conversations:write',
    'channels:read',
    'bots:read',
    'analytics:read',
  ],
  viewer: ['messages:read', 'conversations:read', 'channels:read', 'bots:read', 'analytics:read'],
};
/** A revoked key works no longer than this in any process. */
const REMEMBER_MS = 5_000;
const REMEMBER_MAX = 10_000;

/** Looks up who asks, remembering keys for a few seconds. */
export class Doorkeeper {
  private readonly known = new Map<string, { auth: Auth; until: number }>();
  private readonly db: Db;
  private readonly lab: ApiDeps['lab'];
  constructor(deps: Pick<ApiDeps, 'db' | 'lab'>) {
    this.db = deps.db;
    this.lab = deps.lab;
  }

  /** Throws 401 without a valid key or session, 403 where it may not do this. `permission: null` asks only who it is. */
  async admit(request: FastifyRequest, permission: Permission | null): Promise<Auth> {
    const auth = (await this.byKey(request)) ?? (await this.byMember(request)) ?? this.byLab(request);
    if (!auth) throw new ApiError('AUTHENTICATION_REQUIRED');
    if (permission && !auth.permissions.has(permission) && !auth.permissions.has('admin')) {
      throw new ApiError('INSUFFICIENT_PERMISSIONS', `This needs the permission ${permission}.`);
    }
    return auth;
  }

  private async byKey(request: FastifyRequest): Promise<Auth | undefined> {
    const secret = readKey(request);
    if (secret === undefined) return undefined;
    const now = Date.now();
    const hash = hashKey(secret).toString('base64');
    const known = this.known.get(hash);
    if (known && known.until > now) return known.auth;
    const key = secret && secret.length <= 200 ? await findKey(this.db, secret) : undefined;
    if (!key) {
      this.known.delete(hash);
      throw new ApiError('INVALID_API_KEY');
    }
    const auth: Auth = { workspaceId: key.workspaceId, by: 'key', permissions: new Set(key.permissions) };
    const until = Math.min(now + REMEMBER_MS, key.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY);
    if (this.known.size >= REMEMBER_MAX) this.known.clear();
    this.known.set(hash, { auth, until });
    return auth;
  }

  /** The person behind the dashboard’s cookie. Asked of the database each time: whoever signs out is out. */
  private async byMember(request: FastifyRequest): Promise<Auth | undefined> {
    const secret = request.cookies[MEMBER_COOKIE];
    if (!secret) return undefined;
    const member = secret.length <= 200 ? await findSession(this.db, secret) : undefined;
    // The Lab's own cookie still holds where this one is over.
    if (!member && this.lab && request.cookies[SESSION_COOKIE]) return undefined;
    if (!member) throw new ApiError('INVALID_TOKEN');
    refuseForeignWrite(request);
    return {
      workspaceId: member.workspaceId,
      by: 'session',
      permissions: new Set(ROLE_PERMISSIONS[member.role]),
      member,
    };
  }

  private byLab(request: FastifyRequest): Auth | undefined {
    const value = request.cookies[SESSION_COOKIE];
    if (!this.lab || !value) return undefined;
    const workspaceId = readSession(this.lab.secret, value, new Date());
    if (workspaceId !== this.lab.workspaceId) throw new ApiError('INVALID_TOKEN');
    refuseForeignWrite(request);
    return { workspaceId: this.lab.workspaceId, by: 'session', permissions: SESSION_PERMISSIONS };
  }
}

/** A foreign page can make a browser send the cookie, but not this header. */
function refuseForeignWrite(request: FastifyRequest): void {
  const writes = request.method !== 'GET' && request.method !== 'HEAD';
  if (writes && request.headers['x-tributary-request'] !== '1') throw new ApiError('CROSS_SITE_REQUEST');
}

function readKey(request: FastifyRequest): string | undefined {
  const header = request.headers['x-api-key'];
  if (typeof header === 'string') return header.trim();
  const bearer = /^bearer\s+(.+)$/i.exec(request.headers.authorization ?? '');
  return bearer?.[1]?.trim();
}
