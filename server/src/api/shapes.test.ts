import Fastify from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SEAL } from '../inbound/testing.ts';
import { openDb } from '../store/db.ts';
import type { ApiDeps } from './deps.ts';
import { buildApi } from './index.ts';
import { startApi, type Tenant, type TestApi } from './testing.ts';

let api: TestApi;
let tenant: Tenant;
beforeAll(async () => {
  api = await startApi();
  tenant = await api.tenant('Shop');
});
afterAll(() => api.stop());

it('names every fault of a body, once, with its path', async () => {
  const answer = await tenant.post('/routes', {
    name: 7,
    triggers: [{ type: 'keyword', channels: [], action: 'go' }, { type: 'channel' }],
  });
  expect(answer.status).toBe(400);
  expect(answer.body.code).toBe('VALIDATION_ERROR');
  const fields = answer.body.details.map((fault: { field: string }) => fault.field).sort();
  expect(fields).toEqual([
    'name',
    'triggers[0].action',
    'triggers[0].channels',
    'triggers[0].type',
    'triggers[1].action',
    'triggers[1].channels',
  ]);
  expect(answer.body.error).toEqual({
    code: answer.body.code,
    message: answer.body.message,
    details: answer.body.details,
  });
  expect(answer.body.meta.requestId).toBe(answer.headers['x-request-id']);
});

it('says which words and which types are allowed', async () => {
  const word = await tenant.post('/bots', { name: 'x', kind: 'oracle' });
  expect(word.body.details).toEqual([{ field: 'kind', message: 'must be one of echo, menu, webhook' }]);
  const type = await tenant.post('/contacts', { name: 5 });
  expect(type.body.details).toEqual([{ field: 'name', message: 'must be string or null' }]);
});

it('answers bodies that are no JSON, no object, of another kind or too large', async () => {
  const raw = (payload: string, type = 'application/json') =>
    api.app.inject({
      method: 'POST',
      url: '/api/v1/contacts',
      headers: { 'x-api-key': tenant.key, 'content-type': type },
      payload,
    });
  expect((await raw('{"name":')).statusCode).toBe(400);
  expect((await raw('{"name":')).json().code).toBe('VALIDATION_ERROR');
  expect((await raw('[1]')).statusCode).toBe(400);
  expect((await raw('{"__proto__":{"admin":true}}')).statusCode).toBe(400);
  expect((await raw(`${'[1,'.repeat(5000)}1${']'.repeat(5000)}`)).statusCode).toBe(400);
  expect((await raw('name=x', 'application/x-www-form-urlencoded')).json()).toMatchObject({
    code: 'UNSUPPORTED_MEDIA_TYPE',
  });
  expect((await raw(JSON.stringify({ name: 'x'.repeat(1_100_000) }))).json()).toMatchObject({
    code: 'PAYLOAD_TOO_LARGE',
  });
});

it('takes no body at all where none is needed, also from clients that name a content type anyway', async () => {
  const headers = { 'x-api-key': tenant.key, 'content-type': 'application/json' };
  const made = await tenant.post('/bots', { name: 'Quiet', kind: 'echo' });
  const answer = await api.app.inject({ method: 'POST', url: `/api/v1/bots/${made.body.id}/deactivate`, headers });
  expect([answer.statusCode, answer.json().status]).toEqual([200, 'inactive']);
  expect((await api.app.inject({ method: 'DELETE', url: `/api/v1/bots/${made.body.id}`, headers })).statusCode).toBe(
    204,
  );
});

it('replaces what a database cannot hold, in words and in filters', async () => {
  const made = await tenant.post('/contacts', { name: 'A\u0000B\ud800C', customFields: { 'k\u0000': '\udc00' } });
  expect(made.status, made.text).toBe(201);
  expect(made.body.name).toBe('A\ufffdB\ufffdC');
  expect(made.body.customFields).toEqual({ 'k\ufffd': '\ufffd' });
  expect((await tenant.get('/contacts?search=%00')).status).toBe(200);
  expect((await tenant.get(`/contacts?search=${encodeURIComponent('A\ufffdB')}`)).body.pagination.total).toBe(1);
});

it('reads lists in the query as programs write them', async () => {
  await tenant.post('/contacts', { name: 'Tagged', tags: ['vip', 'late'] });
  for (const query of ['tags[]=vip&tags[]=late', 'tags[0]=vip&tags[1]=late', 'tags=vip&tags=late', 'tags=vip,late']) {
    const { body } = await tenant.get(`/contacts?${query}`);
    expect([query, body.data.map((one: { name: string }) => one.name)]).toEqual([query, ['Tagged']]);
  }
  expect((await tenant.get('/contacts?tags[]=vip&tags[]=early')).body.data).toEqual([]);
});

it('echoes a request id that can stand in a log line, and makes one otherwise', async () => {
  const given = await tenant.call('GET', '/bots', undefined, { 'x-request-id': 'order-17:a' });
  expect(given.headers['x-request-id']).toBe('order-17:a');
  const strange = await tenant.call('GET', '/bots', undefined, { 'x-request-id': 'a b\u00e9' });
  expect(strange.headers['x-request-id']).toMatch(/^req_[0-9a-f]{32}$/);
});

it('serves its description and a page to read it, with nothing from elsewhere', async () => {
  const { body } = await api.call('GET', '/openapi.json');
  expect(body.openapi).toBe('3.1.0');
  expect(Object.keys(body.components.schemas)).toEqual(
    expect.arrayContaining(['Channel', 'Contact', 'Conversation', 'Message', 'Content', 'Error']),
  );
  const page = await api.app.inject({ method: 'GET', url: '/docs' });
  expect(page.statusCode).toBe(200);
  expect(page.payload).not.toMatch(/(src|href)="https?:/);
});

it('says 503 and when to come back while the database is away', async () => {
  const app = Fastify();
  const db = openDb({ host: '127.0.0.1', port: 9, user: 'nobody', database: 'nothing' });
  const deps = { db, seal: SEAL, adapters: {}, publicUrl: () => 'https://hooks.example.com' };
  await app.register(buildApi(deps as unknown as ApiDeps), { prefix: '/api/v1' });
  const answer = await app.inject({ method: 'GET', url: '/api/v1/bots', headers: { 'x-api-key': 'trb_any' } });
  expect([answer.statusCode, answer.json().code, answer.headers['retry-after']]).toEqual([
    503,
    'SERVICE_UNAVAILABLE',
    '2',
  ]);
  await app.close();
  await db.end();
});
