import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Act } from '../control.ts';
import { type Simulator, startSimulator } from '../simulator.ts';

type Json = Record<string, unknown>;
interface Heard {
  text: string;
  signature: string;
  body: Json;
}

const TOKEN = 'lab-viber-token-0001';
const ACCOUNT = 'pa:0000000000000000001';
let lab: Simulator;
let platform: Server;
let url: string;
let heard: Heard[] = [];
/** What the platform answers: a status, and a body by event. */
let answer: { status: number; bodies: Record<string, unknown> };

beforeAll(async () => {
  lab = await startSimulator({ settings: { autoReadMs: 20, retryFirstMs: 20, retryMaxMs: 50 } });
  platform = createServer((request, response) => {
    // A file of the business.
    if (request.method === 'GET') return response.writeHead(200).end('bytes');
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      const body = JSON.parse(text) as Json;
      heard.push({ text, signature: String(request.headers['x-viber-content-signature']), body });
      const said = answer.bodies[String(body.event)];
      response.writeHead(answer.status).end(said === undefined ? '' : JSON.stringify(said));
    });
  });
  await new Promise<void>((resolve) => platform.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(platform.address() as AddressInfo).port}/viber`;
});
afterAll(async () => {
  await lab.stop();
  platform.close();
});
beforeEach(() => {
  heard = [];
  answer = { status: 200, bodies: {} };
  lab.account({ provider: 'viber', account: ACCOUNT, title: 'Acme', credentials: { authToken: TOKEN, uri: 'acme' } });
});
afterEach(() => lab.reset(true));

const post = async (method: string, body: Json, token = TOKEN): Promise<Response> =>
  fetch(`${lab.baseUrls.viber}/${method}`, {
    method: 'POST',
    headers: { 'x-viber-auth-token': token, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
const call = async (method: string, body: Json, token = TOKEN): Promise<Json> =>
  (await (await post(method, body, token)).json()) as Json;
const ana = () => lab.people[0]!;
const message = (more: Json): Json => ({
  receiver: ana().viber.id,
  min_api_version: 7,
  sender: { name: 'Acme' },
  type: 'text',
  text: 'Hello',
  ...more,
});
const act = (deed: Act) => lab.act('viber', ACCOUNT, 'ana', deed);
const phone = () => lab.phone('viber', ACCOUNT, 'ana');
const events = (event: string): Json[] => heard.filter(({ body }) => body.event === event).map(({ body }) => body);
async function until(check: () => boolean, complaint: string): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (check()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(complaint);
}
async function connected(): Promise<void> {
  await call('set_webhook', { url });
  act({ do: 'text', text: 'Hi' });
  await until(() => events('message').length === 1, 'The message did not come.');
}

describe('the webhook', () => {
  test('is called before it is registered, and refused when it does not answer', async () => {
    expect(await call('set_webhook', { url, event_types: ['seen'] })).toMatchObject({
      status: 0,
      event_types: ['seen'],
    });
    expect(heard.map(({ body }) => body.event)).toEqual(['webhook']);
    answer.status = 503;
    expect(await call('set_webhook', { url })).toMatchObject({ status: 1 });
    expect(await call('set_webhook', { url: 'http://hooks.example.com/' })).toMatchObject({ status: 1 });
    expect(await call('get_account_info', {})).toMatchObject({ webhook: url, event_types: ['seen'], name: 'Acme' });
    expect(await call('set_webhook', { url: '' })).toMatchObject({ status: 0 });
    expect(await call('get_account_info', {})).not.toHaveProperty('webhook');
  });

  test('is signed over the very bytes, with tokens that no double holds', async () => {
    await connected();
    for (const { text, signature } of heard) {
      expect(signature).toBe(createHmac('sha256', TOKEN).update(text).digest('hex'));
      const token = /"message_token":(\d+)/.exec(text)?.[1];
      expect(BigInt(token!) > BigInt(Number.MAX_SAFE_INTEGER)).toBe(true);
    }
  });

  test('hears only what it asked for, and messages always', async () => {
    await call('set_webhook', { url, event_types: [] });
    act({ do: 'text', text: 'Hi' });
    act({ do: 'unfollow' });
    await until(() => events('message').length === 1, 'The message did not come.');
    expect(heard.map(({ body }) => body.event)).toEqual(['webhook', 'message']);
  });

  test('is tried again until it answers 200, and nothing overtakes', async () => {
    await call('set_webhook', { url });
    answer.status = 500;
    act({ do: 'text', text: 'one' });
    act({ do: 'text', text: 'two' });
    await until(() => heard.length > 3, 'It was not tried again.');
    answer.status = 200;
    await until(() => phone().messages.every(({ status }) => status === 'accepted'), 'They were not taken.');
    const said = events('message').map(({ message }) => (message as Json).text);
    expect(said.indexOf('two')).toBe(said.lastIndexOf('one') + 1);
  });
});

describe('a message', () => {
  test('is delivered, then seen', async () => {
    await connected();
    const sent = await post('send_message', message({}));
    const text = await sent.text();
    const token = /"message_token":(\d+)/.exec(text)?.[1];
    expect(JSON.parse(text)).toMatchObject({ status: 0, status_message: 'ok' });
    await until(() => events('seen').length === 1, 'It was not seen.');
    const told = heard.filter(({ body }) => body.event === 'delivered' || body.event === 'seen');
    expect(told.map(({ body }) => body.event)).toEqual(['delivered', 'seen']);
    for (const one of told) expect(one.text).toContain(`"message_token":${token}`);
    expect(phone().messages.at(-1)).toMatchObject({ id: token, from: 'business', text: 'Hello', status: 'read' });
  });

  test('goes to subscribers only', async () => {
    await call('set_webhook', { url });
    expect(await call('send_message', message({}))).toMatchObject({ status: 6 });
    expect(await call('send_message', message({ receiver: 'nobody==' }))).toMatchObject({ status: 5 });
    act({ do: 'follow' });
    expect(await call('send_message', message({}))).toMatchObject({ status: 0 });
    act({ do: 'block' });
    expect(await call('send_message', message({}))).toMatchObject({ status: 6 });
    act({ do: 'text', text: 'back again' });
    expect(await call('send_message', message({}))).toMatchObject({ status: 0 });
    await until(() => events('message').length === 1, 'The message did not come.');
    expect(events('subscribed')).toHaveLength(1);
  });

  test('needs the right token and a webhook', async () => {
    expect(await call('send_message', message({}), 'other')).toMatchObject({ status: 2 });
    expect(await call('send_message', message({}))).toMatchObject({ status: 10 });
  });

  test.each([
    ['without words', { text: '' }, 4],
    ['too long', { text: 'x'.repeat(7001) }, 3],
    ['of another kind', { type: 'poll' }, 3],
    ['without a name', { sender: {} }, 4],
    ['under a name too long', { sender: { name: 'x'.repeat(29) } }, 3],
    ['for an app to come', { min_api_version: 99 }, 13],
    ['with too much tracking data', { tracking_data: 'x'.repeat(4097) }, 3],
    ['over 30 kB', { text: '漢'.repeat(7000), tracking_data: '漢'.repeat(4000) }, 3],
    ['of a picture without its words', { type: 'picture', text: undefined, media: 'https://a.example/1.jpg' }, 4],
    ['of a picture that is no link', { type: 'picture', text: '', media: 'picture.jpg' }, 3],
    ['of a film without its size', { type: 'video', media: 'https://a.example/1.mp4' }, 4],
    ['of a film too large', { type: 'video', media: 'https://a.example/1.mp4', size: 27 * 1024 * 1024 }, 3],
    ['of a program', { type: 'file', media: 'https://a.example/1', size: 1, file_name: 'setup.exe' }, 3],
    ['of a file without an ending', { type: 'file', media: 'https://a.example/1', size: 1, file_name: 'paper' }, 3],
    ['of a contact without a number', { type: 'contact', contact: { name: 'Bo' } }, 4],
    ['of a place nowhere', { type: 'location', location: { lat: 91, lon: 0 } }, 3],
    ['of a sticker without number', { type: 'sticker', sticker_id: 'x' }, 3],
    ['with an empty keyboard', { keyboard: { Type: 'keyboard', Buttons: [] } }, 4],
    [
      'with a keyboard of 25 rows',
      { keyboard: { Type: 'keyboard', Buttons: Array(25).fill({ ActionBody: 'a', Text: 'a' }) } },
      3,
    ],
    [
      'with a location picker for old apps',
      {
        min_api_version: 2,
        keyboard: { Type: 'keyboard', Buttons: [{ ActionType: 'location-picker', ActionBody: 'x', Text: 'x' }] },
      },
      3,
    ],
    [
      'with a location picker on a card',
      {
        type: 'rich_media',
        rich_media: { Type: 'rich_media', Buttons: [{ ActionType: 'location-picker', ActionBody: 'x', Text: 'x' }] },
      },
      3,
    ],
    [
      'of seven cards',
      {
        type: 'rich_media',
        rich_media: { Type: 'rich_media', ButtonsGroupRows: 1, Buttons: Array(7).fill({ ActionBody: 'a', Text: 'a' }) },
      },
      3,
    ],
  ])('%s is refused', async (_, more, status) => {
    await connected();
    expect(await call('send_message', message(more))).toMatchObject({ status });
    expect(phone().messages).toHaveLength(1);
  });

  test('whose file is not there fails, and one that is there does not', async () => {
    await connected();
    await call('send_message', message({ type: 'picture', text: '', media: `${url}/there.jpg` }));
    await until(() => events('delivered').length === 1, 'The platform’s own link did not do.');
    await call('send_message', message({ type: 'picture', text: '', media: `${lab.url}/viber/files/1/gone.jpg` }));
    await until(() => events('failed').length === 1, 'It did not fail.');
    expect(events('failed')[0]).toMatchObject({ user_id: ana().viber.id, desc: expect.any(String) });
  });

  test('is too many after a hundred without an answer', async () => {
    lab.configure({ limits: true, autoReadMs: null });
    await connected();
    for (let i = 0; i < 100; i++) expect((await call('send_message', message({}))).status).toBe(0);
    expect(await call('send_message', message({}))).toMatchObject({ status: 12 });
    act({ do: 'text', text: 'enough' });
    expect(await call('send_message', message({}))).toMatchObject({ status: 0 });
  });

  test('to many reaches those who can be reached', async () => {
    await connected();
    const { receiver: _, ...said } = message({});
    const list = [ana().viber.id, 'nobody==', lab.people[1]!.viber.id];
    const result = await call('broadcast_message', { ...said, broadcast_list: list });
    expect((result.failed_list as Json[]).map(({ status }) => status)).toEqual([5, 6]);
    expect(phone().messages.at(-1)).toMatchObject({ text: 'Hello' });
  });
});

describe('a customer', () => {
  test('taps a key, and its words come back with the tracking data', async () => {
    await connected();
    const Buttons = [
      { Columns: 3, Rows: 1, ActionType: 'reply', ActionBody: 'Red', Text: '<b>Red</b> &amp; dark' },
      { Columns: 3, Rows: 1, ActionType: 'reply', ActionBody: 'tap:blue', Text: 'Blue', Silent: true },
      { Columns: 6, Rows: 1, ActionType: 'open-url', ActionBody: 'https://a.example/', Text: 'Shop' },
      { Columns: 6, Rows: 1, ActionType: 'share-phone', ActionBody: 'phone', Text: 'My number' },
      { Columns: 6, Rows: 1, ActionType: 'location-picker', ActionBody: 'place', Text: 'My place' },
    ];
    await call('send_message', message({ tracking_data: 'q1', keyboard: { Type: 'keyboard', Buttons } }));
    const { keyboard, messages } = phone();
    const { id } = messages.at(-1)!;
    expect(keyboard?.buttons.map((row) => row.map(({ text }) => text))).toEqual([
      ['Red & dark', 'Blue'],
      ['Shop'],
      ['My number'],
      ['My place'],
    ]);
    act({ do: 'tap', messageId: id, buttonId: 'Red' });
    act({ do: 'tap', messageId: id, buttonId: 'tap:blue' });
    expect(act({ do: 'tap', messageId: id, buttonId: 'https://a.example/' })).toBeNull();
    act({ do: 'tap', messageId: id, buttonId: 'phone' });
    act({ do: 'tap', messageId: id, buttonId: 'place' });
    await until(() => events('message').length === 6, 'The taps did not come.');
    expect(events('message').slice(1)).toMatchObject([
      { silent: false, message: { type: 'text', text: 'Red', tracking_data: 'q1' } },
      { silent: true, message: { type: 'text', text: 'tap:blue', tracking_data: 'q1' } },
      { silent: false, message: { type: 'text', text: 'https://a.example/' } },
      { message: { type: 'contact', contact: { phone_number: ana().phone } } },
      { message: { type: 'location', location: { lat: expect.any(Number) } } },
    ]);
    expect(phone().messages.filter(({ text }) => text === 'tap:blue')).toEqual([]);
    await call('send_message', message({}));
    expect(phone().keyboard).toBeUndefined();
    expect(() => act({ do: 'tap', messageId: id, buttonId: 'Red' })).toThrow(/gone/);
  });

  test('taps a card long after it came', async () => {
    await connected();
    const card = (n: number) => [
      { Columns: 6, Rows: 3, ActionType: 'none', ActionBody: 'none', Image: `https://a.example/${n}.jpg` },
      { Columns: 6, Rows: 1, ActionType: 'none', ActionBody: 'none', Text: `Shoe ${n}` },
      { Columns: 6, Rows: 1, ActionType: 'reply', ActionBody: `buy:${n}`, Text: 'Buy' },
    ];
    const rich_media = { Type: 'rich_media', ButtonsGroupRows: 5, Buttons: [...card(1), ...card(2)] };
    await call('send_message', message({ type: 'rich_media', rich_media, alt_text: 'Shoes' }));
    const shown = phone().messages.at(-1)!;
    expect(shown.cards).toMatchObject([
      { mediaUrl: 'https://a.example/1.jpg', title: 'Shoe 1', buttons: [[{ id: 'buy:1', text: 'Buy' }]] },
      { title: 'Shoe 2' },
    ]);
    await call('send_message', message({ tracking_data: 'later' }));
    act({ do: 'tap', messageId: shown.id, buttonId: 'buy:2' });
    await until(() => events('message').length === 2, 'The tap did not come.');
    expect(events('message')[1]).toMatchObject({ message: { text: 'buy:2', tracking_data: 'later' } });
  });

  test('opens the chat, by a deep link too, and may be welcomed before writing anything', async () => {
    await call('set_webhook', { url });
    answer.bodies.conversation_started = { sender: { name: 'Acme' }, type: 'text', text: 'Welcome!' };
    act({ do: 'start', payload: 'lnk_1' });
    await until(() => phone().messages.length === 1, 'No welcome came.');
    expect(events('conversation_started')[0]).toMatchObject({ context: 'lnk_1', subscribed: false, type: 'open' });
    expect(phone().messages[0]).toMatchObject({ from: 'business', text: 'Welcome!' });
    expect(await call('send_message', message({}))).toMatchObject({ status: 6 });
  });

  test('sends files that anybody with the link can fetch', async () => {
    await connected();
    const file = { mimeType: 'application/pdf', base64: Buffer.from('%PDF').toString('base64') };
    act({ do: 'document', filename: 'a b.pdf', ...file });
    act({ do: 'image', filename: 'p.png', mimeType: 'image/png', base64: file.base64, caption: 'Look' });
    act({ do: 'sticker', emoji: '👋' });
    await until(() => events('message').length === 4, 'The files did not come.');
    const [, paper, picture, sticker] = events('message').map(({ message }) => message as Json);
    expect(paper).toMatchObject({ type: 'file', file_name: 'a b.pdf', size: 4 });
    expect(picture).toMatchObject({ type: 'picture', text: 'Look' });
    expect(sticker).toMatchObject({ type: 'sticker', sticker_id: expect.any(Number) });
    expect(await (await fetch(String(paper!.media))).text()).toBe('%PDF');
  });

  test('is described to the bot that asks', async () => {
    const details = await call('get_user_details', { id: ana().viber.id });
    expect(details).toMatchObject({ status: 0, user: { id: ana().viber.id, name: ana().name } });
    const { avatar } = details.user as { avatar: string };
    expect((await fetch(avatar)).headers.get('content-type')).toBe('image/png');
    expect(await call('get_user_details', { id: 'x' })).toMatchObject({ status: 5 });
    expect(await call('get_online', { ids: [ana().viber.id] })).toMatchObject({ users: [{ online_status: 3 }] });
  });
});

describe('a bad day', () => {
  test('is too busy, broken, or silent', async () => {
    await connected();
    lab.misbehave({ viber: { rateLimit: 1, retryAfterSeconds: 7 } });
    const busy = await post('send_message', message({}));
    expect([busy.status, busy.headers.get('retry-after')]).toEqual([429, '7']);
    lab.misbehave({ viber: { rateLimit: 0, serverError: 1 } });
    expect((await post('send_message', message({}))).status).toBe(502);
    expect(phone().messages).toHaveLength(1);
    lab.misbehave({ viber: { serverError: 0, hang: 1 } });
    const silent = fetch(`${lab.baseUrls.viber}/send_message`, {
      method: 'POST',
      headers: { 'x-viber-auth-token': TOKEN },
      body: JSON.stringify(message({})),
      signal: AbortSignal.timeout(150),
    });
    await expect(silent).rejects.toThrow();
    expect(phone().messages).toHaveLength(2);
  });

  test('says things twice, late, or not at all', async () => {
    await connected();
    lab.misbehave({ viber: { duplicate: 1, lateReceiptMs: 60 } });
    await call('send_message', message({}));
    await until(() => events('seen').length >= 2, 'Nothing came twice.');
    heard = [];
    lab.misbehave({ viber: { duplicate: 0, lateReceiptMs: 0, noReceipts: true } });
    await call('send_message', message({}));
    await until(() => phone().messages.at(-1)?.status === 'read', 'It was not read.');
    expect(heard).toEqual([]);
  });
});
