import { createHmac, generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fit, joinStates, SendError, UnknownOutcome } from '@tributary/protocol';
import fc from 'fast-check';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { Value } from 'typebox/value';
import { beforeEach, describe, expect, test } from 'vitest';
import type { InboundEventOf, InboundRequest } from '../adapter.ts';
import { type AnswerFixtureHttp, type InboundFixture, type OutboundFixture, toRequest } from '../testing/fixtures.ts';
import { scriptedIo } from '../testing/io.ts';
import { testChannel } from '../testing/suite.ts';
import type { RcsConfig } from './config.ts';
import { findFaults } from './faults.ts';
import { toUuid } from './ids.ts';
import { rcs } from './index.ts';
import { accessToken } from './tokens.ts';

const fixtures = new URL('./fixtures/', import.meta.url);
const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const config: RcsConfig = {
  agentId: 'acme_demo_agent',
  serviceAccountJson: JSON.stringify({
    type: 'service_account',
    client_email: 'rbm@acme-demo.iam.gserviceaccount.com',
    private_key_id: 'key0001',
    private_key: privateKey,
  }),
  clientToken: 'TESTCLIENTTOKEN0001',
};
const hook = { url: 'https://hooks.example.com/webhooks/rcs/ch_demo_rcs' };
const to = { kind: 'phone' as const, value: '+15550100201' };
const ours = '4c1d7a52-6d9f-4f5e-9b06-0d6d5f1b0001';

const far = 'http://127.0.0.1:9/provider';
const grant = (no: number, seconds = 3599): AnswerFixtureHttp => ({
  status: 200,
  body: { access_token: `ya29.test-token-000${no}`, expires_in: seconds, token_type: 'Bearer' },
});
const refused = (status: number, word: string): AnswerFixtureHttp => ({
  status,
  body: { error: { code: status, message: `It is ${word}.`, status: word } },
});
const ioOf = (...answers: (AnswerFixtureHttp | Error)[]) => scriptedIo(far, answers, { hosts: ['oauth2'] });

// The channel has a token already; how it comes by one is told below.
beforeEach(async () => {
  await accessToken(config, ioOf(grant(1)));
});

/** The request with other data in its envelope, under the same signature. */
function withData(request: InboundRequest, change: (data: Buffer) => Buffer): InboundRequest {
  const body = JSON.parse(new TextDecoder().decode(request.body)) as { message: { data: string } };
  body.message.data = change(Buffer.from(body.message.data, 'base64')).toString('base64');
  return { ...request, body: new TextEncoder().encode(JSON.stringify(body)) };
}

/** The request with another signature, or with none. */
function withSignature(request: InboundRequest, change: (given: string) => string | undefined): InboundRequest {
  const { 'x-goog-signature': given = '', ...headers } = request.headers;
  const signature = change(given);
  return { ...request, headers: signature === undefined ? headers : { ...headers, 'x-goog-signature': signature } };
}

testChannel(rcs, {
  config,
  fixtures,
  // Google signs what is within the envelope, so a byte more around it proves and means nothing.
  proof: {
    forge: (request) => [
      ['no signature', withSignature(request, () => undefined)],
      ['an empty signature', withSignature(request, () => '')],
      ['a shorter signature', withSignature(request, (given) => given.slice(0, -1))],
      ['a longer signature', withSignature(request, (given) => `${given}=`)],
      ['a signature of other letters', withSignature(request, (given) => `AAAA${given.slice(4)}`)],
      ['a signature that is not ASCII', withSignature(request, (given) => `${given.slice(0, -1)}é`)],
      ['a byte of the data changed', withData(request, (data) => data.fill((data[0] ?? 0) ^ 1, 0, 1))],
      ['a byte more of data', withData(request, (data) => Buffer.concat([data, Buffer.of(32)]))],
      ['no data', withData(request, () => Buffer.of())],
      ['a body that is no envelope', { ...request, body: request.body.slice(1) }],
    ],
  },
  spec: findFaults,
  files: { med_0001: { bytes: new TextEncoder().encode('JPEG'), mimeType: 'image/jpeg' } },
  to,
  externalId: 'MxDemoUserMsg0001',
});

const fixture = (path: string): InboundRequest =>
  toRequest(JSON.parse(readFileSync(new URL(`${path}.json`, fixtures), 'utf8')) as InboundFixture, fixtures);

/** What Google would send, signed with the token. */
function webhook(told: object, token = config.clientToken ?? ''): InboundRequest {
  const data = Buffer.from(JSON.stringify({ agentId: 'acme_demo_agent@rbm.goog', ...told }));
  return {
    via: 'http',
    method: 'POST',
    publicUrl: hook.url,
    headers: { 'x-goog-signature': createHmac('sha512', token).update(data).digest('base64') },
    body: new TextEncoder().encode(JSON.stringify({ message: { data: data.toString('base64') } })),
    receivedAt: new Date('2026-11-24T12:00:00Z'),
  };
}

describe('the config', () => {
  test('takes the agent with and without its domain, in any region', () => {
    const given = {
      ...config,
      provider: 'google',
      agentId: 'acme_demo_agent@rbm.goog',
      region: 'europe',
      defaultTtl: '86400',
    };
    expect([...Value.Errors(rcs.config, given)]).toEqual([]);
    expect(rcs.account(given as RcsConfig)).toBe('acme_demo_agent');
    expect(rcs.baseUrl(given as RcsConfig)).toBe('https://europe-rcsbusinessmessaging.googleapis.com');
    expect(rcs.baseUrl(config)).toBe('https://rcsbusinessmessaging.googleapis.com');
  });

  test('refuses a provider we do not speak to, and a time to live that is none', () => {
    expect(Value.Check(rcs.config, { ...config, provider: 'zenvia' })).toBe(false);
    expect(Value.Check(rcs.config, { ...config, defaultTtl: 'a day' })).toBe(false);
    expect(Value.Check(rcs.config, { ...config, agentId: 'two words' })).toBe(false);
  });

  test('without a client token lets nothing in', () => {
    const { clientToken: _, ...bare } = config;
    expect(rcs.verify(fixture('inbound/user-text'), bare)).toBe(false);
    expect(rcs.verify(webhook({ text: 'x' }, ''), { ...bare, clientToken: '' })).toBe(false);
  });

  test('with a time to live gives it to every message', () => {
    const written = JSON.parse(readFileSync(new URL('ttl/text.json', fixtures), 'utf8')) as OutboundFixture;
    for (const defaultTtl of ['86400s', '86400']) {
      const context = { ...contextOf(), to };
      expect(rcs.render(written.part, context, { ...config, defaultTtl })).toEqual(written.requests);
    }
  });
});

const contextOf = () => ({
  to,
  thread: { key: to.value, kind: 'direct' as const },
  partKey: 'dlv_0192aaaaaaaa7000800000000000000a.0',
  callbackUrl: hook.url,
  now: new Date('2026-11-24T12:00:00Z'),
  locale: 'en',
});

describe('Google’s check of our URL', () => {
  const asking = (body: object, headers = {}): InboundRequest => ({
    ...webhook({}),
    headers,
    body: new TextEncoder().encode(JSON.stringify(body)),
  });

  test('is answered with the secret alone', () => {
    const check = asking({ clientToken: 'TESTCLIENTTOKEN0001', secret: '1234567890' });
    expect(rcs.handshake?.(check, config)).toEqual({ status: 200, contentType: 'text/plain', body: '1234567890' });
  });

  test('is refused for another token, and where there is none', () => {
    const check = asking({ clientToken: 'TESTCLIENTTOKEN0002', secret: '1234567890' });
    expect(rcs.handshake?.(check, config)).toMatchObject({ status: 400 });
    const { clientToken: _, ...bare } = config;
    expect(rcs.handshake?.(check, bare)).toMatchObject({ status: 400 });
  });

  test('is nothing that carries a signature, a message, or no secret', () => {
    const check = { clientToken: 'TESTCLIENTTOKEN0001', secret: '1' };
    expect(rcs.handshake?.(asking(check, { 'x-goog-signature': 'x' }), config)).toBeUndefined();
    expect(rcs.handshake?.(asking({ ...check, message: {} }), config)).toBeUndefined();
    expect(rcs.handshake?.(asking({ clientToken: check.clientToken }), config)).toBeUndefined();
    expect(rcs.handshake?.({ ...asking(check), method: 'GET' }, config)).toBeUndefined();
    expect(rcs.handshake?.(asking({ ...check, more: 'x'.repeat(5000) }), config)).toBeUndefined();
  });
});

describe('the partner’s own door', () => {
  test('reads the agent a body speaks to, and does not believe it', () => {
    expect(rcs.accounts?.(fixture('inbound/user-other-agent'))).toEqual(['other_agent']);
    expect(rcs.accounts?.(fixture('inbound/data-not-json'))).toEqual([]);
    const victim = { ...config, agentId: 'other_agent', clientToken: 'the token of the victim' };
    expect(rcs.verify(fixture('inbound/user-other-agent'), victim)).toBe(false);
  });
});

describe('what was signed', () => {
  test('is the decoded data: the envelope may be written in any way', () => {
    const request = fixture('inbound/user-text');
    const { message } = JSON.parse(new TextDecoder().decode(request.body)) as { message: { data: string } };
    const rewritten = JSON.stringify({ more: [1], message: { data: message.data } }, null, 2);
    const again = { ...request, body: new TextEncoder().encode(rewritten) };
    expect(rcs.verify(again, config)).toBe(true);
    expect(rcs.parse(again, config)).toEqual(rcs.parse(request, config));
  });

  test('and not what the envelope says beside it', () => {
    const request = fixture('inbound/user-text');
    const body = JSON.parse(new TextDecoder().decode(request.body)) as { message: { attributes: object } };
    body.message.attributes = { business_id: 'evil', event_type: 'UNSUBSCRIBE', senderPhoneNumber: '+15550100999' };
    const forged = { ...request, body: new TextEncoder().encode(JSON.stringify(body)) };
    expect(rcs.parse(forged, config)).toEqual(rcs.parse(request, config));
  });

  test('with the signature of Google’s negative case is refused', () => {
    const wrong = 'AAAAu2q4nlcASf43x9sMIbwVK2OFTK6SxkTsvITrF6qpVOXAJieSArGo6Y0z1WIoeFMM0rz7iJ+Vv1LLLriD1A==';
    const forged = withSignature(fixture('inbound/user-text'), () => wrong);
    expect(rcs.verify(forged, config)).toBe(false);
  });
});

describe('receipts', () => {
  const receipt = (eventType: string) =>
    rcs.parse(
      webhook({
        senderPhoneNumber: to.value,
        phoneNumber: to.value,
        eventType,
        eventId: `e-${eventType}`,
        messageId: ours,
      }),
      config,
    )[0] as InboundEventOf<'receipt'>;

  test('settle the same in any order', () => {
    const words = ['DELIVERED', 'READ', 'TTL_EXPIRATION_REVOKED'];
    const settled = (order: readonly string[]) =>
      order.map((word) => receipt(word).state).reduce(joinStates, 'sent' as never);
    fc.assert(
      fc.property(fc.shuffledSubarray(words, { minLength: 1 }), (order) => {
        expect(settled(order)).toBe(settled([...order].sort()));
      }),
    );
  });

  test('of a message taken back say that it was not delivered, and of one that could not be taken back nothing', () => {
    expect(receipt('TTL_EXPIRATION_REVOKED')).toMatchObject({
      state: 'failed',
      error: { code: 'invalid_recipient', providerCode: 'TTL_EXPIRATION_REVOKED' },
    });
    expect(receipt('TTL_EXPIRATION_REVOKE_FAILED')).toMatchObject({ type: 'ignored' });
  });
});

describe('words of consent', () => {
  const said = (text: string) =>
    rcs
      .parse(webhook({ senderPhoneNumber: to.value, messageId: 'Mx1', text }), config)
      .map((event) => [event.type, 'state' in event ? event.state : undefined]);

  test('are read alone and in any case, never within a sentence', () => {
    expect(said('stop')).toEqual([
      ['message', undefined],
      ['consent', 'opted_out'],
    ]);
    expect(said('UNSUBSCRIBE')).toHaveLength(2);
    expect(said('Start')).toEqual([
      ['message', undefined],
      ['consent', 'opted_in'],
    ]);
    for (const talk of ['Please stop', 'start over', 'help', 'Non-stop']) expect(said(talk), talk).toHaveLength(1);
  });
});

describe('ids', () => {
  test('are UUIDs that come from our part keys: the same for the same, another for the next', () => {
    expect(toUuid('dlv_1.0')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(toUuid('dlv_1.0')).toBe(toUuid('dlv_1.0'));
    expect(toUuid('dlv_1.0')).not.toBe(toUuid('dlv_1.1'));
  });

  test('differ between the messages of one part', () => {
    const actions = Array.from({ length: 11 }, (_, i) => ({ type: 'reply' as const, text: `Answer ${i}` }));
    const place = { latitude: 1, longitude: 2 };
    const requests = rcs.render({ content: { type: 'location', location: place, actions } }, contextOf(), config);
    expect(requests).toHaveLength(2);
    expect(new Set(requests.map(({ path }) => path)).size).toBe(2);
    for (const request of requests) expect(findFaults(request)).toEqual([]);
  });

  test('of events are new for each sign of typing, and the same for each mark of reading', async () => {
    const event = { status: 200, body: { name: 'phones/+15550100201/agentEvents/1' } };
    const sent = async () => {
      const io = ioOf(event);
      await rcs.send(rcs.typing!(to, true, config)[0]!, config, io);
      return new URL(io.requests[0]!.url).searchParams.get('eventId');
    };
    expect(await sent()).toMatch(/^[0-9a-f-]{36}$/);
    expect(await sent()).not.toBe(await sent());
    const [message] = rcs.parse(fixture('inbound/user-text'), config);
    const read = rcs.acknowledge?.(message!, config);
    expect(read).toEqual(rcs.acknowledge?.(message!, config));
    expect(read).toMatchObject([{ body: { eventType: 'READ', messageId: 'MxDemoUserMsg0001' } }]);
    for (const request of read ?? []) expect(findFaults(request)).toEqual([]);
    const [receipt] = rcs.parse(fixture('inbound/event-delivered'), config);
    expect(rcs.acknowledge?.(receipt!, config)).toEqual([]);
    expect(rcs.typing?.(to, false, config)).toEqual([]);
  });
});

describe('fitting', () => {
  const render = (content: Parameters<typeof fit>[0]) =>
    fit(content, rcs.capabilities(config), { channelTitle: 'RCS' }).parts.flatMap((part) =>
      rcs.render(part, contextOf(), config),
    );

  test('shows up to eleven answers as chips, and a list too', () => {
    const rows = Array.from({ length: 11 }, (_, i) => ({ title: `Row ${i}`, payload: `row:${i}` }));
    const [request, ...more] = render({ type: 'list', text: 'Which?', sections: [{ rows }] });
    expect(more).toEqual([]);
    expect(request?.body).toMatchObject({
      contentMessage: {
        text: 'Which?',
        suggestions: rows.map(({ title, payload }) => ({ reply: { text: title, postbackData: payload } })),
      },
    });
  });

  test('numbers what is more than that', () => {
    const actions = Array.from({ length: 12 }, (_, i) => ({ type: 'reply' as const, text: `Answer ${i}` }));
    const [request] = render({ type: 'text', text: 'Which?', actions });
    expect(JSON.stringify(request?.body)).toContain('12) Answer 11');
  });

  test('sends a single card of a carousel as a card', () => {
    const [request] = render({ type: 'carousel', cards: [{ title: 'Mug' }] });
    expect(request?.body).not.toHaveProperty('contentMessage.richCard.carouselCard');
  });
});

describe('the token', () => {
  const accepted = { status: 200, body: { name: `phones/+15550100201/agentMessages/${ours}` } };
  const request = rcs.render({ content: { type: 'text', text: 'Hello' } }, contextOf(), config)[0]!;
  const taken = { ...accepted, body: { name: request.path.replace(/.*messageId=([^&]+).*/, 'x/$1') } };

  test('is asked for once with a signed assertion, and used until a minute before its end', async () => {
    const cold = { ...config };
    const io = ioOf(grant(1), taken, taken);
    await rcs.send(request, cold, io);
    await rcs.send(request, cold, io);
    expect(io.requests.map(({ url }) => url.replace(/\?.*/, ''))).toEqual([
      `${far}/oauth2/token`,
      `${far}/v1/phones/%2B15550100201/agentMessages`,
      `${far}/v1/phones/%2B15550100201/agentMessages`,
    ]);
    const asked = new URLSearchParams(String(io.requests[0]!.body));
    expect(asked.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer');
    const assertion = asked.get('assertion') ?? '';
    expect(decodeProtectedHeader(assertion)).toMatchObject({ alg: 'RS256', kid: 'key0001' });
    const claims = decodeJwt(assertion);
    expect(claims).toMatchObject({
      iss: 'rbm@acme-demo.iam.gserviceaccount.com',
      aud: 'https://oauth2.googleapis.com/token',
      scope: 'https://www.googleapis.com/auth/rcsbusinessmessaging',
    });
    expect(claims.exp! - claims.iat!).toBe(3600);

    const short = { ...config };
    const again = ioOf(grant(1, 59), taken, grant(2), taken);
    await rcs.send(request, short, again);
    await rcs.send(request, short, again);
    expect(again.requests[3]!.headers?.authorization).toBe('Bearer ya29.test-token-0002');
  });

  test('is asked for once by many who ask together', async () => {
    const cold = { ...config };
    const io = ioOf(grant(1), ...Array(5).fill(taken));
    await Promise.all(Array.from({ length: 5 }, () => rcs.send(request, cold, io)));
    expect(io.requests).toHaveLength(6);
  });

  test('of one channel is never another’s', async () => {
    const io = ioOf(grant(1), taken, grant(2), taken);
    await rcs.send(request, { ...config }, io);
    await rcs.send(request, { ...config }, io);
    expect(io.requests.map(({ headers }) => headers?.authorization)).toEqual([
      undefined,
      'Bearer ya29.test-token-0001',
      undefined,
      'Bearer ya29.test-token-0002',
    ]);
  });

  test('that cannot be had says whose fault it is, and that nothing was sent', async () => {
    const outcome = (answer: AnswerFixtureHttp | Error, using = { ...config }) =>
      rcs.send(request, using, ioOf(answer)).catch((error: unknown) => error);
    const invalid = { status: 400, body: { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' } };
    expect(await outcome(invalid)).toMatchObject({
      code: 'bad_credentials',
      detail: { providerCode: 'invalid_grant', providerMessage: 'Invalid JWT Signature.' },
    });
    expect(await outcome({ status: 503, rawBody: '' })).toMatchObject({ code: 'unavailable' });
    expect(await outcome({ status: 200, rawBody: '{}' })).toMatchObject({ code: 'unavailable' });
    expect(await outcome(new UnknownOutcome('no answer'))).toMatchObject({ name: 'SendError', code: 'unavailable' });
    for (const serviceAccountJson of ['no JSON', '{}', '{"client_email":"a","private_key":"b"}']) {
      expect(await outcome(grant(1), { ...config, serviceAccountJson })).toMatchObject({ code: 'bad_credentials' });
    }
  });

  test('and the key it is asked with are in no error', async () => {
    const line = privateKey.split('\n')[2]!;
    const quoting = {
      status: 400,
      body: { error: { message: `token ya29.test-token-0001, key ${privateKey}`, status: 'X' } },
    };
    const error = (await rcs
      .send(request, { ...config }, ioOf(grant(1), quoting))
      .catch((thrown: unknown) => thrown)) as SendError;
    expect(error).toBeInstanceOf(SendError);
    for (const secret of ['ya29.test-token-0001', line])
      expect(`${error.message} ${JSON.stringify(error)}`).not.toContain(secret);
  });
});

describe('connecting', () => {
  const nobody = { status: 200, body: { totalRandomSampleUserCount: 0, reachableRandomSampleUserCount: 0 } };

  test('proves the key and the agent, and names the channel', async () => {
    const io = ioOf(nobody);
    expect(await rcs.connect?.({ ...config, brandName: 'Acme' }, ioOf(grant(1), nobody), hook)).toEqual({
      account: 'acme_demo_agent',
      name: 'Acme',
    });
    expect(await rcs.connect?.(config, io, hook)).toMatchObject({ name: 'acme_demo_agent' });
    expect(io.requests[0]).toMatchObject({ method: 'POST', url: `${far}/v1/users:batchGet` });
    expect(JSON.parse(String(io.requests[0]!.body))).toMatchObject({ agentId: 'acme_demo_agent' });
    await expect(rcs.connect?.(config, ioOf(refused(403, 'PERMISSION_DENIED')), hook)).rejects.toMatchObject({
      code: 'bad_credentials',
    });
  });

  test('is probed: what works, and a remedy for what does not', async () => {
    const probe = (using: RcsConfig, ...answers: (AnswerFixtureHttp | Error)[]) =>
      rcs.probe!(using, ioOf(...answers), hook);
    expect(await probe(config, nobody)).toMatchObject([
      { name: 'credentials', ok: true },
      { name: 'permissions', ok: true },
    ]);
    const { clientToken: _, ...deaf } = config;
    const all = [
      await probe({ ...config }, { status: 400, body: { error: 'invalid_grant' } }),
      await probe({ ...config }, { status: 503, rawBody: '' }),
      await probe(config, refused(403, 'PERMISSION_DENIED')),
      await probe(config, refused(503, 'UNAVAILABLE')),
      await probe(deaf, grant(1), nobody),
    ].map((findings) => findings.filter(({ ok }) => !ok));
    expect(all.map((findings) => findings.map(({ name }) => name))).toEqual([
      ['credentials'],
      ['credentials'],
      ['permissions'],
      ['permissions'],
      ['webhook'],
    ]);
    for (const { remedy } of all.flat()) expect(remedy).toBeTruthy();
    expect(all[4]![0]!.remedy).toContain(hook.url);
  });

  test('tells what one person’s device can show, and who cannot be reached', async () => {
    const features = ['RICHCARD_STANDALONE', 'RICHCARD_CAROUSEL', 'ACTION_DIAL'];
    const io = ioOf({ status: 200, body: { features } }, refused(404, 'NOT_FOUND'), refused(503, 'UNAVAILABLE'));
    expect(await rcs.check?.(to, config, io)).toEqual({ reachable: true, features });
    expect(io.requests[0]!.url).toMatch(
      /\/v1\/phones\/%2B15550100201\/capabilities\?requestId=[0-9a-f-]{36}&agentId=acme_demo_agent$/,
    );
    expect(await rcs.check?.(to, config, io)).toEqual({ reachable: false, features: [] });
    await expect(rcs.check?.(to, config, io)).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('opens the agent’s chat by a link', () => {
    expect(rcs.deepLink?.('join 42', config)).toEqual({ url: 'sms:acme_demo_agent%40rbm.goog?body=join%2042' });
  });
});

describe('files that people send', () => {
  const media = { ref: { fileUri: 'https://rcs-copper-eu.googleapis.com/4f2e' }, mimeType: 'image/jpeg' };

  test('are fetched by their link, without credentials', async () => {
    const io = ioOf({ status: 200, headers: { 'content-type': 'image/jpeg' }, rawBody: 'JPEG' });
    const file = await rcs.fetchMedia!(media, config, io, fixture('inbound/user-image'));
    expect(file).toMatchObject({ mimeType: 'image/jpeg', size: 4 });
    expect(io.requests).toEqual([{ method: 'GET', url: media.ref.fileUri }]);
  });

  test('may be gone', async () => {
    const gone = rcs.fetchMedia!(media, config, ioOf({ status: 404 }), fixture('inbound/user-image'));
    await expect(gone).rejects.toMatchObject({ code: 'content_refused' });
    const nothing = rcs.fetchMedia!({}, config, ioOf(), fixture('inbound/user-image'));
    await expect(nothing).rejects.toMatchObject({ code: 'content_refused' });
  });
});
