import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { peopleWrite, startApi, type Tenant, type TestApi, telegramChannel } from './testing.ts';

let api: TestApi;
let tenant: Tenant;
let conversation: string;
const key = (value: string) => ({ 'idempotency-key': value });

beforeAll(async () => {
  api = await startApi();
  tenant = await api.tenant('Shop');
  const channel = await telegramChannel(api, tenant);
  const [message] = await peopleWrite(api, channel, [{ from: 77, text: 'Hello' }]);
  conversation = message!.conversationId;
});
afterAll(() => api.stop());

const send = (text: string, idempotencyKey: string) =>
  tenant.post(`/conversations/${conversation}/messages`, { text }, key(idempotencyKey));
const countMessages = async () =>
  (await tenant.get(`/conversations/${conversation}/messages?direction=outbound`)).body.pagination.total as number;

describe('a write with an Idempotency-Key', () => {
  it('is done once, and the same request is given the first answer again', async () => {
    const before = await countMessages();
    const first = await send('Once', 'once');
    const second = await send('Once', 'once');
    expect(first.status).toBe(201);
    expect(second.status).toBe(201);
    expect(second.text).toBe(first.text);
    expect(first.headers['idempotent-replayed']).toBeUndefined();
    expect(second.headers['idempotent-replayed']).toBe('true');
    expect(await countMessages()).toBe(before + 1);
  });

  it('is refused when the key was used for another body or another address', async () => {
    await send('One', 'reused');
    const other = await send('Two', 'reused');
    expect([other.status, other.body.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    const elsewhere = await tenant.post('/inboxes', { name: 'Reused' }, key('reused'));
    expect([elsewhere.status, elsewhere.body.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  });

  it('waits for the same request under way, and repeats its answer', async () => {
    const before = await countMessages();
    const answers = await Promise.all(Array.from({ length: 8 }, () => send('At once', 'at-once')));
    expect(answers.map((answer) => answer.status)).toEqual(Array(8).fill(201));
    expect(new Set(answers.map((answer) => answer.text)).size).toBe(1);
    expect(answers.filter((answer) => answer.headers['idempotent-replayed'] === 'true')).toHaveLength(7);
    expect(await countMessages()).toBe(before + 1);
  });

  it('may be tried again after a refusal: a refusal is not kept', async () => {
    const refused = await tenant.post('/bots', { name: 'Later', kind: 'webhook', config: {} }, key('later'));
    expect(refused.status).toBe(400);
    const body = { name: 'Later', kind: 'webhook', config: { url: 'https://bots.example.com' } };
    expect((await tenant.post('/bots', body, key('later'))).status).toBe(201);
  });

  it('repeats an empty answer as an empty answer', async () => {
    const { body } = await tenant.post('/inboxes', { name: 'Short-lived' });
    const first = await tenant.call('DELETE', `/inboxes/${body.id}`, undefined, key('gone'));
    const second = await tenant.call('DELETE', `/inboxes/${body.id}`, undefined, key('gone'));
    expect([first.status, first.text, second.status, second.text]).toEqual([204, '', 204, '']);
  });

  it('is free again after a day', async () => {
    await tenant.post('/inboxes', { name: 'Monday' }, key('daily'));
    await api.db.query(`update idempotency_keys set created_at = now() - interval '25 hours' where key = 'daily'`);
    expect((await tenant.post('/inboxes', { name: 'Tuesday' }, key('daily'))).status).toBe(201);
  });

  it('belongs to its workspace alone', async () => {
    const other = await api.tenant('Other');
    await tenant.post('/inboxes', { name: 'Mine' }, key('shared'));
    expect((await other.post('/inboxes', { name: 'Theirs' }, key('shared'))).status).toBe(201);
  });

  it('keeps no secret in the clear', async () => {
    const made = await tenant.post('/api-keys', { name: 'Kept', permissions: ['admin'] }, key('secret'));
    const again = await tenant.post('/api-keys', { name: 'Kept', permissions: ['admin'] }, key('secret'));
    expect(again.body).toEqual(made.body);
    const kept = await api.db.query(`select answer::text from idempotency_keys where key = 'secret'`);
    expect(kept.rows[0]?.answer).not.toContain(made.body.key);
  });

  it('must be a key of sensible length', async () => {
    const long = await tenant.post('/inboxes', { name: 'x' }, key('k'.repeat(256)));
    expect([long.status, long.body.details[0].field]).toEqual([400, 'Idempotency-Key']);
  });
});
