import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { peopleWrite, startApi, type Tenant, type TestApi, telegramChannel } from './testing.ts';

/** Every route, from the OpenAPI document itself: a route that is added is walked too. */

interface Operation {
  security?: unknown[];
  method: string;
  path: string;
  responses: Record<string, { content?: Record<string, { schema: TSchema }> }>;
}
let api: TestApi;
let a: Tenant;
let b: Tenant;
let operations: Operation[];
let components: Record<string, TSchema>;
/** What workspace A has, by the word that names it in paths. */
const ids: Record<string, string> = {};
const absent: Record<string, string> = {};

beforeAll(async () => {
  api = await startApi();
  a = await api.tenant('A');
  b = await api.tenant('B');
  const bot = await a.post('/bots', {
    name: 'Shop',
    kind: 'webhook',
    config: { url: 'https://bots.example.com/shop' },
  });
  const inbox = await a.post('/inboxes', { name: 'Support' });
  const route = await a.post('/routes', {
    triggers: [{ type: 'channel', channels: ['email'], action: 'route_to_support' }],
  });
  const key = await a.post('/api-keys', { name: 'Reader', permissions: ['messages:read'] });
  const channel = await telegramChannel(api, a);
  const [message] = await peopleWrite(api, channel, [{ from: 501, text: 'Hello' }]);
  const conversation = await a.get(`/conversations/${message!.conversationId}`);
  const sent = await a.post(`/conversations/${message!.conversationId}/messages`, { text: 'Hello yourself' });
  expect(sent.status, sent.text).toBe(201);
  const journal = await a.get('/journal');
  const file = await a.post('/media/upload', { content: 'aGVsbG8=', filename: 'hello.txt', mimeType: 'text/plain' });
  expect(file.status, file.text).toBe(201);
  Object.assign(ids, {
    bots: bot.body.id,
    inboxes: inbox.body.id,
    routes: route.body.id,
    'api-keys': key.body.id,
    channels: channel.id,
    contacts: conversation.body.contactId,
    conversations: message!.conversationId,
    messages: message!.id,
    messageId: message!.id,
    journal: journal.body.data[0].id,
    sent: sent.body.id,
    media: file.body.id,
  });
  for (const [name, id] of Object.entries(ids)) {
    expect(id, name).toMatch(/^[a-z]+_[0-9a-f]{32}$/);
    absent[name] = id.replace(/[0-9a-f]{32}$/, '0192f1c2a3b47c5d8e9f0a1b2c3d4e5f');
  }
  const { body } = await api.call('GET', '/openapi.json');
  components = body.components.schemas;
  operations = Object.entries(body.paths as Record<string, Record<string, Omit<Operation, 'method' | 'path'>>>).flatMap(
    ([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
  );
});
afterAll(() => api.stop());

/** A path with ids put in: of the resource its first word names. */
function fill(path: string, from: Record<string, string>): string {
  const noun = path.split('/')[3]!;
  return path
    .replace('{id}', from[noun] ?? 'missing')
    .replace('{messageId}', from.messageId!)
    .replace('{type}', 'telegram');
}

/** Bodies of the right shape, which name what A has. */
function bodyFor({ method, path }: Operation): unknown {
  if (method === 'GET') return undefined;
  const bodies: Record<string, unknown> = {
    '/channels': { name: 'x', type: 'webchat', defaultBotId: ids.bots },
    '/contacts': { name: 'x', identifiers: [{ channelId: ids.channels, identifier: '501' }] },
    '/messages': { conversationId: ids.conversations, content: 'Hi' },
    '/messages/preview': { content: 'Hi', contactId: ids.contacts },
    '/bots': { name: 'Mine', kind: 'echo' },
    '/inboxes': { name: 'Mine' },
    '/routes': { triggers: [{ type: 'channel', channels: ['email'], action: 'route_to_support' }] },
    '/api-keys': { name: 'x', permissions: ['admin'] },
  };
  const short = path.replace('/api/v1', '');
  if (bodies[short]) return bodies[short];
  if (short.endsWith('/tags')) return { tags: ['x'] };
  if (short.endsWith('/assign')) return { agentId: 'user_0192f1c2a3b47c5d8e9f0a1b2c3d4e5f' };
  if (short.endsWith('/messages')) return { text: 'Hi' };
  if (short.endsWith('/templates')) return { name: 'x', language: 'en', components: [] };
  return method === 'PATCH' || method === 'PUT' ? { name: 'x' } : {};
}
/** Answered by the provider, or by words that this type of channel has no such thing. */
const asksProvider = ({ path }: Operation): boolean =>
  /\/channels\/\{id\}\/(templates|settings|check|link)$/.test(path);
/** Signing in: for whoever is not known yet. */
const isOpen = ({ security }: Operation): boolean => security?.length === 0;
const isStream = (operation: Operation): boolean => operation.path.endsWith('/events/stream');

it('has routes to walk', () => {
  expect(operations.length).toBeGreaterThan(60);
  expect(operations.some(({ method, path }) => method === 'DELETE' && path === '/api/v1/channels/{id}')).toBe(true);
});

it('answers nobody without a key', async () => {
  for (const operation of operations.filter((one) => !isOpen(one))) {
    const { status, body } = await api.call(operation.method, fill(operation.path, ids), bodyFor(operation));
    expect([operation.method, operation.path, status]).toEqual([operation.method, operation.path, 401]);
    expect(body.code).toBe('AUTHENTICATION_REQUIRED');
  }
});

it('answers 404 where an id is of the wrong form or nobody’s', async () => {
  const shapes: Record<string, string>[] = [
    absent,
    Object.fromEntries(Object.keys(ids).map((name) => [name, 'contact_123'])),
    Object.fromEntries(Object.keys(ids).map((name) => [name, "1' or '1'='1".replaceAll(' ', '%20')])),
    Object.fromEntries(Object.entries(ids).map(([name, id]) => [name, id.replace(/^[a-z]+/, 'other')])),
  ];
  for (const operation of operations.filter(({ path }) => path.includes('{id}'))) {
    for (const shape of shapes) {
      const { status, text } = await a.call(operation.method, fill(operation.path, shape), bodyFor(operation));
      expect([operation.method, operation.path, status], text).toEqual([operation.method, operation.path, 404]);
    }
  }
});

describe('two workspaces', () => {
  it('shows and changes nothing of one with the key of the other', async () => {
    for (const operation of operations.filter((one) => !isStream(one) && !isOpen(one))) {
      const { method, path } = operation;
      if (path.includes('/channel-types') || path.endsWith('/auth/me')) continue;
      const { status, body, text } = await b.call(method, fill(path, ids), bodyFor(operation));
      const at = `${method} ${path} ${text.slice(0, 200)}`;
      if (path.includes('{id}')) expect(status, at).toBe(404);
      else if (path.endsWith('/lab')) expect(status, at).toBe(404);
      else if (path.endsWith('/counts')) expect(body).toEqual({ open: 0, pending: 0, resolved: 0, snoozed: 0 });
      else if (method === 'GET') {
        // Its own keys are the only thing workspace B has.
        expect(status, at).toBe(200);
        if (!path.endsWith('/api-keys')) expect([path, body.data]).toEqual([path, []]);
      } else if (path.endsWith('/bots') || path.endsWith('/inboxes') || path.endsWith('/api-keys')) {
        expect(status, at).toBe(201);
        if (!path.endsWith('/api-keys')) await b.delete(`${path.replace('/api/v1', '')}/${body.id}`);
      } else expect([400, 404], at).toContain(status);
      for (const id of Object.values(ids)) expect(text, at).not.toContain(id);
    }
  });

  it('left everything of the other as it was', async () => {
    for (const operation of operations) {
      const { path, method } = operation;
      if (method !== 'GET' || !path.includes('{id}')) continue;
      const { status, text } = await a.get(fill(path, ids));
      if (asksProvider(operation)) {
        expect([200, 400, 422, 502], `${path} ${text}`).toContain(status);
        continue;
      }
      expect([path, status], text).toEqual([path, 200]);
    }
    const conversation = await a.get(`/conversations/${ids.conversations}`);
    expect(conversation.body.tags).toEqual([]);
    expect((await a.get(`/conversations/${ids.conversations}/messages`)).body.pagination.total).toBe(2);
  });
});

it('answers what the documentation says, no more and no less', async () => {
  const paths = [
    ...operations.filter(
      (one) =>
        one.method === 'GET' && !isStream(one) && !isOpen(one) && !asksProvider(one) && !one.path.endsWith('/lab'),
    ),
  ];
  for (const operation of paths) {
    const answer = await a.get(fill(operation.path, ids));
    expectShape(operation, answer.status, answer.body);
  }
  const sent = operations.find(({ path, method }) => method === 'GET' && path === '/api/v1/messages/{id}')!;
  expectShape(sent, 200, (await a.get(`/messages/${ids.sent}`)).body);
  for (const write of operations.filter(
    (one) => one.method === 'POST' && /\/(messages|preview|tags|read|unassign)$/.test(one.path),
  )) {
    const answer = await a.call('POST', fill(write.path, ids), bodyFor(write));
    expect(answer.status, answer.text).toBeLessThan(300);
    expectShape(write, answer.status, answer.body);
  }
  const refused = operations[0]!.responses['4XX']!;
  expectSchema('a refusal', refused.content!['application/json']!.schema, (await a.get('/channels/nothing')).body);
});

function expectShape(operation: Operation, status: number, body: unknown): void {
  const schema = operation.responses[String(status)]?.content?.['application/json']?.schema;
  expect(schema, `${operation.method} ${operation.path} ${status}`).toBeDefined();
  expectSchema(`${operation.method} ${operation.path}`, schema!, body);
}

function expectSchema(what: string, schema: TSchema, body: unknown): void {
  const whole = inline(schema);
  const check = Compile(whole);
  expect([what, check.Errors(body).map((error) => `${error.instancePath} ${error.message}`)]).toEqual([what, []]);
  // Cleaning takes away what the schema does not name: nothing may be missing afterwards.
  expect([what, check.Clean(structuredClone(body))]).toEqual([what, body]);
}

/** References put back in their places. */
function inline(schema: unknown): TSchema {
  if (Array.isArray(schema)) return schema.map(inline) as unknown as TSchema;
  if (schema === null || typeof schema !== 'object') return schema as unknown as TSchema;
  if ('$ref' in schema) return inline(components[String(schema.$ref).split('/').at(-1)!]);
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, inline(value)])) as unknown as TSchema;
}

it('shows no secret in any answer', async () => {
  const secrets = ['TEST-telegram-bot-token-not-real0001', 'tg-secret_demo-0001', a.key, 'whsec_'];
  for (const operation of operations.filter((one) => one.method === 'GET' && !isStream(one))) {
    const { text } = await a.get(fill(operation.path, ids));
    for (const secret of secrets) expect(text, operation.path).not.toContain(secret);
  }
  const preview = await a.post('/messages/preview', { content: 'Hi', channelId: ids.channels });
  for (const secret of secrets) expect(preview.text).not.toContain(secret);
});

it('has nothing else under its prefix', async () => {
  for (const path of [
    '/flows',
    '/knowledge-bases',
    '/analytics/dashboard',
    '/contacts/merge',
    '/auth/register',
    '/nothing',
  ]) {
    const { status, body } = await a.post(path, {});
    expect([path, status, body.code]).toEqual([path, 404, body.code]);
    expect(body.error.code).toBe(body.code);
  }
});
