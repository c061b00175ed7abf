import { fit } from '@tributary/protocol';
import { describe, expect, test } from 'vitest';
import type { ProviderRequest } from '../../adapter.ts';
import { type InboundFixture, readFixtures, toRequest } from '../../testing/fixtures.ts';
import { scriptedIo } from '../../testing/io.ts';
import { testChannel } from '../../testing/suite.ts';
import { twilioSpec } from '../../testing/twilio.ts';
import type { RcsConfig } from '../config.ts';
import { rcs } from '../index.ts';
import { isSid } from './render.ts';

const config: RcsConfig = {
  provider: 'twilio',
  agentId: 'acme_demo_agent',
  accountSid: 'AC00000000000000000000000000005550',
  authToken: 'test-auth-token-twilio-0001',
  messagingServiceSid: 'MG00000000000000000000000000000002',
};
const fixtures = new URL('../fixtures/twilio/', import.meta.url);
const hook = { url: 'https://hooks.example.com/webhooks/rcs/ch_1' };
const to = { kind: 'phone' as const, value: '+15550100201' };
const published = twilioSpec(new URL('spec.json', fixtures));

testChannel(rcs, {
  config,
  fixtures,
  proof: { header: 'X-Twilio-Signature', over: 'body' },
  spec: (request) => published(withSid(request)),
  to,
  externalId: 'SM00000000000000000000000000000201',
});

/** A template that is named gets its SID when it is sent. */
function withSid(request: ProviderRequest): ProviderRequest {
  const body = (request.body ?? {}) as Record<string, unknown>;
  const { ContentSid } = body;
  if (typeof ContentSid !== 'string' || isSid(ContentSid)) return request;
  return { ...request, body: { ...body, ContentSid: `HX${'0'.repeat(32)}` } };
}

const far = 'http://127.0.0.1:9/provider';
const ioOf = (...answers: Parameters<typeof scriptedIo>[1]) =>
  scriptedIo(far, answers, { hosts: ['messaging', 'content'] });
const context = {
  to,
  thread: { key: to.value, kind: 'direct' as const },
  partKey: 'dlv_0192aaaaaaaa7000800000000000000a.0',
  callbackUrl: hook.url,
  now: new Date('2026-11-24T12:00:00Z'),
  locale: 'en',
};
const bodyOf = (using: RcsConfig): unknown =>
  rcs.render({ content: { type: 'text', text: 'Hello' } }, context, using)[0]?.body;

describe('a message', () => {
  test('keeps to RCS: whether it goes on as an SMS is decided here', () => {
    expect(bodyOf(config)).toMatchObject({ To: 'rcs:+15550100201' });
  });

  test('comes from the sender where there is no messaging service, and waits no longer than Twilio can', () => {
    const { messagingServiceSid: _, ...alone } = config;
    expect(bodyOf(alone)).toMatchObject({ From: 'rcs:acme_demo_agent' });
    expect(bodyOf({ ...config, defaultTtl: '3600s' })).toMatchObject({ ValidityPeriod: 3600 });
    expect(bodyOf({ ...config, defaultTtl: '86400' })).toMatchObject({ ValidityPeriod: 36_000 });
  });

  test('has its answers as numbers: chips are for templates', () => {
    const actions = [{ type: 'reply' as const, text: 'Yes' }];
    const { parts, choices } = fit({ type: 'text', text: 'Right?', actions }, rcs.capabilities(config));
    expect(parts[0]?.content).toMatchObject({ text: expect.stringContaining('1) Yes') });
    expect(choices).toHaveLength(1);
  });

  test('is neither typed at, marked as read, nor taken back', () => {
    const [message] = readFixtures<InboundFixture>(fixtures, 'inbound').flatMap((one) =>
      one.name === 'rcs-inbound-text' ? rcs.parse(toRequest(one, fixtures), config) : [],
    );
    expect(rcs.acknowledge?.(message!, config)).toEqual([]);
    expect(rcs.typing?.(to, true, config)).toEqual([]);
    expect(rcs.remove?.('SM1', context, config)).toEqual([]);
    expect(() => rcs.check?.(to, config, ioOf())).toThrow('does not tell');
    expect(() => rcs.deepLink?.('code', config)).toThrow('no links');
  });
});

describe('connecting', () => {
  const account = { status: 200, body: { friendly_name: 'Acme' } };
  const denied = { status: 401, body: { code: 20003, message: 'Authenticate', status: 401 } };
  const service = (url: string) => ({ status: 200, body: { inbound_request_url: url } });

  test('proves the credentials and points the service here', async () => {
    const io = ioOf(account, service(hook.url));
    expect(await rcs.connect?.(config, io, hook)).toEqual({
      account: 'acme_demo_agent',
      name: 'Acme · acme_demo_agent',
    });
    expect(io.requests.map(({ method, url }) => [method, url])).toEqual([
      ['GET', `${far}/2010-04-01/Accounts/${config.accountSid}.json`],
      ['POST', `${far}/messaging/v1/Services/${config.messagingServiceSid}`],
    ]);
    expect(String(io.requests[1]!.body)).toContain(encodeURIComponent(hook.url));
  });

  test('says what is missing', async () => {
    const { authToken: _, ...bare } = config;
    await expect(rcs.connect?.(bare, ioOf(), hook)).rejects.toMatchObject({ code: 'bad_credentials' });
  });

  test('is probed: what works, and a remedy for what does not', async () => {
    const probe = (...answers: Parameters<typeof scriptedIo>[1]) => rcs.probe!(config, ioOf(...answers), hook);
    expect(await probe(account, service(`${hook.url}#rc=3&rp=all`))).toMatchObject([{ ok: true }, { ok: true }]);
    const { messagingServiceSid: _, ...alone } = config;
    expect(await rcs.probe!(alone, ioOf(account), hook)).toMatchObject([
      { ok: true },
      { ok: true, remedy: expect.stringContaining(hook.url) },
    ]);
    const bad = [
      ...(await probe(denied)),
      ...(await probe({ status: 503, rawBody: '' })),
      ...(await probe(account, service('https://elsewhere.example'))),
      ...(await probe(account, { status: 404, body: { code: 20404, message: 'Not found', status: 404 } })),
    ].filter(({ ok }) => !ok);
    expect(bad.map(({ name }) => name)).toEqual(['credentials', 'credentials', 'webhook', 'webhook']);
    for (const { remedy } of bad) expect(remedy).toBeTruthy();
  });
});

describe('files that people send', () => {
  test('are fetched with the account’s credentials', async () => {
    const image = readFixtures<InboundFixture>(fixtures, 'inbound').find(({ name }) => name === 'image')!;
    const request = toRequest(image, fixtures);
    const [event] = rcs.parse(request, config);
    const media = event?.type === 'message' && event.content.type === 'image' ? event.content.media : {};
    const io = ioOf({ status: 200, headers: { 'content-type': 'image/jpeg' }, rawBody: 'JPEG' });
    expect(await rcs.fetchMedia!(media, config, io, request)).toMatchObject({ mimeType: 'image/jpeg' });
    expect(io.requests[0]).toMatchObject({ headers: { authorization: expect.stringMatching(/^Basic /) } });
  });
});
