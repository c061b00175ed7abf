import { randomBytes } from 'node:crypto';
import type { WorkspaceId } from '@tributary/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { insertInvitation, type Role } from '../store/members.ts';
import { Attempts } from './attempts.ts';
import { checkPassword, hashPassword } from './password.ts';
import { type Answer, startApi, type Tenant, type TestApi } from './testing.ts';

let api: TestApi;
let tenant: Tenant;
beforeAll(async () => {
  api = await startApi();
  tenant = await api.tenant('Shop');
});
afterAll(() => api.stop());

const PASSWORD = 'correct horse battery';
const WRITE = { 'x-tributary-request': '1' };

async function invite(workspaceId: WorkspaceId, role: Role = 'owner', ms = 60_000): Promise<string> {
  const secret = randomBytes(24).toString('base64url');
  await insertInvitation(api.db, { workspaceId, role, secret, expiresAt: new Date(Date.now() + ms) });
  return secret;
}
const setUp = (token: string, more: object = {}): Promise<Answer> =>
  api.call('POST', '/auth/setup', { token, name: 'Ada', email: 'Ada@Shop.example', password: PASSWORD, ...more });
const cookieOf = ({ headers }: Answer): string => String([headers['set-cookie']].flat()[0] ?? '').split(';')[0] ?? '';
const as =
  (cookie: string) =>
  (method: string, path: string, body?: unknown, headers: Record<string, string> = WRITE) =>
    api.call(method, path, body, { cookie, ...headers });

describe('the first run', () => {
  it('makes one owner by a link that works once', async () => {
    const token = await invite(tenant.workspaceId);
    const other = await invite(tenant.workspaceId);
    expect((await api.call('GET', `/auth/setup?token=${token}`)).body).toEqual({ workspace: 'Shop', role: 'owner' });
    const made = await setUp(token);
    expect([made.status, made.body.email, made.body.role], made.text).toEqual([200, 'ada@shop.example', 'owner']);
    expect(String(made.headers['set-cookie'])).toMatch(/HttpOnly.*SameSite=Strict/);
    const me = await as(cookieOf(made))('GET', '/auth/me');
    expect(me.body).toMatchObject({
      user: { name: 'Ada' },
      workspace: { name: 'Shop' },
      via: 'member',
      permissions: ['admin'],
    });
    for (const link of [token, other]) {
      expect((await setUp(link, { email: 'eve@shop.example' })).body.code).toBe('LINK_EXPIRED');
      expect((await api.call('GET', `/auth/setup?token=${link}`)).status).toBe(404);
    }
  });

  it('makes one owner however many come at once', async () => {
    const busy = await api.tenant('Busy');
    const tokens = await Promise.all([1, 2, 3].map(() => invite(busy.workspaceId)));
    const answers = await Promise.all(tokens.map((token, n) => setUp(token, { email: `a${n}@busy.example` })));
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 404, 404]);
  });

  it('takes no link that is over, and no poor password', async () => {
    const late = await api.tenant('Late');
    expect((await setUp(await invite(late.workspaceId, 'owner', -1))).status).toBe(404);
    const refused = await setUp(await invite(late.workspaceId), { password: 'short', email: 'nobody' });
    expect(refused.status).toBe(400);
    expect(refused.body.details.map((one: { field: string }) => one.field).sort()).toEqual(['email', 'password']);
  });
});

describe('signing in', () => {
  it('knows the right password only, and says nothing of which part was wrong', async () => {
    const right = await api.call('POST', '/auth/login', { email: 'ADA@shop.example', password: PASSWORD });
    expect(right.status, right.text).toBe(200);
    const wrong = await api.call('POST', '/auth/login', { email: 'ada@shop.example', password: `${PASSWORD}!` });
    const nobody = await api.call('POST', '/auth/login', { email: 'nobody@shop.example', password: PASSWORD });
    expect([wrong.status, wrong.body.message]).toEqual([401, nobody.body.message]);
  });

  it('ends when one signs out, everywhere at once', async () => {
    const session = as(
      cookieOf(await api.call('POST', '/auth/login', { email: 'ada@shop.example', password: PASSWORD })),
    );
    expect((await session('GET', '/channels')).status).toBe(200);
    expect((await session('POST', '/auth/logout', undefined, {})).body.code).toBe('CROSS_SITE_REQUEST');
    expect((await session('POST', '/auth/logout')).status).toBe(204);
    expect((await session('GET', '/channels')).body.code).toBe('INVALID_TOKEN');
  });

  it('needs the header that no foreign page can send for every write', async () => {
    const session = as(
      cookieOf(await api.call('POST', '/auth/login', { email: 'ada@shop.example', password: PASSWORD })),
    );
    expect((await session('POST', '/inboxes', { name: 'Support' }, {})).body.code).toBe('CROSS_SITE_REQUEST');
    expect((await session('POST', '/inboxes', { name: 'Support' })).status).toBe(201);
  });

  it('makes guessing slow', async () => {
    const guess = () => api.call('POST', '/auth/login', { email: 'guess@shop.example', password: 'guess' });
    let answer = await guess();
    // Each wait is twice the one before, so that even a machine on which a guess takes seconds gets there.
    for (let n = 0; n < 15 && answer.status !== 429; n++) answer = await guess();
    expect(answer.status).toBe(429);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  });

  it('waits longer and longer, and not at all after a success', () => {
    const attempts = new Attempts(2, 1_000, 60_000);
    const waits = Array.from({ length: 10 }, () => {
      attempts.fail('ada', 0);
      return attempts.waitMs('ada', 0);
    });
    expect(waits).toEqual([0, 0, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
    expect(attempts.waitMs('ada', 59_000)).toBe(1_000);
    expect(attempts.waitMs('somebody else', 0)).toBe(0);
    attempts.succeed('ada');
    expect(attempts.waitMs('ada', 0)).toBe(0);
  });
});

describe('a role', () => {
  it.each([
    ['admin', [200, 201, 200]],
    ['member', [200, 403, 403]],
    ['viewer', [200, 403, 403]],
  ] as const)('%s may do what is its own', async (role, expected) => {
    const made = await setUp(await invite(tenant.workspaceId, role), { email: `${role}@shop.example` });
    expect(made.body.role, made.text).toBe(role);
    const session = as(cookieOf(made));
    const channel = { type: 'webchat', name: `Of ${role}`, config: {} };
    const answers = [
      await session('GET', '/channels'),
      await session('POST', '/channels', channel),
      await session('GET', '/api-keys'),
    ];
    expect(answers.map((answer) => answer.status)).toEqual(expected);
  });
});

it('stores no password that can be read', async () => {
  const stored = await hashPassword(PASSWORD);
  expect(stored).not.toContain(PASSWORD);
  expect(stored).not.toBe(await hashPassword(PASSWORD));
  expect(await checkPassword(PASSWORD, stored)).toBe(true);
  for (const wrong of [undefined, '', 'scrypt$$', 'scrypt$x$y', stored.slice(0, -4)])
    expect(await checkPassword(PASSWORD, wrong)).toBe(false);
  expect(await checkPassword('e\u0301 one two three', await hashPassword('\u00e9 one two three'))).toBe(true);
});
