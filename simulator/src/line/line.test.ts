import { createHmac, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Act } from '../control.ts';
import { type Simulator, startSimulator } from '../simulator.ts';

type Json = Record<string, unknown>;

const ACCOUNT = 'U0000000000000000000000000000b0b0';
const SECRET = 'lab-line-secret-0001';
const TOKEN = 'lab-line-token-0001';
let lab: Simulator;
let platform: Server;
let url: string;
let heard: { text: string; signature: string; body: { destination: string; events: Json[] } }[] = [];
let status = 200;

beforeAll(async () => {
  lab = await startSimulator({ settings: { autoReadMs: 20, retryFirstMs: 20, retryMaxMs: 50 } });
  platform = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      heard.push({ text, signature: String(request.headers['x-line-signature']), body: JSON.parse(text) });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => platform.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(platform.address() as AddressInfo).port}/line`;
});
afterAll(async () => {
  await lab.stop();
  platform.close();
});
beforeEach(() => {
  heard = [];
  status = 200;
  account();
});
afterEach(() => lab.reset(true));

const account = (more: Record<string, string> = {}) =>
  lab.account({
    provider: 'line',
    account: ACCOUNT,
    title: 'Acme',
    credentials: { channelAccessToken: TOKEN, channelSecret: SECRET, basicId: '@acme', ...more },
  });
const ask = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${lab.baseUrls.line}${path}`, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const ana = () => lab.people[0]!;
const hello = { type: 'text', text: 'Hello' };
const push = (messages: Json[], headers?: Record<string, string>) =>
  ask('POST', '/v2/bot/message/push', { to: ana().line.userId, messages }, headers);
const reply = (replyToken: unknown, messages: Json[] = [hello], headers?: Record<string, string>) =>
  ask('POST', '/v2/bot/message/reply', { replyToken, messages }, headers);
const act = (deed: Act) => lab.act('line', ACCOUNT, 'ana', deed);
const phone = () => lab.phone('line', ACCOUNT, 'ana');
const events = (type: string): Json[] => heard.flatMap(({ body }) => body.events).filter((one) => one.type === type);
async function until(check: () => boolean, complaint: string): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (check()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(complaint);
}
async function connected(): Promise<void> {
  await ask('PUT', '/v2/bot/channel/webhook/endpoint', { endpoint: url });
  act({ do: 'text', text: 'Hi' });
  await until(() => events('message').length === 1, 'The message did not come.');
}

describe('the webhook', () => {
  test('is kept, told and tested', async () => {
    expect((await ask('GET', '/v2/bot/channel/webhook/endpoint')).status).toBe(404);
    expect((await ask('PUT', '/v2/bot/channel/webhook/endpoint', { endpoint: 'http://a.example/' })).status).toBe(400);
    await ask('PUT', '/v2/bot/channel/webhook/endpoint', { endpoint: url });
    expect(await (await ask('GET', '/v2/bot/channel/webhook/endpoint')).json()).toEqual({
      endpoint: url,
      active: true,
    });
    expect(await (await ask('POST', '/v2/bot/channel/webhook/test', {})).json()).toMatchObject({ success: true });
    expect(heard.map(({ body }) => body)).toEqual([{ destination: ACCOUNT, events: [] }]);
    status = 500;
    expect(await (await ask('POST', '/v2/bot/channel/webhook/test', {})).json()).toMatchObject({
      success: false,
      statusCode: 500,
      reason: 'ERROR_STATUS_CODE',
    });
  });

  test('is signed over the very bytes, and names bot, person and event', async () => {
    await connected();
    for (const { text, signature, body } of heard) {
      expect(signature).toBe(createHmac('sha256', SECRET).update(text).digest('base64'));
      expect(body).toMatchObject({
        destination: ACCOUNT,
        events: [
          {
            mode: 'active',
            source: { type: 'user', userId: ana().line.userId },
            webhookEventId: expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{26}$/),
            deliveryContext: { isRedelivery: false },
          },
        ],
      });
    }
    expect(heard.flatMap(({ body }) => body.events).map((event) => event.type)).toEqual(['follow', 'message']);
  });

  test('is told again until it is taken, and says so', async () => {
    await ask('PUT', '/v2/bot/channel/webhook/endpoint', { endpoint: url });
    status = 500;
    act({ do: 'follow' });
    await until(() => heard.length > 1, 'It was not told again.');
    status = 200;
    const [first, again] = events('follow');
    expect(again!.webhookEventId).toBe(first!.webhookEventId);
    expect([first, again].map((one) => (one!.deliveryContext as Json).isRedelivery)).toEqual([false, true]);
  });
});

describe('a reply', () => {
  test('is good once, for whom its token was made', async () => {
    await connected();
    const [message] = events('message');
    const answer = await reply(message!.replyToken);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      sentMessages: [{ id: expect.any(String), quoteToken: expect.any(String) }],
    });
    expect(phone().messages.at(-1)).toMatchObject({ from: 'business', text: 'Hello' });
    const second = await reply(message!.replyToken);
    expect([second.status, await second.json()]).toEqual([400, { message: 'Invalid reply token' }]);
    expect((await reply('made up')).status).toBe(400);
  });

  test('dies, and takes no retry key', async () => {
    await connected();
    act({ do: 'elapse', hours: 1 });
    expect((await reply(events('message')[0]!.replyToken)).status).toBe(400);
    expect((await reply(events('follow')[0]!.replyToken, [hello], { 'x-line-retry-key': randomUUID() })).status).toBe(
      400,
    );
  });

  test('costs nothing when the month’s messages are used up', async () => {
    account({ quota: '1' });
    lab.reset(true);
    account({ quota: '1' });
    await connected();
    expect((await push([hello])).status).toBe(200);
    const over = await push([hello]);
    expect([over.status, await over.json()]).toEqual([429, { message: 'You have reached your monthly limit.' }]);
    expect((await reply(events('message')[0]!.replyToken)).status).toBe(200);
    expect(await (await ask('GET', '/v2/bot/message/quota')).json()).toEqual({ type: 'limited', value: 1 });
    expect(await (await ask('GET', '/v2/bot/message/quota/consumption')).json()).toEqual({ totalUsage: 1 });
  });
});

describe('a push', () => {
  test('with the same retry key is said once, and answered with what was said', async () => {
    await connected();
    const key = { 'x-line-retry-key': randomUUID() };
    const first = (await (await push([hello], key)).json()) as Json;
    const again = await push([hello], key);
    expect([again.status, await again.json()]).toEqual([
      409,
      { message: 'The retry key is already accepted', sentMessages: first.sentMessages },
    ]);
    expect(phone().messages.filter(({ from }) => from === 'business')).toHaveLength(1);
    expect((await push([hello], { 'x-line-retry-key': 'again' })).status).toBe(400);
  });

  test('to somebody who has blocked the account is accepted and never shown', async () => {
    await connected();
    act({ do: 'block' });
    expect((await push([hello])).status).toBe(200);
    expect(phone().messages.filter(({ from }) => from === 'business')).toEqual([]);
    await until(() => events('unfollow').length === 1, 'The block was not told.');
    expect((await ask('GET', `/v2/bot/profile/${ana().line.userId}`)).status).toBe(404);
    act({ do: 'unblock' });
    await until(() => events('follow').length === 2, 'The return was not told.');
    expect(events('follow')[1]).toMatchObject({ follow: { isUnblocked: true } });
  });

  test('to nobody, or with a token that is none, is refused', async () => {
    await connected();
    expect((await ask('POST', '/v2/bot/message/push', { to: 'U1', messages: [hello] })).status).toBe(400);
    expect((await push([hello], { authorization: 'Bearer other' })).status).toBe(401);
    expect((await ask('POST', '/v2/bot/message/shout', {})).status).toBe(404);
  });

  const action = { type: 'postback', label: 'Buy', data: 'buy' };
  const template = (more: Json) => ({ type: 'template', altText: 'Shop', template: more });
  const column = (more: Json) => ({ text: 'Shoe', actions: [action], ...more });
  test.each([
    ['without words', { type: 'text', text: '' }, 'messages[0].text'],
    ['too long', { type: 'text', text: 'x'.repeat(5001) }, 'messages[0].text'],
    ['of another kind', { type: 'hologram' }, 'messages[0].type'],
    [
      'of a picture without a preview',
      { type: 'image', originalContentUrl: 'https://a.example/1.jpg' },
      'messages[0].previewImageUrl',
    ],
    [
      'of a picture without TLS',
      { type: 'image', originalContentUrl: 'http://a.example/1.jpg', previewImageUrl: 'https://a.example/1.jpg' },
      'messages[0].originalContentUrl',
    ],
    [
      'of a sound without a length',
      { type: 'audio', originalContentUrl: 'https://a.example/1.mp3' },
      'messages[0].duration',
    ],
    [
      'of a place without an address',
      { type: 'location', title: 'Shop', latitude: 1, longitude: 2 },
      'messages[0].address',
    ],
    ['with a quote of nothing', { ...hello, quoteToken: 'none' }, 'messages[0].quoteToken'],
    [
      'with fourteen quick replies',
      { ...hello, quickReply: { items: Array(14).fill({ type: 'action', action }) } },
      'messages[0].quickReply.items',
    ],
    [
      'with a label of 21',
      { ...hello, quickReply: { items: [{ type: 'action', action: { ...action, label: 'x'.repeat(21) } }] } },
      'messages[0].quickReply.items[0].action.label',
    ],
    [
      'with data of 301',
      { ...hello, quickReply: { items: [{ type: 'action', action: { ...action, data: 'x'.repeat(301) } }] } },
      'messages[0].quickReply.items[0].action.data',
    ],
    [
      'with five buttons',
      template({ type: 'buttons', text: 'Which?', actions: Array(5).fill(action) }),
      'messages[0].template.actions',
    ],
    [
      'with words too long above buttons',
      template({ type: 'buttons', text: 'x'.repeat(161), actions: [action] }),
      'messages[0].template.text',
    ],
    [
      'with words too long beside a title',
      template({ type: 'buttons', title: 'Shoe', text: 'x'.repeat(61), actions: [action] }),
      'messages[0].template.text',
    ],
    [
      'of columns that differ',
      template({ type: 'carousel', columns: [column({}), column({ actions: [action, action] })] }),
      'messages[0].template.columns',
    ],
    [
      'of pictures on some columns',
      template({ type: 'carousel', columns: [column({}), column({ thumbnailImageUrl: 'https://a.example/1.jpg' })] }),
      'messages[0].template.columns',
    ],
    [
      'with a link to nowhere',
      template({ type: 'buttons', text: 'x', actions: [{ type: 'uri', label: 'x', uri: 'ftp://a' }] }),
      'messages[0].template.actions[0].uri',
    ],
    [
      'of thirteen bubbles',
      { type: 'flex', altText: 'x', contents: { type: 'carousel', contents: Array(13).fill({ type: 'bubble' }) } },
      'messages[0].contents.contents',
    ],
  ])('%s is refused, and told where it is wrong', async (_, message, property) => {
    await connected();
    const answer = await push([message]);
    expect(answer.status).toBe(400);
    expect(((await answer.json()) as { details: Json[] }).details.map((one) => one.property)).toContain(property);
    expect(phone().messages).toHaveLength(1);
  });

  test('holds five messages and no more; emoji of a family are one letter', async () => {
    await connected();
    expect((await push(Array(6).fill(hello))).status).toBe(400);
    const label = '👩‍👩‍👧‍👦'.repeat(20);
    expect(
      (await push([{ ...hello, quickReply: { items: [{ type: 'action', action: { ...action, label } }] } }])).status,
    ).toBe(200);
  });
});

describe('a customer', () => {
  test('taps: quick replies once, buttons and cards for ever', async () => {
    await connected();
    const item = (label: string, data: string) => ({
      type: 'action',
      action: { type: 'postback', label, data, displayText: label },
    });
    const buttons = {
      type: 'template',
      altText: 'x',
      template: {
        type: 'buttons',
        text: 'Which?',
        actions: [
          { type: 'postback', label: 'Show', data: 'show' },
          { type: 'uri', label: 'Shop', uri: 'https://a.example/' },
          { type: 'uri', label: 'Call', uri: 'tel:+12025550142' },
        ],
      },
    };
    const quick = {
      ...hello,
      quickReply: { items: [item('Red', 'c=red'), { type: 'action', action: { type: 'location', label: 'Here' } }] },
    };
    await push([buttons, quick]);
    const [standing, vanishing] = phone().messages.slice(-2);
    expect(standing!.buttons!.flat().map(({ kind }) => kind)).toEqual(['postback', 'link', 'call']);
    act({ do: 'tap', messageId: vanishing!.id, buttonId: 'c=red' });
    expect(phone().messages.at(-1)).toMatchObject({ from: 'customer', text: 'Red' });
    expect(() => act({ do: 'tap', messageId: vanishing!.id, buttonId: 'location' })).toThrow(/gone/);
    expect(act({ do: 'tap', messageId: standing!.id, buttonId: 'https://a.example/' })).toBeNull();
    act({ do: 'tap', messageId: standing!.id, buttonId: 'show' });
    await until(() => events('postback').length === 2, 'The taps did not come.');
    expect(events('postback')).toMatchObject([
      { postback: { data: 'c=red' }, replyToken: expect.any(String) },
      { postback: { data: 'show' } },
    ]);
    await push([quick]);
    act({ do: 'tap', messageId: phone().messages.at(-1)!.id, buttonId: 'location' });
    await until(() => events('message').length === 2, 'The place did not come.');
    expect(events('message')[1]).toMatchObject({ message: { type: 'location', latitude: expect.any(Number) } });
  });

  test('sees Flex as cards', async () => {
    await connected();
    const bubble = {
      type: 'bubble',
      hero: { type: 'image', url: 'https://a.example/1.jpg' },
      body: {
        type: 'box',
        layout: 'vertical',
        contents: [
          { type: 'text', text: 'Shoe' },
          { type: 'text', text: 'Blue' },
        ],
      },
      footer: {
        type: 'box',
        layout: 'vertical',
        contents: [{ type: 'button', action: { type: 'postback', label: 'Buy', data: 'buy:1' } }],
      },
    };
    expect((await push([{ type: 'flex', altText: 'Shoes', contents: bubble }])).status).toBe(200);
    const shown = phone().messages.at(-1)!;
    expect(shown.cards).toMatchObject([
      { mediaUrl: 'https://a.example/1.jpg', title: 'Shoe', text: 'Blue', buttons: [[{ id: 'buy:1', text: 'Buy' }]] },
    ]);
    act({ do: 'tap', messageId: shown.id, buttonId: 'buy:1' });
    await until(() => events('postback').length === 1, 'The tap did not come.');
  });

  test('quotes, is quoted, and takes words back', async () => {
    await connected();
    const { message } = events('message')[0] as { message: Json };
    await push([{ ...hello, quoteToken: message.quoteToken }]);
    expect(phone().messages.at(-1)).toMatchObject({ replyTo: message.id });
    act({ do: 'text', text: 'About that', replyTo: phone().messages.at(-1)!.id });
    act({ do: 'unsend', messageId: String(message.id) });
    await until(() => events('unsend').length === 1, 'The unsend did not come.');
    expect(events('message')[1]).toMatchObject({ message: { quotedMessageId: phone().messages[1]!.id } });
    expect(events('unsend')[0]).toMatchObject({ unsend: { messageId: message.id } });
    expect(phone().messages[0]!.deleted).toBe(true);
  });

  test('sends files that the bot fetches from the other host, films when they are ready', async () => {
    await connected();
    const base64 = Buffer.from('bytes').toString('base64');
    act({ do: 'document', filename: 'a.pdf', mimeType: 'application/pdf', base64 });
    act({ do: 'video', filename: 'v.mp4', mimeType: 'video/mp4', base64 });
    act({ do: 'sticker', emoji: '👋' });
    await until(() => events('message').length === 4, 'The files did not come.');
    const [, paper, film, sticker] = events('message').map(({ message }) => message as Json);
    expect(paper).toMatchObject({ type: 'file', fileName: 'a.pdf', fileSize: 5 });
    expect(sticker).toMatchObject({ type: 'sticker', packageId: '446' });
    const content = (id: unknown) => ask('GET', `/data/v2/bot/message/${id}/content`);
    expect(await (await content(paper!.id)).text()).toBe('bytes');
    expect((await content(film!.id)).status).toBe(202);
    const preparing = await ask('GET', `/data/v2/bot/message/${film!.id}/content/transcoding`);
    expect(await preparing.json()).toEqual({ status: 'processing' });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect((await content(film!.id)).headers.get('content-type')).toBe('video/mp4');
    act({ do: 'unsend', messageId: String(paper!.id) });
    expect((await content(paper!.id)).status).toBe(404);
  });

  test('sees that an answer is coming, and that a message was read', async () => {
    await connected();
    const chatId = ana().line.userId;
    expect((await ask('POST', '/v2/bot/chat/loading/start', { chatId, loadingSeconds: 7 })).status).toBe(400);
    expect((await ask('POST', '/v2/bot/chat/loading/start', { chatId, loadingSeconds: 20 })).status).toBe(202);
    expect(phone().typing).toBe(true);
    await push([hello]);
    expect(phone().typing).toBe(false);
    const { markAsReadToken } = events('message')[0]!.message as Json;
    await until(() => phone().messages[0]!.status === 'accepted', 'It was not taken.');
    expect((await ask('POST', '/v2/bot/chat/markAsRead', { markAsReadToken })).status).toBe(200);
    expect(phone().messages[0]!.status).toBe('read');
    expect((await ask('POST', '/v2/bot/chat/markAsRead', { markAsReadToken: 'x' })).status).toBe(400);
  });

  test('is described to the bot that asks, and so is the bot', async () => {
    expect(await (await ask('GET', '/v2/bot/info')).json()).toMatchObject({
      userId: ACCOUNT,
      basicId: '@acme',
      displayName: 'Acme',
    });
    expect((await ask('GET', `/v2/bot/profile/${ana().line.userId}`)).status).toBe(404);
    act({ do: 'start' });
    const profile = (await (await ask('GET', `/v2/bot/profile/${ana().line.userId}`)).json()) as Json;
    expect(profile).toMatchObject({ displayName: ana().name, language: 'pt-br' });
    expect((await fetch(String(profile.pictureUrl))).headers.get('content-type')).toBe('image/png');
  });
});

describe('the rich menu', () => {
  const areas = [
    {
      bounds: { x: 1250, y: 0, width: 1250, height: 843 },
      action: { type: 'uri', label: 'Shop', uri: 'https://a.example/' },
    },
    { bounds: { x: 0, y: 0, width: 1250, height: 843 }, action: { type: 'postback', label: 'Orders', data: 'orders' } },
  ];
  const menu = { size: { width: 2500, height: 843 }, selected: false, name: 'Menu', chatBarText: 'Menu', areas };
  const picture = (id: unknown, type = 'image/png') =>
    fetch(`${lab.baseUrls.line}/data/v2/bot/richmenu/${id}/content`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': type },
      body: 'bytes',
    });

  test('is seen once it has its picture and is everybody’s, and can be tapped', async () => {
    await connected();
    expect((await ask('GET', '/v2/bot/user/all/richmenu')).status).toBe(404);
    expect((await ask('POST', '/v2/bot/richmenu', { ...menu, chatBarText: 'x'.repeat(15) })).status).toBe(400);
    const { richMenuId } = (await (await ask('POST', '/v2/bot/richmenu', menu)).json()) as Json;
    expect((await ask('POST', `/v2/bot/user/all/richmenu/${richMenuId}`)).status).toBe(400);
    expect((await picture(richMenuId, 'text/plain')).status).toBe(415);
    expect((await picture(richMenuId)).status).toBe(200);
    expect((await picture(richMenuId)).status).toBe(400);
    expect(phone().menu).toBeUndefined();
    expect((await ask('POST', `/v2/bot/user/all/richmenu/${richMenuId}`)).status).toBe(200);
    expect(phone().menu!.map((row) => row.map(({ text }) => text))).toEqual([['Orders', 'Shop']]);
    expect(await (await ask('GET', `/v2/bot/richmenu/${richMenuId}`)).json()).toMatchObject({ richMenuId, areas });
    act({ do: 'tap', messageId: 'menu', buttonId: 'orders' });
    await until(() => events('postback').length === 1, 'The tap did not come.');
    expect(events('postback')[0]).toMatchObject({ postback: { data: 'orders' } });
    expect((await ask('DELETE', '/v2/bot/user/all/richmenu')).status).toBe(200);
    expect(phone().menu).toBeUndefined();
    expect((await ask('DELETE', `/v2/bot/richmenu/${richMenuId}`)).status).toBe(200);
    expect((await ask('GET', `/v2/bot/richmenu/${richMenuId}`)).status).toBe(404);
  });
});

describe('a bad day', () => {
  test('is too busy, broken, or silent; a silent push was said all the same', async () => {
    await connected();
    lab.misbehave({ line: { rateLimit: 1, retryAfterSeconds: 7 } });
    const busy = await push([hello]);
    expect([busy.status, busy.headers.get('retry-after')]).toEqual([429, '7']);
    lab.misbehave({ line: { rateLimit: 0, serverError: 1 } });
    expect((await push([hello])).status).toBe(500);
    lab.misbehave({ line: { serverError: 0, hang: 1 } });
    const key = randomUUID();
    await expect(
      fetch(`${lab.baseUrls.line}/v2/bot/message/push`, {
        method: 'POST',
        headers: { authorization: `Bearer ${TOKEN}`, 'x-line-retry-key': key },
        body: JSON.stringify({ to: ana().line.userId, messages: [hello] }),
        signal: AbortSignal.timeout(150),
      }),
    ).rejects.toThrow();
    lab.misbehave({ line: { hang: 0 } });
    expect((await push([hello], { 'x-line-retry-key': key })).status).toBe(409);
    expect(phone().messages.filter(({ from }) => from === 'business')).toHaveLength(1);
  });
});
