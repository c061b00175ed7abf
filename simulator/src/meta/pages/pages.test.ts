import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { quiet, type Receiver, sleep, startReceiver } from '../../../test/receiver.ts';
import { type Simulator, startSimulator } from '../../simulator.ts';

let lab: Simulator;
let platform: Receiver;
let shop: Server;
let files: string;
const PAGE = '105550000000001';
const IG = '17841455500000001';
const OWN = '17841455500000002';
const APP = '155500000000011';
const SECRET = 'test-app-secret-0001';
type Product = 'facebook' | 'instagram';

beforeAll(async () => {
  lab = await startSimulator({ settings: { retryFirstMs: 20, retryMaxMs: 80, autoReadMs: null } });
  platform = await startReceiver();
  shop = createServer((request, response) => {
    const types: Record<string, string> = { '/p.png': 'image/png', '/a.pdf': 'application/pdf', '/v.mp4': 'video/mp4' };
    const type = types[request.url ?? ''];
    response.writeHead(type ? 200 : 404, { 'content-type': type ?? 'text/plain' }).end('bytes');
  });
  await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve));
  files = `http://127.0.0.1:${(shop.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await lab.stop();
  await platform.stop();
  shop.close();
});
beforeEach(async () => {
  await quiet(lab, platform);
  lab.reset(true);
  platform.got.length = 0;
  const more = { title: 'Acme', webhookUrl: platform.url };
  const app = { appId: APP, appSecret: SECRET };
  lab.account({ provider: 'facebook', account: PAGE, credentials: { pageAccessToken: 'EAA-page', ...app }, ...more });
  const page = { pageAccessToken: 'EAA-ig', pageId: '105550000000009', username: 'acme', ...app };
  lab.account({ provider: 'instagram', account: IG, credentials: page, ...more });
});

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into deeply.
type Any = any;

async function graph(method: string, path: string, body?: unknown, token = 'EAA-page'): Promise<Any> {
  const json = !(body instanceof FormData);
  const answer = await fetch(`${lab.url}/meta/v26.0/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && json ? { 'content-type': 'application/json' } : {}),
    },
    ...(body === undefined ? {} : { body: json ? JSON.stringify(body) : (body as FormData) }),
  });
  return { status: answer.status, ...(await answer.json()) };
}
const ana = () => lab.people[0] as Simulator['people'][number];
const idOf = (product: Product) => (product === 'facebook' ? ana().facebook.psid : ana().instagram.igsid);
const send = (product: Product, message: unknown, more: object = {}) =>
  graph(
    'POST',
    product === 'facebook' ? `${PAGE}/messages` : '105550000000009/messages',
    { recipient: { id: idOf(product) }, messaging_type: 'RESPONSE', message, ...more },
    product === 'facebook' ? 'EAA-page' : 'EAA-ig',
  );
const accountOf = (product: Product) => (product === 'facebook' ? PAGE : IG);
const act = (product: Product, deed: Parameters<Simulator['act']>[3]) =>
  lab.act(product, accountOf(product), 'ana', deed) ?? '';
const phone = (product: Product) => lab.phone(product, accountOf(product), 'ana');
const updates = (key: string): Any[] =>
  platform.got
    .flatMap(({ json }) => json?.entry?.flatMap((entry: Any) => entry.messaging ?? []) ?? [])
    .filter((item: Any) => key in item);
async function until<T>(look: () => T | undefined): Promise<T> {
  for (let tries = 0; tries < 600; tries++) {
    const found = look();
    if (found) return found;
    await sleep(5);
  }
  throw new Error(`waited in vain; got ${JSON.stringify(platform.got.map(({ json }) => json))}`);
}
const hello = async (product: Product) => {
  const mid = act(product, { do: 'text', text: 'Hello' });
  await until(() => updates('message')[0]);
  return mid;
};

describe.each(['facebook', 'instagram'] as const)('on %s', (product) => {
  it('signs each update as Meta does, with what is not ASCII escaped', async () => {
    act(product, { do: 'text', text: 'Olá / 🙂' });
    const { raw, headers, json } = await platform.wait();
    expect(headers['x-hub-signature-256']).toBe(`sha256=${createHmac('sha256', SECRET).update(raw).digest('hex')}`);
    expect(raw.toString()).toContain('Ol\\u00e1 \\/ \\ud83d\\ude42');
    expect(json).toMatchObject({
      object: product === 'facebook' ? 'page' : 'instagram',
      entry: [
        {
          id: accountOf(product),
          time: expect.any(Number),
          messaging: [
            {
              sender: { id: idOf(product) },
              recipient: { id: accountOf(product) },
              timestamp: expect.any(Number),
              message: { mid: expect.any(String), text: 'Olá / 🙂' },
            },
          ],
        },
      ],
    });
  });

  it('takes an answer, echoes it, and tells what became of it', async () => {
    await hello(product);
    const answer = await send(product, { text: 'Hi Ana', ...(product === 'facebook' ? { metadata: 'dlv_1.0' } : {}) });
    expect(answer).toEqual({ status: 200, recipient_id: idOf(product), message_id: expect.any(String) });
    const echo = await until(() => updates('message').find(({ message }) => message.is_echo));
    expect(echo).toMatchObject({ sender: { id: accountOf(product) }, recipient: { id: idOf(product) } });
    expect(echo.message).toEqual({
      mid: answer.message_id,
      is_echo: true,
      text: 'Hi Ana',
      ...(product === 'facebook' ? { app_id: Number(APP), metadata: 'dlv_1.0' } : {}),
    });
    await until(() => (phone(product).messages.at(-1)?.status === 'delivered' ? true : undefined));
    act(product, { do: 'read' });
    const read = await until(() => updates('read')[0]);
    if (product === 'facebook') {
      expect(read.read).toEqual({ watermark: expect.any(Number) });
      expect(updates('delivery')[0].delivery).toEqual({ mids: [answer.message_id], watermark: expect.any(Number) });
    } else {
      expect(read.read).toEqual({ mid: answer.message_id });
      expect(updates('delivery')).toEqual([]);
    }
  });

  it('closes the window after a day, but not for people before a week has passed', async () => {
    await hello(product);
    act(product, { do: 'elapse', hours: 25 });
    const subcode = product === 'facebook' ? 2018278 : 2534022;
    expect(await send(product, { text: 'Hi' })).toMatchObject({
      status: 400,
      error: { code: 10, error_subcode: subcode },
    });
    const human = { messaging_type: 'MESSAGE_TAG', tag: 'HUMAN_AGENT' };
    expect(await send(product, { text: 'Bia here' }, human)).toMatchObject({ status: 200 });
    act(product, { do: 'elapse', hours: 24 * 7 });
    expect(await send(product, { text: 'Bia here' }, human)).toMatchObject({ error: { error_subcode: subcode } });
    const ended = { messaging_type: 'MESSAGE_TAG', tag: 'ACCOUNT_UPDATE' };
    expect(await send(product, { text: 'x' }, ended)).toMatchObject({
      error: { code: 100, message: '(#100) Message tag is no longer supported' },
    });
  });

  it('knows nobody who has not written, and nobody who blocks', async () => {
    expect(await send(product, { text: 'Hi' })).toMatchObject({
      error: { code: 100, error_subcode: product === 'facebook' ? 2018001 : 2534014 },
    });
    await hello(product);
    act(product, { do: 'block' });
    expect(await send(product, { text: 'Hi' })).toMatchObject({ error: { code: 551, error_subcode: 1545041 } });
  });

  it('refuses what is too long, too much, or of no kind it knows', async () => {
    await hello(product);
    const buttons = (count: number, title = 'Go') =>
      Array.from({ length: count }, (_, i) => ({ type: 'postback', title, payload: String(i) }));
    const template = (payload: object) => ({ attachment: { type: 'template', payload } });
    const long = product === 'facebook' ? 'x'.repeat(2001) : 'é'.repeat(501);
    for (const message of [
      { text: long },
      { text: '' },
      {},
      { text: 'x', attachment: { type: 'image', payload: { url: 'https://x.example.com/1.png' } } },
      { attachment: { type: 'hologram', payload: { url: 'https://x.example.com' } } },
      { attachment: { type: 'image', payload: {} } },
      template({ template_type: 'button', text: 'x'.repeat(641), buttons: buttons(1) }),
      template({ template_type: 'button', text: 'x', buttons: buttons(4) }),
      template({ template_type: 'button', text: 'x', buttons: buttons(1, 'x'.repeat(21)) }),
      template({ template_type: 'generic', elements: [{ title: 'alone' }] }),
      template({ template_type: 'generic', elements: Array(11).fill({ title: 'x', subtitle: 'y' }) }),
      template({ template_type: 'list', elements: [] }),
      { text: 'x', quick_replies: Array(14).fill({ content_type: 'text', title: 'x', payload: 'y' }) },
      { text: 'x', quick_replies: [{ content_type: 'location' }] },
      ...(product === 'instagram'
        ? [
            { sticker_id: 1 },
            template({ template_type: 'media', elements: [{ media_type: 'image', attachment_id: '1' }] }),
            template({
              template_type: 'button',
              text: 'x',
              buttons: [{ type: 'phone_number', title: 'x', payload: '+15550100001' }],
            }),
          ]
        : [
            { attachments: [{ type: 'image', payload: { url: 'https://x.example.com/1.png' } }] },
            { attachment: { type: 'like_heart' } },
          ]),
    ]) {
      expect(await send(product, message), JSON.stringify(message).slice(0, 200)).toMatchObject({
        status: 400,
        error: { code: 100 },
      });
    }
    expect(await send(product, undefined, { sender_action: 'typing_on', messaging_type: 'RESPONSE' })).toMatchObject({
      status: 400,
    });
  });

  it('shows signs and reactions on the phone', async () => {
    const mid = await hello(product);
    const sign = (sender_action: string, payload?: object) =>
      graph(
        'POST',
        'me/messages',
        { recipient: { id: idOf(product) }, sender_action, ...(payload ? { payload } : {}) },
        product === 'facebook' ? 'EAA-page' : 'EAA-ig',
      );
    expect(await sign('typing_on')).toEqual({ status: 200, recipient_id: idOf(product) });
    expect(phone(product).typing).toBe(true);
    await sign('typing_off');
    expect(phone(product).typing).toBe(false);
    await sign('mark_seen');
    expect(phone(product).messages[0]).toMatchObject({ status: 'read' });
    await sign('react', { message_id: mid, reaction: 'love' });
    expect(phone(product).messages[0]?.reactions).toEqual(['❤️']);
    await sign('unreact', { message_id: mid });
    expect(phone(product).messages[0]?.reactions).toEqual([]);
  });

  it('sends taps of quick replies and buttons back, and quick replies go with the next message', async () => {
    await hello(product);
    const { message_id: first } = await send(product, {
      text: 'Which?',
      quick_replies: [
        { content_type: 'text', title: 'Red', payload: 'color:red' },
        { content_type: 'user_phone_number' },
      ],
    });
    act(product, { do: 'tap', messageId: first, buttonId: 'color:red' });
    await until(() => updates('message').find(({ message }) => message.quick_reply?.payload === 'color:red'));
    expect(phone(product).messages.find(({ id }) => id === first)?.buttons).toBeUndefined();
    const card = { title: 'Plant', subtitle: 'Green', buttons: [{ type: 'postback', title: 'Buy', payload: 'buy:1' }] };
    const { message_id: second } = await send(product, {
      attachment: { type: 'template', payload: { template_type: 'generic', elements: [card] } },
    });
    expect(phone(product).messages.at(-1)).toMatchObject({ cards: [{ title: 'Plant', text: 'Green' }] });
    act(product, { do: 'tap', messageId: second, buttonId: 'buy:1' });
    const tap = await until(() => updates('postback')[0]);
    expect(tap.postback).toEqual({ mid: expect.any(String), title: 'Buy', payload: 'buy:1' });
  });

  it('tells of files by links that need no token, of edits, reactions and links followed', async () => {
    const base64 = Buffer.from('%PDF-1.4').toString('base64');
    act(product, { do: 'document', filename: 'paper.pdf', mimeType: 'application/pdf', base64 });
    const file = await until(() => updates('message')[0]);
    expect(file.message.attachments).toEqual([{ type: 'file', payload: { url: expect.any(String) } }]);
    const fetched = await fetch(file.message.attachments[0].payload.url);
    expect([fetched.headers.get('content-type'), await fetched.text()]).toEqual(['application/pdf', '%PDF-1.4']);
    const mid = act(product, { do: 'text', text: 'Helo' });
    act(product, { do: 'edit', messageId: mid, text: 'Hello' });
    const edit = await until(() => updates('message_edit')[0]);
    expect(edit.message_edit).toEqual({ mid, text: 'Hello', num_edit: 1 });
    act(product, { do: 'react', messageId: mid, emoji: '❤️' });
    act(product, { do: 'react', messageId: mid, emoji: null });
    await until(() => updates('reaction')[1]);
    expect(updates('reaction').map(({ reaction }) => reaction)).toEqual([
      { mid, action: 'react', reaction: 'love', emoji: '❤️' },
      { mid, action: 'unreact' },
    ]);
    act(product, { do: 'start', payload: 'link_01J' });
    const referral = await until(() => updates('referral')[0]);
    expect(referral.referral).toMatchObject({ ref: 'link_01J', type: 'OPEN_THREAD' });
  });

  it('fetches links before it answers, keeps uploads, and knows whose they are', async () => {
    await hello(product);
    const image = (payload: object) => send(product, { attachment: { type: 'image', payload } });
    expect(await image({ url: `${files}/p.png` })).toMatchObject({ status: 200 });
    expect(await image({ url: `${files}/gone.png` })).toMatchObject({ error: { error_subcode: 2018008 } });
    expect(await image({ url: `${files}/a.pdf` })).toMatchObject({ error: { error_subcode: 2018047 } });
    expect(await image({ attachment_id: '42' })).toMatchObject({ error: { error_subcode: 2018074 } });
    const [node, token] = product === 'facebook' ? [PAGE, 'EAA-page'] : ['105550000000009', 'EAA-ig'];
    const form = new FormData();
    const platform = product === 'instagram' ? { platform: 'instagram' } : {};
    for (const [name, value] of Object.entries(platform)) form.set(name, value);
    form.set('message', JSON.stringify({ attachment: { type: 'image', payload: { is_reusable: true } } }));
    form.set('filedata', new Blob(['bytes'], { type: 'image/png' }), 'p.png');
    const { attachment_id } = await graph('POST', `${node}/message_attachments`, form, token);
    expect(await image({ attachment_id })).toMatchObject({ status: 200 });
    expect(phone(product).messages.at(-1)).toMatchObject({ kind: 'image', mediaUrl: `/lab/files/${attachment_id}` });
    const message = { attachment: { type: 'image', payload: { url: `${files}/p.png`, is_reusable: true } } };
    expect(await graph('POST', `${node}/message_attachments`, { message, ...platform }, token)).toMatchObject({
      attachment_id: expect.any(String),
    });
  });

  it('tells a profile only once the person has written', async () => {
    const ask = () =>
      graph('GET', `${idOf(product)}?fields=name`, undefined, product === 'facebook' ? 'EAA-page' : 'EAA-ig');
    expect(await ask()).toMatchObject({ status: 403, error: { code: 230 } });
    await hello(product);
    expect(await ask()).toMatchObject({ name: ana().name, id: idOf(product) });
  });

  it('misbehaves when told to', async () => {
    await hello(product);
    lab.misbehave({ [product]: { rateLimit: 1 } });
    expect(await send(product, { text: 'x' })).toMatchObject({ status: 400, error: { code: 613 } });
    lab.misbehave({ [product]: { rateLimit: 0, serverError: 1 } });
    expect(await send(product, { text: 'x' })).toMatchObject({ status: 500, error: { code: 2 } });
    lab.misbehave({ [product]: { serverError: 0, hang: 1 } });
    const signal = AbortSignal.timeout(150);
    const token = product === 'facebook' ? 'EAA-page' : 'EAA-ig';
    const body = JSON.stringify({ recipient: { id: idOf(product) }, message: { text: 'Did you hear?' } });
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    await expect(
      fetch(`${lab.url}/meta/v26.0/me/messages`, { method: 'POST', headers, body, signal }),
    ).rejects.toThrow();
    expect(phone(product).messages.at(-1)).toMatchObject({ text: 'Did you hear?' });
    lab.misbehave({ [product]: { hang: 0, noReceipts: true, duplicate: 1 } });
    platform.got.length = 0;
    await send(product, { text: 'quietly' });
    act(product, { do: 'text', text: 'twice' });
    await until(() => updates('message').filter(({ message }) => message.text === 'twice')[1]);
    expect(updates('message').some(({ message }) => message.is_echo)).toBe(false);
    expect(updates('delivery')).toEqual([]);
  });

  it('sends a refused webhook again until it is taken', async () => {
    let tries = 0;
    platform.answer = () => ({ status: ++tries < 3 ? 503 : 200 });
    act(product, { do: 'text', text: 'again' });
    await platform.wait(undefined, 3);
    await until(() => (phone(product).messages[0]?.status === 'accepted' ? true : undefined));
  });
});

describe('a page at Messenger', () => {
  it('greets, offers a menu and ice breakers, and is asked to set Get Started first', async () => {
    const write = (body: object) => graph('POST', 'me/messenger_profile', body);
    const call_to_actions = [{ type: 'postback', title: 'Help', payload: 'HELP' }];
    const menu = { persistent_menu: [{ locale: 'default', composer_input_disabled: false, call_to_actions }] };
    expect(await write(menu)).toMatchObject({ error: { error_subcode: 2018145 } });
    expect(await write({ ...menu, get_started: { payload: 'GO' } })).toEqual({ status: 200, result: 'success' });
    expect(await graph('GET', 'me/messenger_profile?fields=persistent_menu,greeting')).toMatchObject({ data: [menu] });
    expect(phone('facebook')).toMatchObject({ menu: [[{ text: 'Help', kind: 'postback' }]], starters: [{ id: 'GO' }] });
    act('facebook', { do: 'start', payload: 'link_7' });
    const started = await until(() => updates('postback')[0]);
    expect(started.postback).toMatchObject({
      title: 'Get started',
      payload: 'GO',
      referral: { ref: 'link_7', source: 'SHORTLINK' },
    });
    act('facebook', { do: 'tap', messageId: 'menu', buttonId: 'HELP' });
    expect((await until(() => updates('postback')[1])).postback).toMatchObject({ payload: 'HELP' });
    expect(await graph('DELETE', 'me/messenger_profile', { fields: ['get_started'] })).toMatchObject({
      error: { code: 100 },
    });
    expect(await graph('DELETE', 'me/messenger_profile', { fields: ['persistent_menu', 'get_started'] })).toMatchObject(
      { result: 'success' },
    );
    expect(phone('facebook').menu).toBeUndefined();
    for (let calls = 0; calls < 6; calls++) await write({ greeting: [{ locale: 'default', text: 'Hi' }] });
    expect(await write({ greeting: [{ locale: 'default', text: 'Hi' }] })).toMatchObject({ error: { code: 613 } });
  });

  it('tells its app only what both have subscribed to, at a callback that gave the challenge back', async () => {
    lab.reset(true);
    const credentials = { pageAccessToken: 'EAA-page', appId: APP, appSecret: SECRET };
    lab.account({ provider: 'facebook', account: PAGE, credentials });
    act('facebook', { do: 'text', text: 'unheard' });
    const subscribe = (verify_token: string) =>
      graph(
        'POST',
        `${APP}/subscriptions`,
        { object: 'page', callback_url: platform.url, verify_token, fields: 'messages,message_reads' },
        `${APP}|${SECRET}`,
      );
    platform.answer = ({ url }) => {
      const query = new URL(url, 'http://x').searchParams;
      return query.get('hub.verify_token') === 'right'
        ? { status: 200, body: query.get('hub.challenge') ?? '' }
        : { status: 403 };
    };
    expect(await subscribe('wrong')).toMatchObject({ error: { code: 2200 } });
    expect(await subscribe('right')).toMatchObject({ success: true });
    expect(await graph('GET', `${APP}/subscriptions`, undefined, `${APP}|${SECRET}`)).toMatchObject({
      data: [{ object: 'page', callback_url: platform.url, active: true }],
    });
    expect(await graph('GET', `${PAGE}/subscribed_apps`)).toMatchObject({ data: [] });
    await graph('POST', `${PAGE}/subscribed_apps?subscribed_fields=messages`);
    platform.answer = () => ({ status: 200 });
    platform.got.length = 0;
    const mid = act('facebook', { do: 'text', text: 'heard' });
    act('facebook', { do: 'edit', messageId: mid, text: 'not subscribed' });
    act('facebook', { do: 'text', text: 'heard too' });
    await until(() => updates('message')[1]);
    expect(updates('message_edit')).toEqual([]);
  });

  it('reaches somebody by number, whose first word tells that it was they', async () => {
    const recipient = { phone_number: ana().phone };
    const answer = await graph('POST', 'me/messages', {
      recipient,
      messaging_type: 'UPDATE',
      message: { text: 'Is this you?' },
    });
    expect(answer).toEqual({ status: 200, message_id: expect.any(String) });
    act('facebook', { do: 'text', text: 'Yes' });
    expect(await until(() => updates('message').find(({ message }) => message.text === 'Yes'))).toMatchObject({
      prior_message: { source: 'customer_matching', identifier: ana().phone },
    });
    const closed = { pageAccessToken: 'EAA-closed', customerMatching: 'closed' };
    lab.account({ provider: 'facebook', account: '105550000000003', credentials: closed });
    expect(await graph('POST', 'me/messages', { recipient, message: { text: 'x' } }, 'EAA-closed')).toMatchObject({
      error: { code: 10, message: expect.stringContaining('limited release') },
    });
  });

  it('answers a comment privately, once', async () => {
    const reply = () =>
      graph('POST', `${PAGE}/messages`, { recipient: { comment_id: '122_ana' }, message: { text: 'Details' } });
    expect(await reply()).toMatchObject({ status: 200, recipient_id: ana().facebook.psid });
    expect(await reply()).toMatchObject({ error: { code: 10900 } });
  });

  it('lets utility templates pass a closed window, once they are approved', async () => {
    await hello('facebook');
    act('facebook', { do: 'elapse', hours: 48 });
    const create = (name: string, text: string, more: object = {}) =>
      graph('POST', `${PAGE}/message_templates`, {
        name,
        language: 'en',
        category: 'UTILITY',
        components: [{ type: 'BODY', text }],
        ...more,
      });
    expect(await create('order_sent', 'Your order {{1}} is on its way.')).toMatchObject({
      status: 'PENDING',
      id: expect.any(String),
    });
    const template = {
      name: 'order_sent',
      language: { code: 'en' },
      components: [{ type: 'body', parameters: [{ type: 'text', text: '42' }] }],
    };
    const use = () => send('facebook', { template }, { messaging_type: 'UTILITY' });
    expect(await use()).toMatchObject({ error: { code: 100 } });
    const told = await until(() => platform.got.flatMap(({ json }) => json.entry[0].changes ?? [])[0]);
    expect(told).toMatchObject({
      field: 'message_template_status_update',
      value: { event: 'APPROVED', message_template_name: 'order_sent' },
    });
    expect(await use()).toMatchObject({ status: 200 });
    expect(phone('facebook').messages.at(-1)?.text).toBe('Your order 42 is on its way.');
    expect(await create('order_sent', 'Again {{1}} again.')).toMatchObject({ error: { error_subcode: 2388024 } });
    expect(await create('bad', '{{1}} first')).toMatchObject({ error: { error_subcode: 2388299 } });
    await create('spam', 'Free money for you.');
    await until(() =>
      platform.got
        .flatMap(({ json }) => json.entry[0].changes ?? [])
        .find(({ value }: Any) => value.event === 'REJECTED'),
    );
    expect(await graph('GET', `${PAGE}/message_templates?name=spam&fields=status,rejected_reason`)).toMatchObject({
      data: [{ status: 'REJECTED', rejected_reason: 'INVALID_FORMAT' }],
    });
    expect(await graph('DELETE', `${PAGE}/message_templates?name=spam`)).toMatchObject({ success: true });
    expect(await graph('DELETE', `${PAGE}/message_templates?name=spam`)).toMatchObject({
      error: { error_subcode: 2593002 },
    });
  });

  it('tells of stickers, places, shared posts and what people of the business say', async () => {
    act('facebook', { do: 'sticker', emoji: '👍' });
    act('facebook', { do: 'location', latitude: 1.5, longitude: 2.5 });
    act('facebook', { do: 'share', title: 'Summer sale' });
    act('facebook', { do: 'echo', text: 'Bia here' });
    await until(() => updates('message')[3]);
    const held = updates('message').map(({ message }) => message.attachments?.[0]?.type ?? `echo of ${message.app_id}`);
    expect(held).toEqual(['sticker', 'location', 'post', 'echo of 26390203743090']);
  });
});

describe('an Instagram account', () => {
  it('unsends by the message’s own id, mentions and answers stories, sends the heart', async () => {
    const mid = await hello('instagram');
    act('instagram', { do: 'unsend', messageId: mid });
    await until(() => updates('message').find(({ message }) => message.mid === mid && message.is_deleted));
    expect(phone('instagram').messages[0]).toMatchObject({ deleted: true });
    act('instagram', { do: 'story_mention' });
    act('instagram', { do: 'story_reply', text: 'Nice!' });
    act('instagram', { do: 'sticker', emoji: '❤️' });
    act('instagram', { do: 'share' });
    await until(() => updates('message')[5]);
    const said = updates('message').map(({ message }) => message);
    expect(said[2].attachments[0]).toMatchObject({ type: 'story_mention', payload: { url: expect.any(String) } });
    expect(said[3]).toMatchObject({ text: 'Nice!', reply_to: { story: { id: expect.any(String) } } });
    expect(said[4].attachments).toEqual([{ type: 'like_heart' }]);
    expect(said[5].attachments[0]).toMatchObject({ type: 'ig_post' });
    expect(() => act('instagram', { do: 'location', latitude: 1, longitude: 1 })).toThrow();
  });

  it('takes several pictures together, the heart and its own posts', async () => {
    await hello('instagram');
    const images = (count: number) => ({
      attachments: Array.from({ length: count }, () => ({ type: 'image', payload: { url: `${files}/p.png` } })),
    });
    expect(await send('instagram', images(3))).toMatchObject({ status: 200 });
    expect(phone('instagram').messages.at(-1)?.attachments).toHaveLength(2);
    expect(await send('instagram', images(11))).toMatchObject({ status: 400 });
    expect(await send('instagram', { attachment: { type: 'like_heart' } })).toMatchObject({ status: 200 });
    expect(
      await send('instagram', { attachment: { type: 'MEDIA_SHARE', payload: { id: '17900000000000002' } } }),
    ).toMatchObject({ status: 200 });
  });

  it('is found through its page, or by a login of its own, whose token can be renewed', async () => {
    const linked = await graph('GET', 'me?fields=id,instagram_business_account%7Bid,username%7D', undefined, 'EAA-ig');
    expect(linked).toMatchObject({ id: '105550000000009', instagram_business_account: { id: IG, username: 'acme' } });
    const credentials = { accessToken: 'IGAA-own', username: 'own' };
    lab.account({ provider: 'instagram', account: OWN, credentials, webhookUrl: platform.url });
    expect(await graph('GET', 'me?fields=user_id,username', undefined, 'IGAA-own')).toMatchObject({
      user_id: OWN,
      username: 'own',
    });
    lab.act('instagram', OWN, 'ana', { do: 'text', text: 'Hi' });
    const body = { recipient: { id: ana().instagram.igsid }, message: { text: 'Hello' } };
    expect(await graph('POST', `${OWN}/messages`, body, 'IGAA-own')).toMatchObject({ status: 200 });
    const renewed = await fetch(`${lab.url}/meta/refresh_access_token?grant_type=ig_refresh_token`, {
      headers: { authorization: 'Bearer IGAA-own' },
    });
    expect(await renewed.json()).toMatchObject({ token_type: 'bearer', access_token: 'IGAA-own' });
    expect(await graph('GET', 'me', undefined, 'IGAA-wrong')).toMatchObject({ status: 401, error: { code: 190 } });
    expect(await graph('POST', `${IG}/messages`, body, 'IGAA-own')).toMatchObject({
      error: { code: 100, error_subcode: 33 },
    });
  });

  it('has ice breakers and a menu, asked for by platform', async () => {
    const ice_breakers = [{ locale: 'default', call_to_actions: [{ question: 'Where are you?', payload: 'WHERE' }] }];
    expect(await graph('POST', 'me/messenger_profile', { ice_breakers }, 'EAA-ig')).toMatchObject({
      error: { code: 100 },
    });
    const path = 'me/messenger_profile?platform=instagram';
    expect(await graph('POST', path, { platform: 'instagram', ice_breakers }, 'EAA-ig')).toMatchObject({
      result: 'success',
    });
    expect(await graph('POST', path, { platform: 'instagram', greeting: [] }, 'EAA-ig')).toMatchObject({
      error: { code: 100 },
    });
    expect(phone('instagram').starters).toEqual([{ id: 'WHERE', text: 'Where are you?', kind: 'start' }]);
    act('instagram', { do: 'start', payload: 'WHERE' });
    expect((await until(() => updates('postback')[0])).postback).toMatchObject({
      title: 'Where are you?',
      payload: 'WHERE',
    });
  });
});
