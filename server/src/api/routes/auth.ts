import { randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import { ApiError } from '../../errors.ts';
import type { Tx } from '../../store/db.ts';
import { PERMISSIONS } from '../../store/keys.ts';
import {
  endSession,
  endSetup,
  findInvitation,
  hasMembers,
  insertMember,
  insertSession,
  lockWorkspace,
  type Member,
  membersByEmail,
  ROLES,
} from '../../store/members.ts';
import { readWorkspace } from '../../store/workspaces.ts';
import { Attempts } from '../attempts.ts';
import { checkPassword, hashPassword, PASSWORD_MAX, PASSWORD_MIN } from '../password.ts';
import type { Routes } from '../route.ts';
import { MEMBER_COOKIE } from '../session.ts';
import { Id } from '../wire/common.ts';

const tag = 'Sign-in';
/** Two weeks; a browser that is used stays signed in by signing in again, not by a cookie that never ends. */
const SESSION_MS = 14 * 24 * 3_600_000;

const Email = Type.String({ minLength: 3, maxLength: 254, pattern: '^[^\\s@]+@[^\\s@]+$' });
const Person = Type.Object(
  {
    id: Id('user_0192f1c2a3b47c5d8e9f0a1b2c3d4e5f'),
    name: Type.String(),
    email: Type.String(),
    role: Type.Enum(ROLES),
  },
  { title: 'Member' },
);
const Me = Type.Object(
  {
    user: Type.Optional(Person),
    workspace: Type.Object({ id: Type.String(), name: Type.String() }),
    permissions: Type.Array(Type.Enum(PERMISSIONS)),
    via: Type.Enum(['member', 'lab', 'key'] as const, { description: 'How the caller is known.' }),
  },
  { title: 'Me' },
);
const present = ({ id, name, email, role }: Member): Static<typeof Person> => ({ id, name, email, role });

/** Signing in: by the first run's one-time link, then by address and password. The session is a cookie that scripts cannot read. */
export function authRoutes(routes: Routes): void {
  const { db } = routes.deps;
  const byAddress = new Attempts(5);
  const byNetwork = new Attempts(20);

  routes.open(
    'GET',
    {
      url: '/auth/setup',
      tag,
      summary: 'Look at a one-time link',
      query: Type.Object({ token: Type.String({ maxLength: 200 }) }),
      answers: { 200: Type.Object({ workspace: Type.String(), role: Type.Enum(ROLES) }, { title: 'SetupLink' }) },
    },
    async ({ query }) => {
      const invitation = await findInvitation(db, query.token);
      if (!invitation) throw new ApiError('LINK_EXPIRED');
      return { workspace: invitation.workspaceName, role: invitation.role };
    },
  );

  routes.open(
    'POST',
    {
      url: '/auth/setup',
      tag,
      summary: 'Become the first member of a workspace',
      description: 'By the one-time link that the first start prints. Signs in.',
      body: Type.Object({
        token: Type.String({ maxLength: 200 }),
        name: Type.String({ minLength: 1, maxLength: 120 }),
        email: Email,
        password: Type.String({ minLength: PASSWORD_MIN, maxLength: PASSWORD_MAX }),
      }),
      answers: { 200: Person },
    },
    async ({ body, request }, reply) => {
      const password = await hashPassword(body.password);
      const { member, secret } = await db.tx(async (tx) => {
        const invitation = await findInvitation(tx, body.token);
        if (!invitation) throw new ApiError('LINK_EXPIRED');
        const { workspaceId, role } = invitation;
        // The workspace first, the link after it: two who come at once by two links would else wait for each other.
        await lockWorkspace(tx, workspaceId);
        if (!(await findInvitation(tx, body.token, true))) throw new ApiError('LINK_EXPIRED');
        if (role === 'owner' && (await hasMembers(tx, workspaceId))) throw new ApiError('LINK_EXPIRED');
        const made = await insertMember(tx, { workspaceId, role, name: body.name.trim(), email: body.email, password });
        if (!made)
          throw new ApiError('RESOURCE_ALREADY_EXISTS', 'Somebody of this address is in the workspace already.');
        if (role === 'owner') await endSetup(tx, workspaceId);
        return { member: made, secret: await signIn(tx, made, request) };
      });
      giveCookie(reply, request, secret);
      return present(member);
    },
  );

  routes.open(
    'POST',
    {
      url: '/auth/login',
      tag,
      summary: 'Sign in',
      description: 'With wrong guesses the next try has to wait longer and longer: 429 with `Retry-After`.',
      body: Type.Object({ email: Email, password: Type.String({ minLength: 1, maxLength: PASSWORD_MAX }) }),
      answers: { 200: Person },
    },
    async ({ body, request }, reply) => {
      const address = body.email.toLowerCase();
      const now = Date.now();
      const wait = Math.max(byAddress.waitMs(address, now), byNetwork.waitMs(request.ip, now));
      if (wait > 0) {
        reply.header('retry-after', Math.ceil(wait / 1_000));
        throw new ApiError('RATE_LIMIT_EXCEEDED');
      }
      const member = await recognise(db, address, body.password);
      if (!member) {
        byAddress.fail(address, now);
        byNetwork.fail(request.ip, now);
        throw new ApiError('INVALID_CREDENTIALS');
      }
      byAddress.succeed(address);
      giveCookie(reply, request, await db.tx((tx) => signIn(tx, member, request)));
      return present(member);
    },
  );

  routes.open(
    'POST',
    { url: '/auth/logout', tag, summary: 'Sign out', answers: { 204: null } },
    async ({ request }, reply) => {
      const secret = request.cookies[MEMBER_COOKIE];
      if (secret && request.headers['x-tributary-request'] !== '1') throw new ApiError('CROSS_SITE_REQUEST');
      if (secret) await endSession(db, secret);
      reply.clearCookie(MEMBER_COOKIE, { path: '/' }).code(204);
      return undefined;
    },
  );

  routes.read(
    { url: '/auth/me', permission: null, tag, summary: 'Who am I?', answers: { 200: Me } },
    async (tx, { auth }) => {
      const workspace = await readWorkspace(tx, auth.workspaceId);
      return {
        user: auth.member && present(auth.member),
        workspace: { id: auth.workspaceId, name: workspace?.name ?? '' },
        permissions: [...auth.permissions],
        via: auth.member ? 'member' : auth.by === 'session' ? 'lab' : 'key',
      };
    },
  );
}

/** The first of that address whose password it is. As slow for an address that nobody has. */
async function recognise(tx: Tx, email: string, password: string): Promise<Member | undefined> {
  const known = await membersByEmail(tx, email);
  if (known.length === 0) await checkPassword(password, undefined);
  for (const member of known) if (await checkPassword(password, member.password)) return member;
  return undefined;
}

async function signIn(tx: Tx, member: Member, request: FastifyRequest): Promise<string> {
  const secret = randomBytes(32).toString('base64url');
  const agent = request.headers['user-agent'];
  await insertSession(tx, { member, secret, agent, expiresAt: new Date(Date.now() + SESSION_MS) });
  return secret;
}

function giveCookie(reply: FastifyReply, request: FastifyRequest, secret: string): void {
  reply.setCookie(MEMBER_COOKIE, secret, {
    httpOnly: true,
    sameSite: 'strict',
    path: '/',
    maxAge: SESSION_MS / 1_000,
    secure: request.protocol === 'https',
  });
}
