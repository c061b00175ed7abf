import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fit } from '@tributary/protocol';
import { Value } from 'typebox/value';
import { describe, expect, test } from 'vitest';
import { type InboundEvent, type InboundRequest, messageKey } from '../adapter.ts';
import { findFaults, INSTAGRAM_LIMITS } from '../common/meta_faults.ts';
import { type InboundFixture, toRequest } from '../testing/fixtures.ts';
import { scriptedIo } from '../testing/io.ts';
import { testChannel } from '../testing/suite.ts';
import { type InstagramConfig, ownLogin } from './config.ts';
import { instagram } from './index.ts';

const fixtures = new URL('./fixtures/', import.meta.url);
const config: InstagramConfig = {
  instagramId: '17841455500000001',
  pageId: '105550000000001',
  pageAccessToken: 'test-page-access-token-EAAG0002',
  appSecret: 'test-instagram-app-secret-0001',
  verifyToken: 'test-instagram-verify-token-0001',
};
/** The same account with Instagram Login. */
const own: InstagramConfig = {
  instagramId: '17841455500000001',
  accessToken: 'IGAAtest-instagram-access-token-0001',
  appSecret: 'test-instagram-app-secret-0001',
  verifyToken: 'test-instagram-verify-token-0001',
};
const ana = { kind: 'scoped_id' as const, value: '1255500000000001' };
const theirs =
  'aWdfZAG1faXRlbToxOklHTWVzc2FnZA8HNK2geH2qnGDax2ul0nXAmxY6H4rAK2Av097-v57VlRhO4epbh297Bf2IstzmTADdx6W7QtqAnNAHrd2063HAZZD';
const hook = { url: 'https://hooks.example.com/webhooks/instagram/ch_demo_ig' };
const files = { media_1: { bytes: new Uint8Array([1, 2, 3]), mimeType: 'application/pdf', filename: 'invoice.pdf' } };

testChannel(instagram, {
  config,
  fixtures,
  proof: { header: 'x-hub-signature-256', over: 'body' },
  spec: (request) => findFaults(request, INSTAGRAM_LIMITS),
  files,
  to: ana,
  externalId: theirs,
});

const fixture = (name: string): InboundRequest =>
  toRequest(JSON.parse(readFileSync(new URL(`inbound/${name}.json`, fixtures), 'utf8')) as InboundFixture, fixtures);
const parse = (name: string): InboundEvent[] => instagram.parse(fixture(name), config);
const context = {
  to: ana,
  thread: { key: ana.value, kind: 'direct' as const },
  partKey: 'dlv_0192aaaaaaaa7000800000000000000a.0',
  callbackUrl: hook.url,
  now: new Date('2026-11-24T12:00:00Z'),
  locale: 'en',
};

describe('the config', () => {
  test('takes the SDK’s names and those of the documents', () => {
    const sdk = { instagramId: '1', pageAccessToken: 'EAAG', username: 'acme' };
    expect([...Value.Errors(instagram.config, sdk)]).toEqual([]);
    const documents = { accountId: '1', accessToken: 'IGAA' } as object;
    const completed = instagram.defaults?.(documents, () => 'made');
    expect(completed).toMatchObject({ instagramId: '1', accessToken: 'IGAA', verifyToken: 'made' });
    expect([...Value.Errors(instagram.config, completed)]).toEqual([]);
  });

  test('tells the two logins apart', () => {
    expect(ownLogin(own)).toBe(true);
    for (const page of [config, { instagramId: '1', accessToken: 'EAAG' }, { ...own, pageId: '2' }])
      expect(ownLogin(page)).toBe(false);
    expect(instagram.baseUrl(own)).toBe('https://graph.instagram.com');
    expect(instagram.baseUrl(config)).toBe('https://graph.facebook.com');
  });

  test('believes the app’s secret and Instagram’s, whichever signed', () => {
    const body = fixture('message-text').body;
    const signed = (secret: string): InboundRequest => ({
      ...fixture('message-text'),
      headers: { 'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` },
    });
    const both = { ...config, instagramAppSecret: 'instagram-own' };
    expect(instagram.verify(signed('instagram-own'), both)).toBe(true);
    expect(instagram.verify(signed(config.appSecret ?? ''), both)).toBe(true);
    expect(instagram.verify(signed('instagram-own'), config)).toBe(false);
  });
});

describe('the account’s own login', () => {
  test('speaks at its own node and host, and says no more than Meta shows', () => {
    const part = { content: { type: 'text' as const, text: 'Your order is on its way.' } };
    expect(instagram.render(part, context, own)).toEqual([
      {
        method: 'POST',
        path: '/v26.0/17841455500000001/messages',
        body: { recipient: { id: ana.value }, message: { text: 'Your order is on its way.' } },
        name: 'send text',
      },
    ]);
    expect(instagram.render(part, { ...context, windowTag: 'HUMAN_AGENT' }, own)[0]?.body).toMatchObject({
      messaging_type: 'MESSAGE_TAG',
      tag: 'HUMAN_AGENT',
    });
  });

  test('sends a stored file by its link, because Meta documents uploads for pages only', () => {
    const media = { mediaId: 'media_1', url: 'https://chat.example.com/media/1', mimeType: 'image/png' };
    const part = { content: { type: 'image' as const, media } };
    expect(instagram.render(part, context, own)[0]?.body).toMatchObject({
      message: { attachment: { payload: { url: 'https://chat.example.com/media/1' } } },
    });
    expect(instagram.render(part, context, config)[0]).toMatchObject({ encoding: 'multipart' });
  });

  test('renews its token with the header alone; a page’s token lives on', async () => {
    const io = scriptedIo('http://far', [{ status: 200, body: { access_token: 'IGAAnew', expires_in: 5183944 } }]);
    expect(await instagram.refresh?.(own, io)).toEqual({ accessToken: 'IGAAnew' });
    expect(io.requests[0]).toMatchObject({
      url: 'http://far/refresh_access_token?grant_type=ig_refresh_token',
      headers: { authorization: `Bearer ${own.accessToken}` },
    });
    expect(await instagram.refresh?.(config, scriptedIo('http://far', []))).toEqual({});
  });

  test('connects by the account’s node', async () => {
    const account = { user_id: own.instagramId, username: 'acme', id: '9' };
    const io = scriptedIo('http://far', [
      { status: 200, body: account },
      { status: 200, body: { success: true } },
    ]);
    expect(await instagram.connect?.(own, io, hook)).toEqual({
      account: own.instagramId,
      name: '@acme',
      config: { username: 'acme' },
    });
    expect(io.requests.map(({ url }) => url)).toEqual([
      'http://far/v26.0/me?fields=user_id,username,name,profile_picture_url',
      expect.stringContaining(
        `/v26.0/${own.instagramId}/subscribed_apps?subscribed_fields=messages,messaging_postbacks`,
      ),
    ]);
  });
});

describe('an account behind a page', () => {
  const page = { id: '105550000000001', instagram_business_account: { id: config.instagramId, username: 'acme' } };

  test('is found through the page, whose id is kept', async () => {
    const { pageId: _, ...bare } = config;
    const io = scriptedIo('http://far', [
      { status: 200, body: page },
      { status: 200, body: { success: true } },
    ]);
    expect(await instagram.connect?.(bare, io, hook)).toMatchObject({
      name: '@acme',
      config: { username: 'acme', pageId: '105550000000001' },
    });
    expect(io.requests[1]?.url).toContain('/v26.0/105550000000001/subscribed_apps');
  });

  test('has the app hear of what Instagram tells, which is more than its page does', async () => {
    const io = scriptedIo('http://far', [
      { status: 200, body: page },
      { status: 200, body: { data: [] } },
      { status: 200, body: { success: true } },
      { status: 200, body: { success: true } },
    ]);
    await instagram.connect?.({ ...config, appId: '155500000000011' }, io, hook);
    const asked = JSON.parse(String(io.requests[2]?.body)) as { object: string; fields: string };
    expect(asked.object).toBe('instagram');
    expect(asked.fields.split(',')).toEqual(
      expect.arrayContaining(['messages', 'messaging_seen', 'message_edit', 'messaging_referral']),
    );
    expect(io.requests[3]?.url).toMatch(/subscribed_fields=messages,messaging_postbacks$/);
  });

  test('is probed, and another account’s token is told from this one’s', async () => {
    const subscribed = { status: 200, body: { data: [{ subscribed_fields: ['messages', 'messaging_postbacks'] }] } };
    const probe = (body: object, using = config) =>
      instagram.probe?.(using, scriptedIo('http://far', [{ status: 200, body }, subscribed]), hook);
    expect(await probe(page)).toMatchObject([
      { name: 'credentials', ok: true },
      { name: 'webhook', ok: true },
    ]);
    expect(await probe({ id: '1' })).toMatchObject([{ name: 'credentials', ok: false, remedy: expect.any(String) }]);
  });
});

describe('an unsend', () => {
  test('has a key of its own though it repeats the message’s id, so that it is not taken for a redelivery', () => {
    const [said] = parse('message-text');
    const [gone] = parse('message-deleted');
    expect(gone).toMatchObject({ type: 'deleted', externalId: theirs });
    expect(said?.key).toBe(messageKey(theirs));
    expect(gone?.key).not.toBe(said?.key);
  });
});

describe('stories', () => {
  test('stay links: their pictures may not outlive them', () => {
    const url = 'https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=178000000006&signature=demo';
    const [mention] = parse('message-story-mention');
    expect(mention).toMatchObject({
      content: { type: 'event', event: 'story_mention', detail: { url } },
      attachments: [],
    });
  });

  test('are answered with words that are kept', () => {
    expect(parse('message-story-reply')).toMatchObject([
      {
        content: {
          type: 'event',
          event: 'story_reply',
          text: 'Is this still available?',
          detail: { story: { id: '17900000000000004' } },
        },
      },
    ]);
  });
});

test('a text is cut by bytes, never within a character', () => {
  const text = 'é🙂'.repeat(400);
  const { parts } = fit({ type: 'text', text }, instagram.capabilities(config));
  const said = parts.map(({ content }) => (content as { text: string }).text);
  for (const part of said) expect(Buffer.byteLength(part)).toBeLessThanOrEqual(1000);
  expect(said.join('')).toBe(text);
});

test('ice breakers are written and read for Instagram', async () => {
  const iceBreakers = [{ question: 'Where are you located?', payload: 'LOCATION' }];
  const io = scriptedIo('http://far', [{ status: 200, body: { result: 'success' } }]);
  await instagram.settings?.write({ iceBreakers }, config, io);
  expect(io.requests[0]?.url).toBe('http://far/v26.0/me/messenger_profile?platform=instagram');
  expect(JSON.parse(String(io.requests[0]?.body))).toEqual({
    platform: 'instagram',
    ice_breakers: [{ locale: 'default', call_to_actions: iceBreakers }],
  });
  await expect(
    instagram.settings?.write({ greeting: 'Hi' }, config, scriptedIo('http://far', [])),
  ).rejects.toMatchObject({ code: 'rejected' });
});

test('a profile tells the name and whether they follow us', async () => {
  const body = {
    name: 'Ana Prado',
    username: 'ana.prado',
    is_user_follow_business: true,
    follower_count: 120,
    id: ana.value,
  };
  expect(await instagram.profile?.(ana, config, scriptedIo('http://far', [{ status: 200, body }]))).toEqual({
    name: 'Ana Prado',
    username: 'ana.prado',
    followsUs: true,
    followers: 120,
  });
  const error = { message: '(#230) User consent is required', code: 230 };
  expect(await instagram.profile?.(ana, config, scriptedIo('http://far', [{ status: 403, body: { error } }]))).toEqual(
    {},
  );
});

test('a link leads to the account by its name', () => {
  expect(instagram.deepLink?.('abc', { ...config, username: 'acme' })).toEqual({ url: 'https://ig.me/m/acme?ref=abc' });
  expect(() => instagram.deepLink?.('abc', config)).toThrow('username');
});
