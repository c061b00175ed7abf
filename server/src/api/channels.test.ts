import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { peopleWrite, settled, startApi, type Tenant, type TestApi, telegramChannel } from './testing.ts';

let provider: Server;
let api: TestApi;
let tenant: Tenant;
/** What the Bot API was asked, and the token it takes. */
const asked: { method: string; body: Record<string, unknown> }[] = [];
const BAD = '666:bad';

beforeAll(async () => {
  provider = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      const [, token = '', method = ''] = /^\/bot([^/]+)\/(\w+)/.exec(request.url ?? '') ?? [];
      asked.push({ method, body: text ? JSON.parse(text) : {} });
      const refused = decodeURIComponent(token) === BAD;
      const result =
        method === 'getMe'
          ? { id: Number(token.split(':')[0]), is_bot: true, first_name: 'Shop', username: 'shop_bot' }
          : method === 'getWebhookInfo'
            ? { url: 'https://elsewhere.example.com', pending_update_count: 0 }
            : true;
      response.writeHead(refused ? 401 : 200, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify(refused ? { ok: false, error_code: 401, description: 'Unauthorized' } : { ok: true, result }),
      );
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => provider.once('listening', resolve));
  api = await startApi({ provider: `http://127.0.0.1:${(provider.address() as AddressInfo).port}` });
  tenant = await api.tenant('Shop');
});
afterAll(async () => {
  await api.stop();
  provider.close();
});

const telegram = (botToken: string, more: object = {}) =>
  tenant.post('/channels', { type: 'telegram', name: 'Shop', config: { botToken }, ...more });

describe('creating a channel', () => {
  it('answers at once as connecting, then becomes active with what the provider told', async () => {
    const made = await telegram('1001:token-one-abcdef');
    expect([made.status, made.body.status]).toEqual([201, 'connecting']);
    expect(made.body).toMatchObject({
      type: 'telegram',
      tenantId: tenant.workspaceId,
      account: '1001',
      webhookUrl: `https://hooks.example.com/webhooks/telegram/${made.body.id}`,
    });
    const channel = await settled(tenant, made.body.id);
    expect(channel.body.status).toBe('active');
    expect(channel.body.config).toEqual({ botToken: '********', webhookSecret: '********', botUsername: 'shop_bot' });
    const hook = asked.filter((one) => one.method === 'setWebhook').at(-1)!;
    expect(hook.body).toMatchObject({ url: made.body.webhookUrl, secret_token: expect.stringMatching(/^[\w-]{32}$/) });
    const events = await api.db.query(`select type, data from events where subject_id = $1 order by seq`, [
      made.body.id.slice(3),
    ]);
    expect(events.rows.map((row) => row.type)).toEqual(['channel.created', 'channel.connected']);
  });

  it('becomes error with a sentence that helps, and can be mended', async () => {
    const made = await telegram(BAD);
    const channel = await settled(tenant, made.body.id);
    expect(channel.body.status).toBe('error');
    expect(channel.body.error).toMatch(/refused the channel’s credentials.*Unauthorized/);
    expect((await tenant.get(`/channels/${made.body.id}/status`)).body).toEqual({
      status: 'error',
      error: channel.body.error,
    });
    const mended = await tenant.patch(`/channels/${made.body.id}`, { config: { botToken: '1002:token-two-abcdef' } });
    expect(mended.body).toMatchObject({ status: 'connecting', account: '1002' });
    expect((await settled(tenant, made.body.id)).body).toMatchObject({ status: 'active', account: '1002' });
  });

  it('names every fault of its config', async () => {
    const faulty = await tenant.post('/channels', {
      type: 'telegram',
      name: 'Shop',
      config: { botToken: 'nonsense', webhookSecret: 7 },
    });
    expect(faulty.status).toBe(400);
    expect(faulty.body.details.map((fault: { field: string }) => fault.field)).toEqual([
      'config.botToken',
      'config.webhookSecret',
    ]);
    const missing = await tenant.post('/channels', { type: 'whatsapp', name: 'Shop' });
    expect(missing.body.details).toEqual([
      { field: 'config.phoneNumberId', message: 'is required' },
      { field: 'config.accessToken', message: 'is required' },
    ]);
    const masked = await telegram('********');
    expect(masked.body.details[0].field).toBe('config.botToken');
  });

  it('takes the config of older programs: a type inside is passed over', async () => {
    const made = await tenant.post('/channels', {
      type: 'whatsapp',
      name: 'WhatsApp Business',
      config: {
        type: 'whatsapp',
        phoneNumberId: '10600',
        accessToken: 'EAAG-test-token',
        verifyToken: 'my-verify-token',
      },
    });
    expect(made.status).toBe(201);
    expect(made.body.config).not.toHaveProperty('type');
    const hook = await tenant.get(`/channels/${made.body.id}/webhook`);
    expect(hook.body).toEqual({ url: made.body.webhookUrl, verifyToken: 'my-verify-token' });
  });

  it('refuses a type there is none of, and an account that is connected already', async () => {
    const unknown = await tenant.post('/channels', { type: 'pigeon', name: 'x' });
    expect([unknown.status, unknown.body.code, unknown.body.details[0].field]).toEqual([
      400,
      'INVALID_CHANNEL_TYPE',
      'type',
    ]);
    expect((await tenant.post('/channels', { type: 'constructor', name: 'x' })).body.code).toBe('INVALID_CHANNEL_TYPE');
    const twice = await Promise.all([telegram('1003:token'), telegram('1003:token'), telegram('1003:other')]);
    expect(twice.map((one) => one.status).sort()).toEqual([201, 409, 409]);
    expect(twice.find((one) => one.status === 409)!.body.code).toBe('CHANNEL_ALREADY_EXISTS');
    const other = await api.tenant('Other');
    expect(
      (await other.post('/channels', { type: 'telegram', name: 'x', config: { botToken: '1003:token' } })).status,
    ).toBe(201);
  });

  it('assigns a bot or an inbox, of its own workspace, and not both', async () => {
    const bot = await tenant.post('/bots', { name: 'Echo', kind: 'echo' });
    const inbox = await tenant.post('/inboxes', { name: 'Support' });
    const made = await telegram('1004:token', { defaultBotId: bot.body.id });
    expect(made.body).toMatchObject({
      defaultBotId: bot.body.id,
      defaultBot: { id: bot.body.id, name: 'Echo' },
      defaultInboxId: null,
    });
    const path = `/channels/${made.body.id}`;
    expect((await tenant.patch(path, { defaultInboxId: inbox.body.id })).body).toMatchObject({
      defaultBotId: null,
      defaultInboxId: inbox.body.id,
    });
    expect((await tenant.put(path, { botId: bot.body.id })).body).toMatchObject({
      defaultBotId: bot.body.id,
      defaultInboxId: null,
    });
    expect((await tenant.patch(path, { botId: bot.body.id, defaultInboxId: inbox.body.id })).status).toBe(400);
    expect((await tenant.patch(path, { botId: 'bot_1' })).body.code).toBe('BOT_NOT_FOUND');
    expect((await tenant.get(`/bots/${bot.body.id}`)).body.channelIds).toEqual([made.body.id]);
    expect((await tenant.delete(`/bots/${bot.body.id}`)).status).toBe(204);
    expect((await tenant.get(path)).body.defaultBotId).toBeNull();
  });
});

describe('changing a channel', () => {
  it('changes only what is sent, and keeps a secret that comes back masked', async () => {
    const made = await telegram('1005:token-five', { metadata: { team: 'north' } });
    await settled(tenant, made.body.id);
    const before = await api.channel(made.body.id);
    const shown = await tenant.get(`/channels/${made.body.id}`);
    const changed = await tenant.patch(`/channels/${made.body.id}`, {
      name: 'North',
      config: shown.body.config,
      metadata: { rate: { perSecond: 5 } },
    });
    expect(changed.body).toMatchObject({
      name: 'North',
      status: 'active',
      metadata: { team: 'north', rate: { perSecond: 5 } },
    });
    expect((await api.channel(made.body.id)).config).toEqual(before.config);
    const cleared = await tenant.patch(`/channels/${made.body.id}`, { config: { botUsername: null } });
    expect(cleared.body.config).not.toHaveProperty('botUsername');
    expect((await api.channel(made.body.id)).config).toMatchObject({ botToken: '1005:token-five' });
  });

  it('does not take the account of another channel', async () => {
    const one = await telegram('1006:token');
    await telegram('1007:token');
    const taken = await tenant.patch(`/channels/${one.body.id}`, { config: { botToken: '1007:token' } });
    expect([taken.status, taken.body.code]).toEqual([409, 'CHANNEL_ALREADY_EXISTS']);
  });
});

describe('switching a channel off and on', () => {
  it('works under both pairs of words, tells the provider, and is refused to senders meanwhile', async () => {
    const channel = await telegramChannel(api, tenant, 7_000_000_002);
    const [message] = await peopleWrite(api, channel, [{ from: 9, text: 'Hello' }]);
    for (const [off, on] of [
      ['disconnect', 'connect'],
      ['deactivate', 'activate'],
    ]) {
      const switched = await tenant.post(`/channels/${channel.id}/${off}`, { reason: 'Closed for summer' });
      expect([switched.status, switched.body.status]).toEqual([200, 'inactive']);
      await expect.poll(() => asked.at(-1)!.method).toBe('deleteWebhook');
      await api.channel(channel.id);
      const refused = await tenant.post('/messages', { conversationId: message!.conversationId, content: 'Hi' });
      expect([refused.status, refused.body.code]).toEqual([422, 'CHANNEL_NOT_CONNECTED']);
      expect((await tenant.post(`/channels/${channel.id}/${on}`)).body.status).toBe('connecting');
      expect((await settled(tenant, channel.id)).body.status).toBe('active');
    }
  });

  it('resolves its conversations when asked to', async () => {
    const channel = await telegramChannel(api, tenant, 7_000_000_003);
    const [message] = await peopleWrite(api, channel, [{ from: 9, text: 'Hello' }]);
    await tenant.post(`/channels/${channel.id}/deactivate`, { closeConversations: true });
    expect((await tenant.get(`/conversations/${message!.conversationId}`)).body.status).toBe('resolved');
  });
});

describe('deleting a channel', () => {
  it('is refused while conversations are open, unless forced; what was said stays, credentials do not', async () => {
    const channel = await telegramChannel(api, tenant, 7_000_000_004);
    const [message] = await peopleWrite(api, channel, [{ from: 9, text: 'Hello' }]);
    const refused = await tenant.delete(`/channels/${channel.id}`);
    expect([refused.status, refused.body.code]).toEqual([400, 'ACTIVE_CONVERSATIONS_EXIST']);
    expect((await tenant.delete(`/channels/${channel.id}?force=true`)).status).toBe(204);
    expect((await tenant.get(`/channels/${channel.id}`)).status).toBe(404);
    expect((await tenant.get(`/messages/${message!.id}`)).status).toBe(200);
    const row = await api.db.query('select length(config) as size from channels where id = $1', [channel.id.slice(3)]);
    expect(row.rows[0]!.size).toBeLessThan(40);
    // The account is free again.
    expect((await telegramChannel(api, tenant, 7_000_000_004)).account).toBe('7000000004');
  });
});

it('tests a channel by asking the provider', async () => {
  const made = await telegram('1008:token');
  await settled(tenant, made.body.id);
  const { body } = await tenant.post(`/channels/${made.body.id}/test`);
  expect(body).toMatchObject({
    success: false,
    channelId: made.body.id,
    message: expect.stringContaining('another URL'),
  });
  expect(body.tests.map((one: { name: string; status: string }) => [one.name, one.status])).toEqual([
    ['credentials', 'passed'],
    ['webhook', 'failed'],
    ['permissions', 'passed'],
  ]);
});

it('makes webhook secrets anew, tells the provider, and keeps the credentials', async () => {
  const made = await telegram('1009:token-nine');
  await settled(tenant, made.body.id);
  const before = await api.channel(made.body.id);
  expect((await tenant.post(`/channels/${made.body.id}/webhook/regenerate`)).body).toEqual({
    url: made.body.webhookUrl,
  });
  await settled(tenant, made.body.id);
  const after = await api.channel(made.body.id);
  expect(after.config.botToken).toBe('1009:token-nine');
  expect(after.config.webhookSecret).not.toBe(before.config.webhookSecret);
  expect(asked.findLast((one) => one.body.secret_token !== undefined)!.body.secret_token).toBe(
    after.config.webhookSecret,
  );
});

it('counts what went through a channel, and what its door turned away', async () => {
  const channel = await telegramChannel(api, tenant, 7_000_000_005);
  const [message] = await peopleWrite(api, channel, [
    { from: 9, text: 'Hello' },
    { from: 10, text: 'Hello' },
  ]);
  await tenant.post('/messages', { conversationId: message!.conversationId, content: 'Hi' });
  const { body } = await tenant.get(`/channels/${channel.id}/stats?period=week`);
  expect(body).toMatchObject({ messagesReceived: 2, messagesSent: 1, conversationsCreated: 2 });
  expect(body.avgResponseTime).toBeGreaterThanOrEqual(0);
  await api.db.query(
    `insert into drops (workspace_id, channel_id, reason, day, count) values ($1, $2, 'wrong_signature', current_date, 3)`,
    [tenant.workspaceId.slice(3), channel.id.slice(3)],
  );
  const drops = await tenant.get(`/channels/${channel.id}/drops`);
  expect(drops.body.data).toMatchObject([{ reason: 'wrong_signature', count: 3 }]);
});

it('tells what types there are, and what each can carry', async () => {
  const { body } = await tenant.get('/channel-types');
  const whatsapp = body.data.find((one: { type: string }) => one.type === 'whatsapp');
  expect(whatsapp).toMatchObject({
    title: 'WhatsApp',
    features: { text: { out: 'full' }, lists: { out: 'full' } },
    configSchema: { required: ['phoneNumberId', 'accessToken'] },
  });
  expect(whatsapp.secrets).toContain('accessToken');
  expect((await tenant.get('/channel-types/telegram')).body.features.deliveryReceipts.in).not.toBe('full');
  const channel = await telegramChannel(api, tenant, 7_000_000_006);
  const capabilities = await tenant.get(`/channels/${channel.id}/capabilities`);
  expect(capabilities.body).toMatchObject({ supportsButtons: true, supportsMedia: true, maxMessageLength: 4096 });
  expect(capabilities.body.supportedContentTypes).toEqual(expect.arrayContaining(['text', 'image', 'location']));
});
