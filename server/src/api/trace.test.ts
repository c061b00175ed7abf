import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { waitFor } from '../../../test/stage/channels.ts';
import { peopleWrite, startApi, type Tenant, type TestApi, telegramChannel } from './testing.ts';

let provider: Server;
let api: TestApi;
let tenant: Tenant;

/** Answers as the Bot API does; a chat called 666 has blocked the bot. */
beforeAll(async () => {
  let messageId = 5000;
  provider = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      const chat = text ? Number(JSON.parse(text).chat_id) : 0;
      const blocked = chat === 666;
      const result = request.url?.endsWith('/getMe')
        ? { id: Number(/bot(\d+)/.exec(request.url)?.[1]), is_bot: true, first_name: 'Shop', username: 'shop_bot' }
        : request.url?.endsWith('/sendMessage')
          ? { message_id: ++messageId, date: 1_789_000_000, chat: { id: chat, type: 'private' } }
          : true;
      response.writeHead(blocked ? 403 : 200, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify(
          blocked
            ? { ok: false, error_code: 403, description: 'Forbidden: bot was blocked by the user' }
            : { ok: true, result },
        ),
      );
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => provider.once('listening', resolve));
  api = await startApi({ provider: `http://127.0.0.1:${(provider.address() as AddressInfo).port}`, roads: true });
  tenant = await api.tenant('Shop');
});
afterAll(async () => {
  await api.stop();
  provider.close();
});

interface Step {
  kind: string;
  title: string;
  detail?: string;
  evidence?: Record<string, unknown>;
}
const traceOf = async (id: string): Promise<{ steps: Step[]; text: string }> => {
  const { body, text } = await tenant.get(`/messages/${id}/trace`);
  return { steps: body.steps, text };
};

it('tells the whole way of a message and of its answer, with the evidence and without secrets', async () => {
  const channel = await telegramChannel(api, tenant);
  const bot = await tenant.post('/bots', { name: 'Echo', kind: 'echo' });
  await tenant.patch(`/channels/${channel.id}`, { defaultBotId: bot.body.id });
  await api.channel(channel.id);
  const [message] = await peopleWrite(api, channel, [{ from: 31, text: 'Good morning' }]);
  await expect.poll(async () => (await traceOf(message!.id)).steps.map((step) => step.kind)).toContain('bot');

  const inbound = await traceOf(message!.id);
  expect(inbound.steps.map((step) => [step.kind, step.title])).toEqual([
    ['webhook', 'Telegram called our webhook.'],
    ['identity', 'Somebody new: P31.'],
    ['accepted', 'Stored as a text message.'],
    ['route', 'The channel is assigned to Echo.'],
    ['bot', '“Echo” answered.'],
  ]);
  expect(inbound.steps[0]!.evidence).toMatchObject({
    method: 'POST',
    body: { message: { text: 'Good morning' } },
    headers: { 'x-telegram-bot-api-secret-token': '********' },
  });
  const answer = inbound.steps.at(-1)!.evidence as { messageId: string };

  await expect.poll(async () => (await tenant.get(`/messages/${answer.messageId}`)).body.status).toBe('sent');
  const outbound = await traceOf(answer.messageId);
  expect(outbound.steps.map((step) => step.kind)).toEqual(['bot', 'accepted', 'fit', 'attempt']);
  expect(outbound.steps[0]).toMatchObject({
    title: 'The bot “Echo” says this.',
    detail: `In answer to ${message!.id}.`,
  });
  expect(outbound.steps.at(-1)).toMatchObject({
    title: 'Telegram took sendMessage.',
    detail: expect.stringMatching(/It calls it 31:\d+\./),
  });
  expect(outbound.steps.at(-1)!.evidence).toMatchObject({ request: { body: { text: 'Good morning' } } });
  for (const secret of ['not-real0001', 'tg-secret_demo-0001']) {
    expect(inbound.text).not.toContain(secret);
    expect(outbound.text).not.toContain(secret);
  }

  // Counters are folded off the road, a moment later.
  await waitFor(
    async () => (await tenant.get(`/conversations/${message!.conversationId}`)).body.messageCount === 2,
    'The answer was not counted.',
  );
  const conversation = await tenant.get(`/conversations/${message!.conversationId}`);
  expect(conversation.body).toMatchObject({ lastMessage: { id: answer.messageId }, messageCount: 2, unreadCount: 1 });
});

it('tells why a message failed', async () => {
  const channel = await telegramChannel(api, tenant, 7_000_000_002);
  const sent = await tenant.post('/messages', { channelId: channel.id, to: '666', content: 'Are you there?' });
  await expect.poll(async () => (await tenant.get(`/messages/${sent.body.id}`)).body.status).toBe('failed');
  const { steps } = await traceOf(sent.body.id);
  expect(steps[0]).toMatchObject({ kind: 'accepted', title: 'The API was asked to say this.' });
  expect(steps.at(-1)).toMatchObject({
    kind: 'failed',
    title: 'It was not delivered.',
    detail: expect.stringContaining('Forbidden: bot was blocked by the user'),
  });
});
