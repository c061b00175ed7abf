import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { judgeWindow } from '@tributary/protocol';
import { Value } from 'typebox/value';
import { describe, expect, test } from 'vitest';
import type { InboundEvent, InboundEventOf, InboundRequest } from '../adapter.ts';
import { findFaults, MESSENGER_LIMITS } from '../common/meta_faults.ts';
import { type InboundFixture, toRequest } from '../testing/fixtures.ts';
import { scriptedIo } from '../testing/io.ts';
import { testChannel } from '../testing/suite.ts';
import type { FacebookConfig } from './config.ts';
import { facebook } from './index.ts';

const fixtures = new URL('./fixtures/', import.meta.url);
const config: FacebookConfig = {
  pageId: '105550000000001',
  pageAccessToken: 'test-page-access-token-EAAG0001',
  appSecret: 'test-messenger-app-secret-0001',
  verifyToken: 'test-messenger-verify-token-0001',
};
const app = { ...config, appId: '155500000000011' };
const ana = { kind: 'scoped_id' as const, value: '7155550100000001' };
const theirs = 'm_LZh6B-nYHwM3AXIRGadVffoVyvy9kesh6_DL-mxhtB3SXVs_mX5QwYCEU9rKsltPUegloUdw3vh7Y4CcgoUwTQ';
const hook = { url: 'https://hooks.example.com/webhooks/facebook/ch_demo_fb' };

testChannel(facebook, {
  config,
  fixtures,
  proof: { header: 'x-hub-signature-256', over: 'body' },
  spec: (request) => findFaults(request, MESSENGER_LIMITS),
  files: { media_1: { bytes: new Uint8Array([1, 2, 3]), mimeType: 'application/pdf', filename: 'invoice_2041.pdf' } },
  to: ana,
  externalId: theirs,
});

const fixture = (name: string): InboundRequest =>
  toRequest(JSON.parse(readFileSync(new URL(`inbound/${name}.json`, fixtures), 'utf8')) as InboundFixture, fixtures);
const parse = (name: string): InboundEvent[] => facebook.parse(fixture(name), config);

/** A webhook for the page, signed with the secret. */
function webhook(item: object, secret = config.appSecret ?? ''): InboundRequest {
  const messaging = [
    { sender: { id: ana.value }, recipient: { id: config.pageId }, timestamp: 1791000000000, ...item },
  ];
  const entry = [{ id: config.pageId, time: 1791000000400, messaging }];
  const body = new TextEncoder().encode(JSON.stringify({ object: 'page', entry }));
  const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
  const receivedAt = new Date('2026-11-24T12:00:00Z');
  const headers = { 'x-hub-signature-256': signature };
  return { via: 'http', method: 'POST', publicUrl: hook.url, headers, body, receivedAt };
}
const meaning = (item: object): InboundEvent[] => facebook.parse(webhook(item), config);

describe('the config', () => {
  test('takes the SDK’s names and the server’s, and makes a verify token where none is given', () => {
    const given = { pageId: '1', pageAccessToken: 'EAAG', appSecret: 's', pageName: 'Acme' };
    expect([...Value.Errors(facebook.config, given)]).toEqual([]);
    expect(facebook.defaults?.(given, () => 'made')).toMatchObject({ ...given, verifyToken: 'made' });
    const server = { page_id: '1', page_access_token: 'EAAG', app_id: '2', verify_token: 'mine' } as object;
    expect(facebook.defaults?.(server, () => 'made')).toMatchObject({
      pageId: '1',
      pageAccessToken: 'EAAG',
      appId: '2',
      verifyToken: 'mine',
    });
  });

  test('without an app secret lets nothing in, and while it changes both', () => {
    const { appSecret: _, ...bare } = config;
    expect(facebook.verify(fixture('message-text'), bare)).toBe(false);
    const changed = { ...config, appSecret: 'new', previousAppSecret: config.appSecret };
    expect(facebook.verify(fixture('message-text'), changed)).toBe(true);
  });

  test('answers Meta’s handshake with the challenge alone', () => {
    const ask = (token: string) => ({
      ...fixture('message-text'),
      method: 'GET',
      publicUrl: `${hook.url}?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=${token}`,
    });
    const right = { status: 200, contentType: 'text/plain', body: '1158201444' };
    expect(facebook.handshake?.(ask('test-messenger-verify-token-0001'), config)).toEqual(right);
    expect(facebook.handshake?.(ask('wrong'), config)).toEqual({ status: 403 });
  });
});

describe('the app’s own door', () => {
  test('reads every page a body names, and gives each its own', () => {
    const request = fixture('several-pages');
    expect(facebook.accounts?.(request)).toEqual(['105550000000001', '105550000000002']);
    expect(facebook.parse(request, config).map(({ account }) => account)).toEqual([
      '105550000000001',
      '105550000000002',
    ]);
    expect(facebook.accounts?.(fixture('not-json'))).toEqual([]);
  });

  test('does not believe a body that names another tenant’s page: its own secret has to fit', () => {
    const forged = webhook({ message: { mid: 'm_1', text: 'Hi' } }, 'the-secret-of-the-forger');
    expect(facebook.accounts?.(forged)).toEqual([config.pageId]);
    expect(facebook.verify(forged, config)).toBe(false);
  });
});

describe('people', () => {
  test('are written by callers as a page-scoped id, as Meta’s stand-ins for one, or as a number', () => {
    const read = (text: string) => facebook.address(text, config);
    expect(read(' 7155550100000001 ')).toEqual(ana);
    expect(read('user_ref:a6f8e0f2-0000')).toEqual({ kind: 'scoped_id', value: 'user_ref:a6f8e0f2-0000' });
    expect(read('comment:1221_9000')).toEqual({ kind: 'scoped_id', value: 'comment:1221_9000' });
    expect(read('+1 (202) 555-0142')).toEqual({ kind: 'phone', value: '+12025550142' });
    for (const nobody of ['12', 'ana', 'ana@example.com', 'page:1', '+', '71555 50100'])
      expect(read(nobody), nobody).toBeUndefined();
  });

  test('who share the number of their profile are known by it', () => {
    expect(parse('message-quick-reply-phone')).toMatchObject([
      {
        type: 'message',
        from: { ...ana, aliases: [{ kind: 'phone', value: '+15550199001' }] },
        content: { type: 'contact' },
      },
    ]);
  });

  test('are not made up where nobody is named', () => {
    expect(meaning({ sender: undefined, message: { mid: 'm_1', text: 'x' } })).toMatchObject([{ type: 'ignored' }]);
    expect(meaning({ sender: { id: {} }, postback: { payload: 'x' } })).toMatchObject([{ type: 'ignored' }]);
  });

  test('have a profile, unless they want none', async () => {
    const profile = (answers: Parameters<typeof scriptedIo>[1]) =>
      facebook.profile?.(ana, config, scriptedIo('http://far', answers));
    const body = { first_name: 'Ana', last_name: 'Prado', profile_pic: 'https://pics.example.com/1', id: ana.value };
    expect(await profile([{ status: 200, body }])).toEqual({
      name: 'Ana Prado',
      picture: 'https://pics.example.com/1',
    });
    const error = { message: 'no', code: 100, error_subcode: 33 };
    expect(await profile([{ status: 400, body: { error } }])).toEqual({});
    await expect(profile([{ status: 503, rawBody: '' }])).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('keys', () => {
  test('differ for a message, two edits of it, a reaction, its change and its removal', () => {
    const keys = [
      { message: { mid: 'm_1', text: 'a' } },
      { message_edit: { mid: 'm_1', text: 'b', num_edit: 1 } },
      { message_edit: { mid: 'm_1', text: 'c', num_edit: 2 } },
      { reaction: { mid: 'm_1', action: 'react', emoji: '👍' } },
      { reaction: { mid: 'm_1', action: 'react', emoji: '❤️' } },
      { reaction: { mid: 'm_1', action: 'unreact' } },
      { delivery: { mids: ['m_1'], watermark: 1791000000000 } },
      { read: { watermark: 1791000000000 } },
      { postback: { mid: 'm_1', payload: 'x' } },
    ].flatMap((item) => meaning(item).map(({ key }) => key));
    expect(new Set(keys).size).toBe(9);
  });
});

describe('echoes', () => {
  test('of our own carry the part key, and no other program’s words are taken for one', () => {
    const [ours] = parse('echo-of-our-own') as InboundEventOf<'message'>[];
    expect(ours).toMatchObject({ echo: true, partKey: 'dlv_0192aaaaaaaa7000800000000000000a.0', from: ana });
    for (const metadata of ['crm:42', '', 7, null, 'dlv_1']) {
      const [event] = meaning({
        sender: { id: config.pageId },
        recipient: { id: ana.value },
        message: { mid: 'm_2', is_echo: true, metadata, text: 'x' },
      });
      expect(event).not.toHaveProperty('partKey');
    }
  });

  test('are not answered with a sign that they were read', () => {
    expect(facebook.acknowledge?.(parse('echo-from-the-inbox')[0]!, config)).toEqual([]);
    expect(facebook.acknowledge?.(parse('standby-message')[0]!, config)).toEqual([]);
    expect(facebook.acknowledge?.(parse('message-text')[0]!, config)).toMatchObject([
      { body: { recipient: { id: ana.value }, sender_action: 'mark_seen' } },
    ]);
  });
});

describe('the window', () => {
  test('is open for a day, and for people of ours a week', () => {
    const { window } = facebook.capabilities(config);
    const at = new Date('2026-11-24T12:00:00Z');
    const ago = (hours: number) => new Date(at.getTime() - hours * 3_600_000);
    const bot = { template: false, author: 'bot' as const };
    const agent = { template: false, author: 'agent' as const };
    expect(judgeWindow(window, bot, ago(23), at)).toMatchObject({ open: true });
    expect(judgeWindow(window, bot, ago(25), at)).toEqual({ open: false, allows: 'template' });
    expect(judgeWindow(window, agent, ago(25), at)).toMatchObject({ open: true, tag: 'HUMAN_AGENT' });
    expect(judgeWindow(window, agent, ago(8 * 24), at)).toMatchObject({ open: false });
  });
});

describe('connecting', () => {
  const page = { id: config.pageId, name: 'Acme', picture: { data: { url: 'https://pics.example.com/acme' } } };
  const ok = { status: 200, body: { success: true } };
  const subscribed = (fields: readonly string[]) => ({
    status: 200,
    body: { data: [{ id: '1', subscribed_fields: fields }] },
  });
  const ALL =
    'messages,messaging_postbacks,messaging_referrals,messaging_optins,message_deliveries,message_reads,message_echoes,message_reactions,message_edits,messaging_handovers,standby,messaging_account_linking,messaging_policy_enforcement';

  test('reads the page and subscribes the app to all it has to hear', async () => {
    const io = scriptedIo('http://far', [{ status: 200, body: page }, ok]);
    expect(await facebook.connect?.(config, io, hook)).toEqual({
      account: config.pageId,
      name: 'Acme',
      config: { pageName: 'Acme', pageProfilePicture: 'https://pics.example.com/acme' },
    });
    expect(io.requests.map(({ method, url }) => [method, url])).toEqual([
      ['GET', 'http://far/v26.0/me?fields=id,name,picture'],
      ['POST', `http://far/v26.0/${config.pageId}/subscribed_apps?subscribed_fields=${ALL}`],
    ]);
  });

  test('gives an app without a callback ours, and leaves one that is there alone', async () => {
    const none = { status: 200, body: { data: [] } };
    const io = scriptedIo('http://far', [{ status: 200, body: page }, none, ok, ok]);
    await facebook.connect?.(app, io, hook);
    expect(io.requests[2]).toMatchObject({
      method: 'POST',
      url: 'http://far/v26.0/155500000000011/subscriptions',
      headers: { authorization: `Bearer ${app.appId}|${app.appSecret}` },
    });
    expect(JSON.parse(String(io.requests[2]?.body))).toMatchObject({
      object: 'page',
      callback_url: 'https://hooks.example.com/webhooks/facebook',
      verify_token: app.verifyToken,
    });
    const other = {
      status: 200,
      body: { data: [{ object: 'page', callback_url: 'https://else.example.com', active: true }] },
    };
    const second = scriptedIo('http://far', [{ status: 200, body: page }, other, ok]);
    await facebook.connect?.(app, second, hook);
    expect(second.requests.map(({ method }) => method)).toEqual(['GET', 'GET', 'POST']);
  });

  test('is probed: what works, and a remedy for what does not', async () => {
    const probe = (answers: Parameters<typeof scriptedIo>[1], using = config) =>
      facebook.probe?.(using, scriptedIo('http://far', answers), hook);
    const good = { status: 200, body: page };
    expect(await probe([good, subscribed(ALL.split(','))])).toMatchObject([
      { name: 'credentials', ok: true, message: 'The token speaks for Acme.' },
      { name: 'webhook', ok: true },
    ]);
    const callback = { status: 200, body: { data: [{ object: 'page', callback_url: 'https://else.example.com' }] } };
    const expired = { status: 400, body: { error: { message: 'Session has expired', code: 190, error_subcode: 463 } } };
    const denied = { status: 403, body: { error: { message: 'Requires pages_manage_metadata', code: 200 } } };
    for (const [answers, using, name] of [
      [[good, subscribed(['messages'])], config, 'webhook'],
      [[good, { status: 200, body: { data: [] } }], config, 'webhook'],
      [[good, subscribed(ALL.split(',')), callback], app, 'webhook'],
      [[{ status: 200, body: { ...page, id: '1' } }], config, 'credentials'],
      [[expired], config, 'expiry'],
      [[good, denied], config, 'permissions'],
    ] as const) {
      const bad = ((await probe(answers, using)) ?? []).filter(({ ok }) => !ok);
      expect(bad).toMatchObject([{ name, remedy: expect.stringMatching(/\w/) }]);
    }
    const { appSecret: _, ...bare } = config;
    expect(await probe([good, subscribed(ALL.split(','))], bare)).toContainEqual(
      expect.objectContaining({ name: 'webhook', ok: false, message: expect.stringContaining('no app secret') }),
    );
  });
});

describe('what Meta keeps for the page', () => {
  const settings = {
    getStarted: 'GET_STARTED',
    greeting: 'Hello {{user_first_name}}!',
    persistentMenu: [
      { type: 'postback', text: 'Talk to an agent', payload: 'CARE_HELP' },
      { type: 'link', text: 'Shop now', url: 'https://shop.example.com' },
    ],
    iceBreakers: [{ question: 'Where are you located?', payload: 'LOCATION' }],
  };
  const kept = {
    get_started: { payload: 'GET_STARTED' },
    greeting: [{ locale: 'default', text: 'Hello {{user_first_name}}!' }],
    persistent_menu: [
      {
        locale: 'default',
        call_to_actions: [
          { type: 'postback', title: 'Talk to an agent', payload: 'CARE_HELP' },
          { type: 'web_url', title: 'Shop now', url: 'https://shop.example.com' },
        ],
      },
    ],
    ice_breakers: [
      { locale: 'default', call_to_actions: [{ question: 'Where are you located?', payload: 'LOCATION' }] },
    ],
  };

  test('is written in Meta’s words and read back in ours', async () => {
    const io = scriptedIo('http://far', [{ status: 200, body: { result: 'success' } }]);
    await facebook.settings?.write(settings, config, io);
    expect(io.requests[0]).toMatchObject({ method: 'POST', url: 'http://far/v26.0/me/messenger_profile' });
    expect(JSON.parse(String(io.requests[0]?.body))).toEqual(kept);
    const reading = scriptedIo('http://far', [{ status: 200, body: { data: [kept] } }]);
    expect(await facebook.settings?.read(config, reading)).toEqual(settings);
    expect(
      await facebook.settings?.read(config, scriptedIo('http://far', [{ status: 200, body: { data: [] } }])),
    ).toEqual({});
  });

  test('goes where it is null, before anything is written', async () => {
    const ok = { status: 200, body: { result: 'success' } };
    const io = scriptedIo('http://far', [ok, ok]);
    await facebook.settings?.write({ persistentMenu: null, greeting: 'Hi' }, config, io);
    expect(io.requests.map(({ method, body }) => [method, JSON.parse(String(body))])).toEqual([
      ['DELETE', { fields: ['persistent_menu'] }],
      ['POST', { greeting: [{ locale: 'default', text: 'Hi' }] }],
    ]);
  });

  test('is refused before Meta sees it where it is too long', async () => {
    const long = { greeting: 'x'.repeat(161) };
    await expect(facebook.settings?.write(long, config, scriptedIo('http://far', []))).rejects.toMatchObject({
      code: 'rejected',
    });
  });
});

describe('templates', () => {
  const one = {
    id: '9',
    name: 'order_update',
    language: 'en',
    status: 'APPROVED',
    category: 'UTILITY',
    components: [],
  };

  test('are listed page by page, and a word we do not know is not taken for an approval', async () => {
    const first = { data: [one], paging: { cursors: { after: 'B' }, next: 'https://graph.facebook.com/next' } };
    const second = { data: [{ ...one, id: '10', language: 'pt_BR', status: 'IN_REVIEW_AGAIN' }], paging: {} };
    const io = scriptedIo('http://far', [
      { status: 200, body: first },
      { status: 200, body: second },
    ]);
    expect(await facebook.templates?.list(config, io)).toMatchObject([
      { id: '9', status: 'approved' },
      { id: '10', status: 'pending' },
    ]);
    expect(io.requests[1]?.url).toContain('&after=B');
  });

  test('are handed in, and taken away in one language by their id', async () => {
    const draft = { name: 'order_update', language: 'en', components: [{ type: 'BODY', text: 'Order {{1}}' }] };
    const io = scriptedIo('http://far', [{ status: 200, body: { id: '9', status: 'PENDING', category: 'UTILITY' } }]);
    expect(await facebook.templates?.create(draft, config, io)).toMatchObject({ id: '9', status: 'pending' });
    const gone = scriptedIo('http://far', [
      { status: 200, body: { data: [one, { ...one, id: '10', language: 'pt_BR' }] } },
      { status: 200, body: { success: true } },
    ]);
    await facebook.templates?.remove({ name: 'order_update', language: 'pt_BR' }, config, gone);
    expect(gone.requests[1]).toMatchObject({ method: 'DELETE', url: expect.stringContaining('hsm_id=10') });
  });
});

test('a link to the page carries the code', () => {
  expect(facebook.deepLink?.('link_01J-x=', config)).toEqual({ url: 'https://m.me/105550000000001?ref=link_01J-x%3D' });
});

test('a file is fetched by its link, without credentials, while the link lives', async () => {
  const media = { ref: { url: 'https://cdn.fbsbx.com/v/1.pdf' } };
  const open = (status: number) => {
    const io = scriptedIo('http://far', [{ status, rawBody: 'x' }]);
    return { io, opened: facebook.fetchMedia?.(media, config, io, fixture('message-file')) };
  };
  const { io, opened } = open(200);
  expect(await opened).toMatchObject({ size: 1 });
  expect(io.requests[0]?.headers?.authorization).toBeUndefined();
  await expect(open(403).opened).rejects.toMatchObject({ code: 'content_refused' });
  await expect(open(500).opened).rejects.toMatchObject({ code: 'unavailable' });
});
