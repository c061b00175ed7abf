import { fit, type MessagePart, SendError } from '@tributary/protocol';
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';
import { describe, expect, test } from 'vitest';
import type { InboundEventOf, InboundRequest, RenderContext } from '../adapter.ts';
import { type InboundFixture, readFixtures, toRequest } from '../testing/fixtures.ts';
import { scriptedIo } from '../testing/io.ts';
import { testChannel } from '../testing/suite.ts';
import { twilioSpec } from '../testing/twilio.ts';
import type { SmsConfig } from './config.ts';
import { sms } from './index.ts';

const config: SmsConfig = {
  provider: 'twilio',
  accountSid: 'AC00000000000000000000000000005550',
  authToken: 'test-auth-token-twilio-0001',
  phoneNumber: '+15550100900',
  rcsSender: 'acme_demo_agent',
};
const fixtures = new URL('./fixtures/', import.meta.url);
const hook = { url: 'https://hooks.example.com/webhooks/sms/ch_1' };
const person = { kind: 'phone' as const, value: '+15550100201' };

testChannel(sms, {
  config,
  fixtures,
  proof: { header: 'X-Twilio-Signature', over: 'body' },
  spec: twilioSpec(new URL('spec.json', fixtures)),
  to: person,
  externalId: 'SM00000000000000000000000000000001',
});

const fixture = (name: string): InboundRequest => {
  const found = readFixtures<InboundFixture>(fixtures, 'inbound').find((one) => one.name === name);
  if (!found) throw new Error(`There is no inbound fixture ${name}.`);
  return toRequest(found, fixtures);
};
const form = (fields: Record<string, string>): InboundRequest => ({
  via: 'http',
  method: 'POST',
  publicUrl: hook.url,
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new TextEncoder().encode(
    new URLSearchParams({
      AccountSid: config.accountSid,
      MessageSid: 'SM1',
      From: '+15550100201',
      To: '+15550100900',
      ...fields,
    }).toString(),
  ),
  receivedAt: new Date('2026-11-21T12:00:00Z'),
});
const context: RenderContext = {
  to: person,
  thread: { key: person.value, kind: 'direct' },
  partKey: 'dlv_0192aaaaaaaa7000800000000000000a.0',
  callbackUrl: hook.url,
  now: new Date('2026-11-21T12:00:00Z'),
  locale: 'en',
};
const bodyOf = (part: MessagePart, using: SmsConfig = config): Record<string, unknown> =>
  sms.render(part, context, using)[0]?.body as Record<string, unknown>;
const hello: MessagePart = { content: { type: 'text', text: 'Hello' } };

test('a config may name its values as other platforms do', () => {
  const given = { account_sid: 'AC1', auth_token: 'secret', phone_number: '+15550100900', authToken: 'ours' };
  expect(sms.defaults?.(given, () => '')).toMatchObject({
    accountSid: 'AC1',
    phoneNumber: '+15550100900',
    authToken: 'ours',
  });
});

describe('the sender', () => {
  const service: SmsConfig = { ...config, messagingServiceSid: 'MG00000000000000000000000000000001' };

  test('is the number, or where there is a messaging service whoever it chooses', () => {
    expect(bodyOf(hello)).toMatchObject({ From: '+15550100900' });
    expect(bodyOf(hello, service)).toMatchObject({ MessagingServiceSid: service.messagingServiceSid });
    expect(bodyOf(hello, service)).not.toHaveProperty('From');
  });

  test('of a service is known by any number of its pool, and by the service', () => {
    const { phoneNumber: _, ...pool } = service;
    const account = service.messagingServiceSid;
    const sid = 'MG00000000000000000000000000000001';
    expect(sms.parse(form({ To: '+15550100777', MessagingServiceSid: sid, Body: 'a' }), pool)).toMatchObject([
      { account },
    ]);
    expect(sms.parse(form({ To: '+15550100777', Body: 'a' }), pool)).toMatchObject([{ account }]);
    expect(
      sms.parse(
        form({ To: '+15550100777', MessagingServiceSid: 'MG00000000000000000000000000000002', Body: 'a' }),
        pool,
      ),
    ).toMatchObject([{ account: '+15550100777' }]);
  });

  test('may have its queue limited and its typography simplified', () => {
    expect(bodyOf(hello, { ...config, smartEncoded: true, validityPeriod: 600 })).toMatchObject({
      SmartEncoded: true,
      ValidityPeriod: 600,
    });
  });
});

describe('a long text', () => {
  test('is one request up to 1600 characters, whatever it takes in segments, and several above', () => {
    const can = sms.capabilities(config);
    expect(fit({ type: 'text', text: 'ã'.repeat(1600) }, can).parts).toHaveLength(1);
    const long = fit({ type: 'text', text: 'word '.repeat(400) }, can);
    expect(long.parts).toHaveLength(2);
    expect(long.losses.map(({ code }) => code)).toEqual(['text_split']);
  });
});

test('a request costs what its text takes in segments', () => {
  const costOf = (text: string) => sms.render({ content: { type: 'text', text } }, context, config)[0]?.cost;
  expect(costOf('Hello')).toBeUndefined();
  expect(costOf('a'.repeat(161))).toBe(2);
  expect(costOf('ã'.repeat(1600))).toBe(24);
});

describe('files', () => {
  const picture = { url: 'https://files.example.com/p.jpg', mimeType: 'image/jpeg' };
  const said = (using: SmsConfig, content: MessagePart['content']) => {
    const { parts, losses } = fit(content, sms.capabilities(using));
    return { bodies: parts.map((part) => bodyOf(part, using)), losses: losses.map(({ code }) => code) };
  };

  test('travel as MMS when they are pictures of at most 5 MB, else as links', () => {
    expect(said(config, { type: 'image', media: picture }).bodies).toMatchObject([{ MediaUrl: [picture.url] }]);
    for (const media of [
      { ...picture, size: 6_000_000 },
      { ...picture, mimeType: 'image/webp' },
    ]) {
      const { bodies, losses } = said(config, { type: 'image', text: 'Look', media });
      expect(bodies).toMatchObject([{ Body: expect.stringContaining(picture.url) }]);
      expect(bodies[0]).not.toHaveProperty('MediaUrl');
      expect(losses).toContain('media_to_link');
    }
  });

  test('that are films or sound travel only where the sender is said to carry them, up to 500 kB', () => {
    const film = { url: 'https://files.example.com/f.mp4', mimeType: 'video/mp4', size: 400_000 };
    expect(said(config, { type: 'video', media: film }).losses).toEqual(['media_to_link']);
    const all: SmsConfig = { ...config, mms: 'all' };
    expect(said(all, { type: 'video', media: film }).bodies).toMatchObject([{ MediaUrl: [film.url] }]);
    expect(said(all, { type: 'video', media: { ...film, size: 600_000 } }).losses).toEqual(['media_to_link']);
  });

  test('are links where there is no MMS, and papers are links everywhere', () => {
    expect(said({ ...config, mms: 'none' }, { type: 'image', media: picture }).losses).toEqual(['media_to_link']);
    const paper = { url: 'https://files.example.com/p.pdf', mimeType: 'application/pdf' };
    expect(said({ ...config, mms: 'all' }, { type: 'document', media: paper }).losses).toEqual(['media_to_link']);
  });

  test('without a link are refused in words', () => {
    const part: MessagePart = { content: { type: 'image', media: { mediaId: 'med_1', mimeType: 'image/png' } } };
    expect(() => sms.render(part, context, config)).toThrow(SendError);
  });

  test('that came in are fetched with credentials from the settings’ base URL only', async () => {
    const [event] = sms.parse(fixture('mms-inbound-image'), config) as [InboundEventOf<'message'>];
    const media = 'media' in event.content ? event.content.media : undefined;
    const io = scriptedIo('http://far', [{ status: 200, headers: { 'Content-Type': 'image/jpeg' }, rawBody: 'bytes' }]);
    const file = await sms.fetchMedia?.(media!, config, io, fixture('mms-inbound-image'));
    expect(file?.mimeType).toBe('image/jpeg');
    expect(io.requests).toEqual([
      {
        method: 'GET',
        url: 'http://far/2010-04-01/Accounts/AC00000000000000000000000000005550/Messages/MM00000000000000000000000000000001/Media/ME00000000000000000000000000000001',
        headers: { authorization: `Basic ${btoa(`${config.accountSid}:${config.authToken}`)}` },
      },
    ]);
  });

  test('that lie elsewhere are fetched without, and what is gone is told', async () => {
    const io = scriptedIo('http://far', [{ status: 200, rawBody: 'x' }, { status: 404 }, { status: 503 }]);
    await sms.fetchMedia?.({ url: 'https://elsewhere.example.com/a.jpg' }, config, io, form({}));
    expect(io.requests[0]).toEqual({ method: 'GET', url: 'https://elsewhere.example.com/a.jpg' });
    const path = '/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1';
    await expect(sms.fetchMedia?.({ ref: { path } }, config, io, form({}))).rejects.toMatchObject({
      code: 'content_refused',
    });
    await expect(sms.fetchMedia?.({ ref: { path } }, config, io, form({}))).rejects.toMatchObject({
      code: 'unavailable',
    });
    for (const forged of [{ ref: { path: '/2010-04-01/Accounts/AC1.json' } }, { ref: { path: 7 } }, {}])
      await expect(sms.fetchMedia?.(forged, config, io, form({}))).rejects.toMatchObject({ code: 'content_refused' });
    expect(io.requests).toHaveLength(3);
  });
});

describe('words that the carrier acts upon', () => {
  const told = (fields: Record<string, string>, using: SmsConfig = config) =>
    sms.parse(form(fields), using).map((event) => (event.type === 'consent' ? event.state : event.type));

  test('are only those Twilio marks, where it has words of its own', () => {
    const advanced = { ...config, advancedOptOut: true };
    expect(told({ Body: 'STOP' }, advanced)).toEqual(['message']);
    expect(told({ Body: 'ALTO', OptOutType: 'STOP' }, advanced)).toEqual(['message', 'opted_out']);
    expect(told({ Body: 'YES', OptOutType: 'START' })).toEqual(['message', 'opted_in']);
  });

  test('are whole messages, in any case and width, with what hasty people put after them', () => {
    for (const Body of ['stop', ' STOPALL ', 'Unsubscribe.', 'end!', 'OptOut', 'ｓｔｏｐ'])
      expect(told({ Body }), Body).toEqual(['message', 'opted_out']);
    for (const Body of ['stop it', 'stop stop', 'startup', 'no', 'stop? no'])
      expect(told({ Body }), Body).toEqual(['message']);
    for (const Body of ['help', ' INFO '])
      expect(sms.parse(form({ Body }), config)).toMatchObject([{ automatic: true }, { state: 'help_asked' }]);
    // Twilio reads the bare word only: nobody has answered this one yet.
    expect(sms.parse(form({ Body: 'Help?' }), config)[0]).not.toHaveProperty('automatic');
  });
});

describe('a report by way of a proxy', () => {
  const proxied = { ...config, statusCallback: 'https://proxy.example.com/twilio/status' };

  test('goes to the proxy with our part key, and is verified by the URL that Twilio called', () => {
    const url = bodyOf(hello, proxied).StatusCallback as string;
    expect(url).toBe('https://proxy.example.com/twilio/status?part=dlv_0192aaaaaaaa7000800000000000000a.0');
    const fields = { MessageSid: 'SM1', MessageStatus: 'sent' };
    const request: InboundRequest = {
      ...form({}),
      publicUrl: `${hook.url}/status?part=dlv_0192aaaaaaaa7000800000000000000a.0`,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-twilio-signature': getExpectedTwilioSignature(config.authToken, url, fields),
      },
      body: new TextEncoder().encode('MessageSid=SM1&MessageStatus=sent'),
    };
    expect(sms.verify(request, proxied)).toBe(true);
    expect(sms.verify(request, config)).toBe(false);
    expect(sms.verify({ ...request, publicUrl: `${hook.url}/status?part=other` }, proxied)).toBe(false);
  });
});

describe('a signature', () => {
  test('is over the query too, and a letter of it matters', () => {
    const sent = fixture('status-sent');
    expect(sms.verify({ ...sent, publicUrl: 'https://hooks.example.com/twilio/ch_demo_tw/status' }, config)).toBe(
      false,
    );
    const wrong = { ...fixture('sms-inbound') };
    wrong.headers = { ...wrong.headers, 'x-twilio-signature': 'AL2tlHC4y+GGdyB+3O9+GoVA9JI=' };
    expect(sms.verify(wrong, config)).toBe(false);
    expect(sms.verify(sent, { ...config, authToken: 'new-token', previousAuthToken: config.authToken })).toBe(true);
  });
});

test('a webhook is answered with TwiML that says nothing', () => {
  expect(sms.accepted?.(fixture('sms-inbound'), config)).toEqual({
    status: 200,
    contentType: 'text/xml',
    body: '<?xml version="1.0" encoding="UTF-8"?><Response/>',
  });
});

describe('a link to us', () => {
  test('opens a message with the code in it', () => {
    expect(sms.deepLink?.('lnk 7', config)).toEqual({ url: 'sms:+15550100900?body=lnk%207' });
    expect(() => sms.deepLink?.('x', { ...config, phoneNumber: 'Acme' })).toThrow(/phone number/);
  });
});

describe('an attempt whose answer never came', () => {
  const request = sms.render(hello, context, config)[0]!;
  const at = new Date('2026-11-21T12:00:00Z');
  const one = {
    sid: 'SM7',
    direction: 'outbound-api',
    body: 'Hello',
    num_media: '0',
    from: '+15550100900',
    to: person.value,
  };
  const look = (messages: unknown) => {
    const io = scriptedIo('http://far', [{ status: 200, body: { messages } }]);
    return { io, found: sms.lookup?.({ request, partKey: context.partKey, at }, config, io) };
  };
  const after = 'Sat, 21 Nov 2026 12:00:01 +0000';
  const before = 'Sat, 21 Nov 2026 11:58:00 +0000';

  test('is found by its words, its sender and its time', async () => {
    const { io, found } = look([
      { ...one, date_created: after },
      { ...one, sid: 'SM6', date_created: before },
    ]);
    expect(await found).toMatchObject({ externalIds: ['SM7'] });
    expect(io.requests[0]?.url).toBe(
      'http://far/2010-04-01/Accounts/AC00000000000000000000000000005550/Messages.json?To=%2B15550100201&PageSize=50',
    );
  });

  test('is absent where nothing fits, and stays unknown where two things do', async () => {
    expect(
      await look([
        { ...one, body: 'Other', date_created: after },
        { ...one, date_created: before },
      ]).found,
    ).toBe('absent');
    expect(await look([]).found).toBe('absent');
    const two = [
      { ...one, date_created: after },
      { ...one, sid: 'SM8', date_created: after },
    ];
    expect(await look(two).found).toBe('unknown');
    const trial = { ...one, body: 'Sent from your Twilio trial account - Hello', date_created: after };
    expect(await look([trial]).found).toMatchObject({ externalIds: ['SM7'] });
    const smart = { ...request, body: { ...(request.body as object), SmartEncoded: true } };
    const io = scriptedIo('http://far', [
      { status: 200, body: { messages: [{ ...one, body: 'x', date_created: after }] } },
    ]);
    expect(await sms.lookup?.({ request: smart, partKey: context.partKey, at }, config, io)).toBe('unknown');
    expect(await look(Array(50).fill({ ...one, body: 'x', date_created: after })).found).toBe('unknown');
  });
});

describe('connecting', () => {
  const account = { status: 200, body: { friendly_name: 'Acme', status: 'active', type: 'Full' } };
  const number = (more: object = {}) => ({
    status: 200,
    body: {
      incoming_phone_numbers: [
        {
          sid: 'PN00000000000000000000000000000001',
          phone_number: '+15550100900',
          friendly_name: 'Shop',
          capabilities: { sms: true, mms: true },
          sms_url: hook.url,
          ...more,
        },
      ],
    },
  });
  const service = (more: object = {}) => ({
    status: 200,
    body: { friendly_name: 'Pool', inbound_request_url: hook.url, ...more },
  });
  const pooled: SmsConfig = { ...config, messagingServiceSid: 'MG00000000000000000000000000000001' };

  test('points the number here and leaves its calls alone', async () => {
    const io = scriptedIo('http://far', [account, number(), { status: 200, body: {} }], {
      hosts: ['messaging', 'lookups'],
    });
    expect(await sms.connect?.(config, io, hook)).toEqual({ name: 'Acme · Shop' });
    expect(
      io.requests.map(({ method, url, body }) => [
        method,
        url.replace('http://far/2010-04-01/Accounts/AC00000000000000000000000000005550', ''),
        body,
      ]),
    ).toEqual([
      ['GET', '.json', undefined],
      ['GET', '/IncomingPhoneNumbers.json?PhoneNumber=%2B15550100900', undefined],
      [
        'POST',
        '/IncomingPhoneNumbers/PN00000000000000000000000000000001.json',
        new URLSearchParams({ SmsUrl: `${hook.url}#rc=5&rp=all`, SmsMethod: 'POST', SmsApplicationSid: '' }).toString(),
      ],
    ]);
  });

  test('points the messaging service here too, unless it leaves that to its numbers', async () => {
    const done = { status: 200, body: {} };
    const io = scriptedIo('http://far', [account, number(), done, service(), done], { hosts: ['messaging'] });
    expect(await sms.connect?.(pooled, io, hook)).toEqual({ name: 'Pool · Shop' });
    expect(io.requests.at(-1)).toMatchObject({
      method: 'POST',
      url: 'http://far/messaging/v1/Services/MG00000000000000000000000000000001',
      body: new URLSearchParams({ InboundRequestUrl: `${hook.url}#rc=5&rp=all`, InboundMethod: 'POST' }).toString(),
    });
    const left = [account, number(), done, service({ use_inbound_webhook_on_number: true })];
    expect(await sms.connect?.(pooled, scriptedIo('http://far', left, { hosts: ['messaging'] }), hook)).toBeTruthy();
  });

  test('fails without a sender, and with a number that is another’s', async () => {
    const none = sms.connect?.({ ...config, phoneNumber: undefined }, scriptedIo('http://far', []), hook);
    await expect(none).rejects.toThrow(/neither a phone number nor a messaging service/);
    const others = scriptedIo('http://far', [account, { status: 200, body: { incoming_phone_numbers: [] } }]);
    await expect(sms.connect?.(config, others, hook)).rejects.toThrow(/no number \+15550100900/);
  });

  test('fails with Twilio’s own words', async () => {
    const io = scriptedIo('http://far', [{ status: 401, body: { code: 20003, message: 'Authenticate' } }]);
    await expect(sms.connect?.(config, io, hook)).rejects.toMatchObject({
      code: 'bad_credentials',
      message: 'Authenticate',
    });
  });

  test('is probed: what works, and a remedy for what does not', async () => {
    const probe = (answers: Parameters<typeof scriptedIo>[1], using = config) =>
      sms.probe?.(using, scriptedIo('http://far', answers, { hosts: ['messaging'] }), hook);
    expect(await probe([account, number()])).toMatchObject([
      { name: 'credentials', ok: true },
      { name: 'webhook', ok: true },
    ]);
    const poor: [Parameters<typeof probe>[0], SmsConfig, string][] = [
      [[{ status: 401, body: { code: 20003 } }], config, 'credentials'],
      [[{ ...account, body: { status: 'suspended' } }, number()], config, 'permissions'],
      [[{ ...account, body: { type: 'Trial' } }, number()], config, 'permissions'],
      [[account, { status: 200, body: { incoming_phone_numbers: [] } }], config, 'permissions'],
      [[account, number({ capabilities: { sms: false } })], config, 'permissions'],
      [[account, number({ capabilities: { mms: false } })], config, 'permissions'],
      [[account, number({ sms_url: 'https://elsewhere.example.com' })], config, 'webhook'],
      [[account, number({ sms_url: '' })], config, 'webhook'],
      [[account, number({ sms_application_sid: 'AP1' })], config, 'webhook'],
      [[account, number(), service({ inbound_request_url: null })], pooled, 'webhook'],
      [[account, number(), { status: 404, body: { code: 20404 } }], pooled, 'credentials'],
      [[account], { ...config, phoneNumber: undefined }, 'permissions'],
    ];
    for (const [answers, using, name] of poor) {
      const bad = ((await probe(answers, using)) ?? []).filter(({ ok }) => !ok);
      expect(bad, JSON.stringify(answers)).toMatchObject([{ name, remedy: expect.any(String) }]);
    }
    expect(await probe([account], { ...config, phoneNumber: 'Acme' })).toMatchObject([
      {},
      { name: 'webhook', ok: true },
    ]);
    expect(await probe([account, number(), service({ use_inbound_webhook_on_number: true })], pooled)).toMatchObject([
      {},
      { name: 'webhook', ok: true, remedy: expect.any(String) },
    ]);
  });

  test('lets a number be checked before it is written to', async () => {
    const ask = (body: unknown) =>
      sms.check?.(person, config, scriptedIo('http://far', [{ status: 200, body }], { hosts: ['lookups'] }));
    expect(await ask({ valid: true, line_type_intelligence: { type: 'mobile' } })).toEqual({
      reachable: true,
      features: ['mobile'],
    });
    expect(await ask({ valid: true, line_type_intelligence: { type: 'landline' } })).toMatchObject({
      reachable: false,
    });
    expect(await ask({ valid: false, validation_errors: ['TOO_SHORT'] })).toEqual({ reachable: false, features: [] });
  });
});
