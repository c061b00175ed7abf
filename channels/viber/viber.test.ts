import { fit, SendError } from '@tributary/protocol';
import { describe, expect, test } from 'vitest';
import type { InboundRequest, RenderContext } from '../adapter.ts';
import { scriptedIo } from '../testing/io.ts';
import { testChannel } from '../testing/suite.ts';
import { viberFaults } from '../testing/viberapi.ts';
import { EVENT_TYPES } from './account.ts';
import type { ViberConfig } from './config.ts';
import { viber } from './index.ts';
import { keyboardBodies, readTap } from './taps.ts';

const config: ViberConfig = {
  authToken: 'test-viber-auth-token-0001',
  senderName: 'Acme Support',
  senderAvatar: 'https://cdn.example.com/logo.jpg',
  welcomeMessage: 'Welcome! Write to us and we answer within the hour.',
  accountId: 'pa:0000000000000000001',
  accountUri: 'acmedemo',
};
const person = { kind: 'user_id', value: '01234567890DemoA==' } as const;

testChannel(viber, {
  config,
  fixtures: new URL('./fixtures/', import.meta.url),
  proof: { header: 'X-Viber-Content-Signature', over: 'body' },
  files: { 'https://cdn.example.com/v/demo.mp4': { bytes: new Uint8Array(11), mimeType: 'video/mp4' } },
  spec: viberFaults,
  to: person,
  externalId: '5741311803571723174',
});

const callback = (body: object): InboundRequest => ({
  via: 'http',
  method: 'POST',
  publicUrl: 'https://hooks.example.com/webhooks/viber/ch_1',
  headers: {},
  body: new TextEncoder().encode(JSON.stringify(body)),
  receivedAt: new Date('2026-11-20T12:00:00Z'),
});
const context: RenderContext = {
  to: person,
  thread: { key: person.value, kind: 'direct' },
  partKey: 'dlv_1.0',
  callbackUrl: '',
  now: new Date('2026-11-20T12:00:00Z'),
  locale: 'en',
};
const hook = { url: 'https://hooks.example.com/webhooks/viber/ch_1' };
const ok = (more: object = {}) => ({ status: 200, body: { status: 0, status_message: 'ok', ...more } });
const refused = (status: number, says: string) => ({ status: 200, body: { status, status_message: says } });
const bot = { id: 'pa:1', name: 'Acme Demo', uri: 'acmedemo', webhook: hook.url, event_types: [...EVENT_TYPES] };
const tell = (io: ReturnType<typeof scriptedIo>) =>
  io.requests.map(({ url, body }) => ({ path: new URL(url).pathname, body: JSON.parse(String(body)) as unknown }));

describe('a tap', () => {
  const answers = [
    { type: 'reply', text: 'Red', payload: 'c:red' },
    { type: 'postback', text: 'Blue', payload: 'c:blue' },
    { type: 'reply', text: '__proto__', payload: 'c:odd' },
  ] as const;

  test('comes back with the payload of its button, whatever the label', () => {
    const { bodies, tracking } = keyboardBodies(answers);
    expect(bodies.map(({ ActionBody }) => readTap(ActionBody, tracking)?.payload)).toEqual([
      'c:red',
      'c:blue',
      'c:odd',
    ]);
  });

  test('of a reply shows its label in the chat, of a postback nothing', () => {
    expect(keyboardBodies(answers).bodies).toEqual([
      { ActionBody: 'Red' },
      { ActionBody: 'tap:c:blue', Silent: true },
      { ActionBody: '__proto__' },
    ]);
  });

  test('is told by itself where the tracking data has no room for all', () => {
    const many = Array.from({ length: 24 }, (_, i) => ({
      type: 'reply' as const,
      text: `${i} `.padEnd(100, 'x'),
      payload: `p${i}`.padEnd(96, 'y'),
    }));
    const { bodies, tracking } = keyboardBodies(many);
    expect(tracking).toBeUndefined();
    expect(bodies.map(({ ActionBody }) => readTap(ActionBody, undefined)?.payload)).toEqual(
      many.map(({ payload }) => payload),
    );
  });

  test('is a text like any other where the tracking data is somebody else’s', () => {
    for (const data of [undefined, '', 'q_42', '{', '[]', '{"taps":7}', '{"taps":{"Red":7.5e400}}', 42]) {
      expect(readTap('Red', data), String(data)).toBeUndefined();
    }
    expect(readTap('toString', '{"taps":{}}')).toBeUndefined();
  });
});

describe('whoever opens the chat', () => {
  const opened = callback({ event: 'conversation_started', message_token: 1, user: { id: person.value } });

  test('is welcomed in the answer to Viber, which is the only way to them', () => {
    const reply = viber.accepted!(opened, config);
    expect(reply).toMatchObject({ status: 200, contentType: 'application/json' });
    expect(JSON.parse(reply.body!)).toEqual({
      sender: { name: 'Acme Support', avatar: 'https://cdn.example.com/logo.jpg' },
      type: 'text',
      text: config.welcomeMessage,
      tracking_data: 'welcome',
    });
  });

  test('is told nothing where there is no welcome, and neither is anybody who did something else', () => {
    expect(viber.accepted!(opened, { authToken: 'x' })).toEqual({ status: 200 });
    expect(viber.accepted!(callback({ event: 'seen' }), config)).toEqual({ status: 200 });
    expect(viber.accepted!({ ...opened, body: new TextEncoder().encode('{') }, config)).toEqual({ status: 200 });
  });
});

describe('the account', () => {
  test('is Viber’s id, and before that is known something that tells nothing of the token', () => {
    expect(viber.account(config)).toBe('pa:0000000000000000001');
    const early = viber.account({ authToken: config.authToken });
    expect(early).toMatch(/^viber:[0-9a-f]{16}$/);
    expect(viber.account({ authToken: 'another' })).not.toBe(early);
  });

  test('connects by learning who it is and saying where to call', async () => {
    const io = scriptedIo('http://far/pa', [ok(bot), ok({ event_types: EVENT_TYPES })]);
    expect(await viber.connect!({ authToken: 't-123456' }, io, hook)).toEqual({
      name: 'Acme Demo',
      account: 'pa:1',
      config: { senderName: 'Acme Demo', accountId: 'pa:1', accountUri: 'acmedemo' },
    });
    expect(tell(io)).toEqual([
      { path: '/pa/get_account_info', body: {} },
      {
        path: '/pa/set_webhook',
        body: { url: hook.url, event_types: EVENT_TYPES, send_name: true, send_photo: true },
      },
    ]);
  });

  test('keeps the name it was given', async () => {
    const io = scriptedIo('http://far/pa', [ok(bot), ok()]);
    expect((await viber.connect!(config, io, hook)).config).not.toHaveProperty('senderName');
  });

  test('says what is wrong with a URL that Viber refuses', async () => {
    const io = scriptedIo('http://far/pa', [ok(bot), refused(1, 'invalidUrl')]);
    await expect(viber.connect!(config, io, hook)).rejects.toThrow(/HTTPS with a certificate/);
  });

  test('takes its webhook away when it disconnects', async () => {
    const io = scriptedIo('http://far/pa', [ok()]);
    await viber.disconnect!(config, io);
    expect(tell(io)).toEqual([{ path: '/pa/set_webhook', body: { url: '' } }]);
  });

  test.each([
    ['all is well', ok(bot), [true, true]],
    ['a token that is none', refused(2, 'invalidAuthToken'), [false]],
    ['no webhook', ok({ ...bot, webhook: '' }), [true, false]],
    ['somebody else’s webhook', ok({ ...bot, webhook: 'https://other.example/' }), [true, false]],
    ['callbacks that do not come', ok({ ...bot, event_types: ['delivered'] }), [true, false]],
  ])('is probed: %s', async (_, answer, fine) => {
    const findings = await viber.probe!(config, scriptedIo('http://far/pa', [answer]), hook);
    expect(findings.map((finding) => finding.ok)).toEqual(fine);
    for (const finding of findings) if (!finding.ok) expect(finding.remedy).toBeTruthy();
  });

  test('asks who somebody is', async () => {
    const io = scriptedIo('http://far/pa', [
      ok({ user: { id: person.value, name: 'Ana', avatar: 'https://a/', language: 'pt-BR', country: 'BR' } }),
    ]);
    expect(await viber.profile!(person, config, io)).toEqual({
      name: 'Ana',
      picture: 'https://a/',
      locale: 'pt-BR',
      country: 'BR',
    });
    expect(tell(io)).toEqual([{ path: '/pa/get_user_details', body: { id: person.value } }]);
  });

  test('has a deep link once its address is known', () => {
    expect(viber.deepLink!('lnk_7+x', config)).toEqual({ url: 'viber://pa?chatURI=acmedemo&context=lnk_7%2Bx' });
    expect(() => viber.deepLink!('x', { authToken: 't' })).toThrow(/connect the channel/);
  });

  test('is written to by user ids, never by numbers', () => {
    expect(viber.address('+15550100201', config)).toBeUndefined();
    expect(viber.address('15550100201234', config)).toBeUndefined();
    expect(viber.address(' a/b+c/1234567890ABCD== ', config)).toEqual({
      kind: 'user_id',
      value: 'a/b+c/1234567890ABCD==',
    });
  });
});

describe('a file', () => {
  const film = { content: { type: 'video' as const, media: { url: 'https://cdn.example.com/v/demo.mp4' } } };

  test('larger than Viber takes is refused before Viber sees it', async () => {
    const io = scriptedIo('http://far/pa', [], {
      files: { [film.content.media.url]: { bytes: new Uint8Array(51 * 1024 * 1024), mimeType: 'video/mp4' } },
    });
    const [request] = viber.render(film, context, config);
    await expect(viber.send(request!, config, io)).rejects.toMatchObject({ code: 'too_large' });
    expect(io.requests).toEqual([]);
  });

  test('whose size is known is not opened', async () => {
    const [request] = viber.render(
      { content: { ...film.content, media: { ...film.content.media, size: 7 } } },
      context,
      config,
    );
    const io = scriptedIo('http://far/pa', [ok({ message_token: 5 })]);
    await viber.send(request!, config, io);
    expect(tell(io)[0]!.body).toMatchObject({ size: 7 });
  });

  test('that came in is fetched without a credential, and says so when its link has died', async () => {
    const io = scriptedIo('http://far/pa', [{ status: 200, rawBody: 'bytes' }, { status: 403 }, { status: 502 }]);
    const fetch = () => viber.fetchMedia!({ url: 'https://dl-media.viber.example/1/p.jpg' }, config, io, callback({}));
    expect((await fetch()).size).toBe(5);
    expect(io.requests[0]).toEqual({ method: 'GET', url: 'https://dl-media.viber.example/1/p.jpg' });
    await expect(fetch()).rejects.toMatchObject({ code: 'content_refused' });
    await expect(fetch()).rejects.toMatchObject({ code: 'unavailable' });
    await expect(viber.fetchMedia!({ ref: {} }, config, io, callback({}))).rejects.toBeInstanceOf(SendError);
  });
});

describe('what does not fit', () => {
  const can = viber.capabilities(config);
  const render = (content: Parameters<typeof fit>[0]) =>
    fit(content, can).parts.flatMap((part) => viber.render(part, context, config));

  test('on a keyboard of forty buttons becomes numbers', () => {
    const actions = Array.from({ length: 40 }, (_, i) => ({ type: 'reply' as const, text: `Size ${i}` }));
    const [request, ...more] = render({ type: 'text', text: 'Which?', actions });
    expect(more).toEqual([]);
    expect((request!.body as { text: string }).text).toContain('40) Size 39');
  });

  test('in a label for its HTML stands there with look-alikes', () => {
    const text = `${'<&>'.repeat(80)}`;
    const [request] = render({ type: 'text', text: 'Which?', actions: [{ type: 'reply', text, payload: 'p' }] });
    expect(viberFaults(request!)).toEqual([]);
  });

  test('a button stands in the words: other links than those of the web, and what a card cannot ask for', () => {
    const mail = { type: 'link' as const, text: 'Write', url: 'mailto:shop@example.com' };
    const [text] = viber.render({ content: { type: 'text', text: 'Hi', actions: [mail] } }, context, config);
    expect(text!.body).toMatchObject({ type: 'text', text: 'Hi\nWrite: mailto:shop@example.com' });
    const card = { title: 'Shop', actions: [mail, { type: 'location_request' as const, text: 'Where are you?' }] };
    const requests = viber.render({ content: { type: 'card', ...card } }, context, config);
    expect(requests.map(({ body }) => body)).toMatchObject([
      { type: 'text', text: 'Write: mailto:shop@example.com' },
      { type: 'rich_media', keyboard: { Buttons: [{ ActionType: 'location-picker', Text: 'Where are you?' }] } },
    ]);
    for (const request of requests) expect(viberFaults(request)).toEqual([]);
    const file = { type: 'document' as const, media: { url: 'https://a.example/1.pdf' }, actions: [mail] };
    expect(viber.render({ content: file }, context, config)).toHaveLength(2);
  });

  test('a link among words is no preview', () => {
    expect(render({ type: 'text', text: 'See https://shop.example/' })[0]!.body).toMatchObject({ type: 'text' });
  });
});
