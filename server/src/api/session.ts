import cookie from '@fastify/cookie';
import { toId, type WorkspaceId } from '@tributary/protocol';

/** The cookie of a person who has signed in: a random secret, of which the database has the hash. */
export const MEMBER_COOKIE = 'tributary_member';
/** The cookie of the Lab's page. */
export const SESSION_COOKIE = 'tributary_session';

/** A cookie value that opens one workspace until `expiresAt`, signed with HMAC-SHA256. */
export function signSession(secret: string, workspaceId: WorkspaceId, expiresAt: Date): string {
  return cookie.sign(`${workspaceId}.${expiresAt.getTime()}`, secret);
}

/** The workspace a cookie value opens now; `undefined` when it is not ours, altered or over. */
export function readSession(secret: string, value: string, now: Date): WorkspaceId | undefined {
  const { valid, value: text } = cookie.unsign(value, secret);
  const [, uuid, until] = /^ws_([0-9a-f]{32})\.(\d{1,16})$/.exec((valid && text) || '') ?? [];
  return uuid && Number(until) > now.getTime() ? toId('workspace', uuid) : undefined;
}
