import { newId, type WorkspaceId } from '@tributary/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SESSION_COOKIE, signSession } from './session.ts';
import { LAB_SECRET, startApi, type Tenant, type TestApi } from './testing.ts';

let api: TestApi;
let tenant: Tenant;
const demo: WorkspaceId = newId('workspace');

beforeAll(async () => {
  api = await startApi({ labFor: demo });
  tenant = await api.tenant('Shop');
  await api.db.query('insert into workspaces (id, name) values ($1, $2)', [demo.slice(3), 'Demo']);
});
afterAll(() => api.stop());

const list = (headers: Record<string, string>) => api.call('GET', '/bots', undefined, headers);

describe('an API key', () => {
  it('is taken from X-API-Key and from a Bearer token', async () => {
    expect((await list({ 'x-api-key': tenant.key })).status).toBe(200);
    expect((await list({ authorization: `Bearer ${tenant.key}` })).status).toBe(200);
    expect((await list({ authorization: `bearer  ${tenant.key}` })).status).toBe(200);
  });

  it('is refused when it is unknown, empty, far too long or not there', async () => {
    for (const headers of [{ 'x-api-key': 'trb_nothing' }, { 'x-api-key': '' }, { 'x-api-key': 'x'.repeat(5000) }]) {
      const { status, body, headers: answered } = await list(headers as Record<string, string>);
      expect([status, body.code, body.error.code, answered['www-authenticate']]).toEqual([
        401,
        'INVALID_API_KEY',
        'INVALID_API_KEY',
        'Bearer',
      ]);
    }
    expect((await list({})).body.code).toBe('AUTHENTICATION_REQUIRED');
  });

  it('is shown once, listed by its ends, and stops working when it is revoked', async () => {
    const made = await tenant.post('/api-keys', { name: 'Reader', permissions: ['bots:read'] });
    expect(made.status).toBe(201);
    expect(made.body.key).toMatch(/^trb_[0-9a-f]{40}$/);
    const listed = await tenant.get('/api-keys');
    expect(listed.text).not.toContain(made.body.key);
    expect(listed.body.data[0]).toMatchObject({
      id: made.body.id,
      name: 'Reader',
      preview: `trb_…${made.body.key.slice(-4)}`,
    });
    expect((await tenant.delete(`/api-keys/${made.body.id}`)).status).toBe(204);
    expect((await list({ 'x-api-key': made.body.key })).status).toBe(401);
    expect((await tenant.delete(`/api-keys/${made.body.id}`)).status).toBe(404);
  });

  it('stops working when it expires, also while it is remembered', async () => {
    const expiresAt = new Date(Date.now() + 300).toISOString();
    const { body } = await tenant.post('/api-keys', { name: 'Short', permissions: ['bots:read'], expiresAt });
    expect((await list({ 'x-api-key': body.key })).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 350));
    expect((await list({ 'x-api-key': body.key })).status).toBe(401);
    const past = await tenant.post('/api-keys', {
      name: 'Past',
      permissions: ['admin'],
      expiresAt: '2020-01-01T00:00:00Z',
    });
    expect([past.status, past.body.details[0].field]).toEqual([400, 'expiresAt']);
  });

  it('does what its permissions say and nothing else', async () => {
    const reader = await api.tenant('Readers', ['messages:read']);
    expect((await reader.get('/messages')).status).toBe(200);
    for (const [method, path, body] of [
      ['GET', '/conversations'],
      ['GET', '/bots'],
      ['GET', '/channels'],
      ['GET', '/api-keys'],
      ['POST', '/messages', { content: 'Hi' }],
      ['POST', '/api-keys', { name: 'More', permissions: ['admin'] }],
    ] as const) {
      const answer = await reader.call(method, path, body);
      expect([method, path, answer.status, answer.body.code]).toEqual([method, path, 403, 'INSUFFICIENT_PERMISSIONS']);
    }
    const unknown = await tenant.post('/api-keys', { name: 'x', permissions: ['everything'] });
    expect([unknown.status, unknown.body.details[0].field]).toEqual([400, 'permissions[0]']);
  });
});

describe('the Lab’s cookie', () => {
  const cookie = (workspace: WorkspaceId, secret = LAB_SECRET, ms = 60_000) => ({
    cookie: `${SESSION_COOKIE}=${encodeURIComponent(signSession(secret, workspace, new Date(Date.now() + ms)))}`,
  });

  it('opens the demo workspace, and only that', async () => {
    const opened = await api.call('GET', '/lab', undefined, cookie(demo));
    expect(opened.status, opened.text).toBe(200);
    expect(opened.body).toEqual({
      workspace: { id: demo, name: 'Demo' },
      channels: [],
      bots: [],
      simulator: '/lab/sim',
    });
    for (const wrong of [cookie(tenant.workspaceId), cookie(demo, 'another secret'), cookie(demo, LAB_SECRET, -1)]) {
      const { status, body } = await api.call('GET', '/lab', undefined, wrong);
      expect([status, body.code]).toEqual([401, 'INVALID_TOKEN']);
    }
    expect((await tenant.get('/lab')).status).toBe(404);
  });

  it('writes only with the header that a foreign page cannot send', async () => {
    const without = await api.call('POST', '/bots', { name: 'A', kind: 'echo' }, cookie(demo));
    expect([without.status, without.body.code]).toEqual([403, 'CROSS_SITE_REQUEST']);
    const headers = { ...cookie(demo), 'x-tributary-request': '1' };
    expect((await api.call('POST', '/bots', { name: 'A', kind: 'echo' }, headers)).status).toBe(201);
  });

  it('makes no keys', async () => {
    const headers = { ...cookie(demo), 'x-tributary-request': '1' };
    expect((await api.call('POST', '/api-keys', { name: 'A', permissions: ['admin'] }, headers)).status).toBe(403);
  });
});
