import { fit } from '@tributary/protocol';
import { describe, expect, test } from 'vitest';
import type { InboundRequest, RenderContext } from '../adapter.ts';
import type { AnswerFixtureHttp } from '../testing/fixtures.ts';
import { scriptedIo } from '../testing/io.ts';
import { lineSpec } from '../testing/lineapi.ts';
import { testChannel } from '../testing/suite.ts';
import type { LineConfig } from './config.ts';
import { line } from './index.ts';
import { uuidOf } from './render.ts';

const config: LineConfig = {
  channelSecret: 'test-line-channel-secret-0001',
  channelAccessToken: 'test-line-channel-access-token-0001',
  botUserId: 'Udeadbeef000000000000000000000b07',
  basicId: '@acmedemo',
};
const person = { kind: 'user_id', value: 'Udeadbeef00000000000000000000a4a1' } as const;
const group = { kind: 'chat', value: 'Cdeadbeef0000000000000000000c0001' } as const;
const spec = lineSpec(new URL('./fixtures/spec.json', import.meta.url));

testChannel(line, {
  config,
  fixtures: new URL('./fixtures/', import.meta.url),
  proof: { header: 'X-Line-Signature', over: 'body' },
  spec,
  to: person,
  externalId: '468789577898262530',
  metadata: { quoteToken: 'qt-demo-1' },
});

const newest = (more: object = {}, at = '2026-11-20T11:59:40Z'): RenderContext['newest'] => ({
  externalId: '468789577898262530',
  at: new Date(at),
  metadata: { replyToken: 'token-1', ...more },
});
const context = (more: Partial<RenderContext> = {}): RenderContext => ({
  to: person,
  thread: { key: person.value, kind: 'direct' },
  partKey: 'dlv_1.0',
  callbackUrl: '',
  now: new Date('2026-11-20T12:00:00Z'),
  locale: 'en',
  ...more,
});
const hello = { content: { type: 'text' as const, text: 'Hello' } };
const hook = { url: 'https://hooks.example.com/webhooks/line/ch_1' };
const ok = (body: object = {}): AnswerFixtureHttp => ({ status: 200, body });
const told = (io: ReturnType<typeof scriptedIo>) =>
  io.requests.map(({ method, url, body }) => [method, new URL(url).pathname, body && JSON.parse(String(body))]);

describe('an answer', () => {
  const nameOf = (more: Partial<RenderContext>, other: Partial<LineConfig> = {}) =>
    line.render(hello, context(more), { ...config, ...other })[0]!.name;

  test('is free while the customer’s message is fresh, once for a delivery', () => {
    expect(nameOf({ newest: newest() })).toBe('reply');
    expect(nameOf({ newest: newest(), partKey: 'dlv_1.1' })).toBe('push');
    expect(nameOf({ newest: newest({}, '2026-11-20T11:59:05Z') })).toBe('push');
    expect(nameOf({ newest: newest({}, '2026-11-20T12:00:05Z') })).toBe('push');
    expect(nameOf({ newest: newest({ replyToken: undefined }) })).toBe('push');
    expect(nameOf({})).toBe('push');
  });

  test('is pushed where the channel is told to', () => {
    expect(nameOf({ newest: newest() }, { preferReply: false })).toBe('push');
  });

  test('keeps its retry key over every attempt, and no two parts share one', () => {
    expect(uuidOf('dlv_1.0')).toBe(uuidOf('dlv_1.0'));
    expect(uuidOf('dlv_1.0')).not.toBe(uuidOf('dlv_1.1'));
    const files = { type: 'image' as const, media: { url: 'https://a.example/1.jpg' } };
    const requests = line.render(
      { content: { ...files, attachments: Array(9).fill(files) } },
      context({ newest: newest() }),
      config,
    );
    expect(requests.map(({ name, headers }) => [name, headers?.['x-line-retry-key']])).toEqual([
      ['reply', uuidOf('dlv_1.0')],
      ['push', uuidOf('dlv_1.1')],
    ]);
  });

  test('shows what is ours to nobody: the reply that LINE sees has no header of ours, and no retry key', async () => {
    const [request] = line.render(hello, context({ newest: newest() }), config);
    const io = scriptedIo('http://far', [ok({ sentMessages: [{ id: '1' }] })]);
    await line.send(request!, config, io);
    expect(Object.keys(io.requests[0]!.headers!).sort()).toEqual(['authorization', 'content-type']);
  });

  test('quotes by words and stickers only, what is newest or comes with its token', () => {
    const first = (content: Parameters<typeof fit>[0], replyTo = '468789577898262530', metadata?: object) => {
      const [request] = line.render(
        { content },
        context({ newest: newest({ quoteToken: 'q' }), replyTo: { externalId: replyTo, metadata: metadata as never } }),
        config,
      );
      return (request!.body as { messages: { quoteToken?: string }[] }).messages[0]!.quoteToken;
    };
    expect(first(hello.content)).toBe('q');
    expect(first({ type: 'sticker', media: { ref: { packageId: '1', stickerId: '2' } } })).toBe('q');
    expect(first({ type: 'image', media: { url: 'https://a.example/1.jpg' } })).toBeUndefined();
    expect(first(hello.content, 'another')).toBeUndefined();
    expect(first(hello.content, 'another', { quoteToken: 'older' })).toBe('older');
    expect(first(hello.content, 'another', {})).toBeUndefined();
  });
});

describe('a chat', () => {
  test('of one shows that an answer is coming, a group shows nothing', () => {
    expect(line.typing!(person, true, config)).toHaveLength(1);
    expect(line.typing!(person, false, config)).toEqual([]);
    expect(line.typing!(group, true, config)).toEqual([]);
  });

  test('is marked read by the token that came with a message', () => {
    const request: InboundRequest = {
      via: 'http',
      method: 'POST',
      publicUrl: hook.url,
      headers: {},
      body: new TextEncoder().encode(
        JSON.stringify({
          destination: config.botUserId,
          events: [
            {
              type: 'message',
              webhookEventId: 'e1',
              source: { userId: person.value },
              message: { id: '1', type: 'text', text: 'x', markAsReadToken: 'm' },
            },
            {
              type: 'message',
              webhookEventId: 'e2',
              source: { userId: person.value },
              message: { id: '2', type: 'text', text: 'y' },
            },
          ],
        }),
      ),
      receivedAt: new Date(),
    };
    const events = line.parse(request, config);
    expect(events.flatMap((event) => line.acknowledge!(event, config)).map(({ body }) => body)).toEqual([
      { markAsReadToken: 'm' },
    ]);
  });

  test('is known by ids as LINE gives them', () => {
    expect(line.address(`  ${person.value} `, config)).toEqual(person);
    expect(line.address(group.value, config)).toEqual(group);
    for (const other of ['U1', '+15550100201', '@acme', `u${person.value.slice(1)}`, `${person.value}0`]) {
      expect(line.address(other, config), other).toBeUndefined();
    }
  });
});

describe('the account', () => {
  const bot = ok({ userId: config.botUserId, basicId: '@acmedemo', displayName: 'Acme', chatMode: 'bot' });
  const endpoint = ok({ endpoint: hook.url, active: true });
  const reached = ok({ success: true, statusCode: 200, reason: 'OK', detail: '200' });
  const endless = ok({ type: 'none' });

  test('connects by learning who it is and saying where to call', async () => {
    const io = scriptedIo('http://far', [bot, ok()]);
    const connected = await line.connect!({ channelSecret: 's', channelAccessToken: 't' }, io, hook);
    expect(connected).toEqual({
      name: 'Acme',
      account: config.botUserId,
      config: { botUserId: config.botUserId, basicId: '@acmedemo' },
    });
    expect(told(io)).toEqual([
      ['GET', '/v2/bot/info', undefined],
      ['PUT', '/v2/bot/channel/webhook/endpoint', { endpoint: hook.url }],
    ]);
  });

  test('is its user id, and before that is known something that tells nothing of the secret', () => {
    expect(line.account(config)).toBe(config.botUserId);
    expect(line.account({ channelSecret: 's', channelAccessToken: 't' })).toMatch(/^line:[0-9a-f]{16}$/);
  });

  test.each([
    ['all is well', [bot, endpoint, reached, endless], [true, true]],
    ['a token that is none', [{ status: 401, body: { message: 'no' } }], [false]],
    ['no webhook', [bot, { status: 404, body: { message: 'Not found' } }, endless], [true, false]],
    [
      'somebody else’s webhook',
      [bot, ok({ endpoint: 'https://other.example/', active: true }), endless],
      [true, false],
    ],
    ['a webhook that is not used', [bot, ok({ endpoint: hook.url, active: false }), endless], [true, false]],
    [
      'a webhook that fails',
      [bot, endpoint, ok({ success: false, reason: 'COULD_NOT_CONNECT', detail: 'TLS' }), endless],
      [true, false],
    ],
    [
      'a plan with room',
      [bot, endpoint, reached, ok({ type: 'limited', value: 200 }), ok({ totalUsage: 7 })],
      [true, true, true],
    ],
    [
      'a plan used up',
      [bot, endpoint, reached, ok({ type: 'limited', value: 200 }), ok({ totalUsage: 200 })],
      [true, true, false],
    ],
  ] as [string, AnswerFixtureHttp[], boolean[]][])('is probed: %s', async (_, answers, fine) => {
    const findings = await line.probe!(config, scriptedIo('http://far', answers), hook);
    expect(findings.map((finding) => finding.ok)).toEqual(fine);
    for (const finding of findings) if (!finding.ok) expect(finding.remedy).toBeTruthy();
  });

  test('asks who somebody is, or what a group is called', async () => {
    const io = scriptedIo('http://far', [
      ok({ userId: person.value, displayName: 'Ana', pictureUrl: 'https://a/', language: 'pt-BR' }),
      ok({ groupId: group.value, groupName: 'Friends' }),
    ]);
    expect(await line.profile!(person, config, io)).toEqual({ name: 'Ana', picture: 'https://a/', locale: 'pt-BR' });
    expect(await line.profile!(group, config, io)).toEqual({ name: 'Friends' });
    expect(await line.profile!({ kind: 'chat', value: `R${group.value.slice(1)}` }, config, io)).toEqual({});
    expect(told(io).map(([, path]) => path)).toEqual([
      `/v2/bot/profile/${person.value}`,
      `/v2/bot/group/${group.value}/summary`,
    ]);
  });

  test('cannot reach whoever has no profile for it', async () => {
    const io = scriptedIo('http://far', [
      ok({ displayName: 'Ana' }),
      { status: 404, body: { message: 'Not found' } },
      { status: 500 },
    ]);
    expect((await line.check!(person, config, io)).reachable).toBe(true);
    expect((await line.check!(person, config, io)).reachable).toBe(false);
    await expect(line.check!(person, config, io)).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('has a deep link whose words bring its code back', () => {
    expect(line.deepLink!('lnk_7Qx2', config)).toEqual({
      url: 'https://line.me/R/oaMessage/%40acmedemo/?%2Fstart%20lnk_7Qx2',
    });
    expect(() => line.deepLink!('lnk 7', config)).toThrow(/start code/);
    expect(() => line.deepLink!('x', { ...config, basicId: undefined })).toThrow(/connect the channel/);
  });
});

describe('a file that came in', () => {
  const fetch = (io: ReturnType<typeof scriptedIo>, media: object) =>
    line.fetchMedia!(media, config, io, {} as InboundRequest);
  const world = { hosts: ['data'] };

  test('is fetched from the other host, with the token', async () => {
    const io = scriptedIo('http://far', [{ status: 200, rawBody: 'bytes' }], world);
    expect((await fetch(io, { ref: { messageId: '4687' } })).size).toBe(5);
    expect(io.requests[0]).toEqual({
      method: 'GET',
      url: 'http://far/data/v2/bot/message/4687/content',
      headers: { authorization: `Bearer ${config.channelAccessToken}` },
    });
  });

  test('is waited for while LINE prepares it, and given up where LINE cannot', async () => {
    const preparing = (status: string) => scriptedIo('http://far', [{ status: 202 }, ok({ status })], world);
    const io = preparing('processing');
    await expect(fetch(io, { ref: { messageId: '1' } })).rejects.toMatchObject({
      code: 'unavailable',
      detail: { retryAfterMs: 3000 },
    });
    expect(io.requests[1]!.url).toBe('http://far/data/v2/bot/message/1/content/transcoding');
    await expect(fetch(preparing('failed'), { ref: { messageId: '1' } })).rejects.toMatchObject({
      code: 'content_refused',
    });
  });

  test('that lies elsewhere is fetched without the token', async () => {
    const io = scriptedIo('http://far', [{ status: 200, rawBody: 'x' }], world);
    await fetch(io, { url: 'https://liff.example/1.jpg' });
    expect(io.requests[0]).toEqual({ method: 'GET', url: 'https://liff.example/1.jpg' });
  });

  test('and is gone, or never was one, is said so', async () => {
    const io = scriptedIo('http://far', [{ status: 410 }, { status: 401 }, { status: 500 }], world);
    const media = { ref: { messageId: '1' } };
    await expect(fetch(io, media)).rejects.toMatchObject({ code: 'content_refused' });
    await expect(fetch(io, media)).rejects.toMatchObject({ code: 'bad_credentials' });
    await expect(fetch(io, media)).rejects.toMatchObject({ code: 'unavailable' });
    await expect(fetch(io, { ref: { packageId: '1', stickerId: '2' } })).rejects.toMatchObject({
      code: 'content_refused',
    });
  });
});

describe('a link that LINE would refuse', () => {
  const mail = { type: 'link' as const, text: 'Write', url: 'mailto:shop@example.com' };
  const words = { type: 'text', text: 'Write: mailto:shop@example.com' };
  const messagesOf = (content: Parameters<typeof fit>[0]) => {
    const [request] = line.render({ content }, context(), config);
    expect(spec(request!)).toEqual([]);
    return (request!.body as { messages: object[] }).messages;
  };

  test('stands in the words, below a card too', () => {
    expect(messagesOf({ type: 'text', text: '', actions: [mail] })).toEqual([words]);
    expect(messagesOf({ type: 'card', title: 'Shop', actions: [mail] }).at(-1)).toEqual(words);
    const cards = [{ title: 'Shop', actions: [mail] }, { title: 'Sock' }];
    expect(messagesOf({ type: 'carousel', cards }).at(-1)).toEqual(words);
  });
});

describe('the rich menu', () => {
  const picture = { 'https://cdn.example.com/menu.png': { bytes: new Uint8Array(7), mimeType: 'image/png' } };
  const world = { hosts: ['data'], files: picture };
  const menu = {
    chatBarText: 'Menu',
    imageUrl: 'https://cdn.example.com/menu.png',
    actions: [
      { type: 'postback', text: 'Orders', payload: 'orders' },
      { type: 'reply', text: 'Help', payload: 'help' },
      { type: 'link', text: 'Shop', url: 'https://shop.example/' },
      { type: 'call', text: 'Call us', phone: '+15550100900' },
    ],
  };
  const none = { status: 404, body: { message: 'Not found' } };
  const paths = (io: ReturnType<typeof scriptedIo>) =>
    io.requests.map(({ method, url }) => `${method} ${new URL(url).pathname}`);

  test('is made with its picture, and takes the old one’s place', async () => {
    const io = scriptedIo(
      'http://far',
      [ok({ richMenuId: 'old' }), ok({ richMenuId: 'new' }), ok(), ok(), ok()],
      world,
    );
    await line.settings!.write({ richMenu: menu }, config, io);
    expect(paths(io)).toEqual([
      'GET /v2/bot/user/all/richmenu',
      'POST /v2/bot/richmenu',
      'POST /data/v2/bot/richmenu/new/content',
      'POST /v2/bot/user/all/richmenu/new',
      'DELETE /v2/bot/richmenu/old',
    ]);
    expect(io.requests[2]!.headers).toMatchObject({ 'content-type': 'image/png' });
    const made = JSON.parse(String(io.requests[1]!.body)) as { areas: { bounds: object }[] };
    expect(made.areas.map(({ bounds }) => bounds)).toEqual([
      { x: 0, y: 0, width: 833, height: 843 },
      { x: 833, y: 0, width: 834, height: 843 },
      { x: 1667, y: 0, width: 833, height: 843 },
      { x: 0, y: 843, width: 2500, height: 843 },
    ]);
    const read = scriptedIo('http://far', [ok({ richMenuId: 'new' }), { status: 200, body: made }]);
    const { imageUrl: _, ...kept } = menu;
    expect(await line.settings!.read(config, read)).toEqual({ richMenu: { ...kept, columns: 3, compact: false } });
  });

  test('whose picture LINE refuses is not left lying about', async () => {
    const io = scriptedIo(
      'http://far',
      [none, ok({ richMenuId: 'new' }), { status: 400, body: { message: 'size' } }, ok()],
      world,
    );
    await expect(line.settings!.write({ richMenu: menu }, config, io)).rejects.toMatchObject({
      code: 'content_refused',
    });
    expect(paths(io).at(-1)).toBe('DELETE /v2/bot/richmenu/new');
  });

  test('is taken away, and nothing is where there is none', async () => {
    const io = scriptedIo('http://far', [ok({ richMenuId: 'old' }), ok(), ok()]);
    await line.settings!.write({ richMenu: null }, config, io);
    expect(paths(io).slice(1)).toEqual(['DELETE /v2/bot/user/all/richmenu', 'DELETE /v2/bot/richmenu/old']);
    expect(await line.settings!.read(config, scriptedIo('http://far', [none]))).toEqual({});
    const idle = scriptedIo('http://far', []);
    await line.settings!.write({}, config, idle);
    expect(idle.requests).toEqual([]);
  });
});

describe('labels', () => {
  const families = '👩‍👩‍👧‍👦'.repeat(20);
  const thai = 'ที่นี่'.repeat(6);

  test.each([families, thai])('%s is twenty letters or less to LINE, and stays whole', (text) => {
    for (const type of ['postback', 'reply'] as const) {
      const actions = [{ type, text, payload: 'f' }];
      const { parts, losses } = fit({ type: 'text', text: '?', actions }, line.capabilities(config));
      expect(losses).toEqual([]);
      for (const part of parts) for (const one of line.render(part, context(), config)) expect(spec(one)).toEqual([]);
      const card = { type: 'card' as const, title: text, text: thai, actions };
      expect(fit(card, line.capabilities(config)).losses).toEqual([]);
    }
  });

  test('of one letter more are shortened, and written out above', () => {
    const actions = [{ type: 'postback' as const, text: `${families}!`, payload: 'f' }];
    const { parts, losses } = fit({ type: 'text', text: '?', actions }, line.capabilities(config));
    expect(losses.map((loss) => loss.code)).toContain('title_shortened');
    for (const part of parts) for (const one of line.render(part, context(), config)) expect(spec(one)).toEqual([]);
  });
});
