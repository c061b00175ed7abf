import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { settled, startApi, type Tenant, type TestApi } from './testing.ts';

const BOT = '7000000001:TEST-telegram-bot-token-not-real0001';
/** A Bot API that keeps nothing and answers as it is told. */
let answer: { status: number; body: object };
let provider: Server;
let api: TestApi;
let tenant: Tenant;
let channel: string;

beforeAll(async () => {
  answer = {
    status: 200,
    body: { ok: true, result: { id: 7_000_000_001, is_bot: true, username: 'shop_bot', url: '' } },
  };
  provider = createServer((_request, response) => {
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
  api = await startApi({ provider: `http://127.0.0.1:${(provider.address() as AddressInfo).port}` });
  tenant = await api.tenant('Shop');
  channel = (
    await tenant.post('/channels', {
      type: 'telegram',
      name: 'Bot',
      config: { botToken: BOT, botUsername: 'shop_bot' },
    })
  ).body.id;
  await settled(tenant, channel);
});
afterAll(async () => {
  await api.stop();
  provider.close();
});

it('gives the link that opens a chat, with its code', async () => {
  const link = await tenant.get(`/channels/${channel}/link?code=spring-sale`);
  expect([link.status, link.body.url]).toEqual([
    200,
    expect.stringMatching(/^https:\/\/t\.me\/shop_bot\?start=spring-sale$/),
  ]);
  expect((await tenant.get(`/channels/${channel}/link?code=${encodeURIComponent('a b')}`)).status).toBe(400);
});

it('says in words what a channel type does not have', async () => {
  for (const path of ['templates', 'check?to=88']) {
    const refused = await tenant.get(`/channels/${channel}/${path}`);
    expect([refused.status, refused.body.code]).toEqual([422, 'NOT_SUPPORTED_BY_CHANNEL']);
    expect(refused.body.message).toMatch(/^Telegram has no /);
  }
});

it('hides a channel of somebody else', async () => {
  const stranger = await api.tenant('Stranger');
  for (const path of ['templates', 'settings', 'check?to=88', 'link'])
    expect((await stranger.get(`/channels/${channel}/${path}`)).status, path).toBe(404);
});
