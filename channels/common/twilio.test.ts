import { SEND_ERRORS, type SendError, UnknownOutcome } from '@tributary/protocol';
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';
import { describe, expect, test } from 'vitest';
import type { InboundRequest } from '../adapter.ts';
import { scriptedIo } from '../testing/io.ts';
import {
  accountPath,
  callTwilio,
  encodeForm,
  readField,
  readForm,
  readTwilioError,
  type TwilioAccount,
  twilioUrl,
  verifyTwilio,
} from './twilio.ts';
import { findTwilioError, TWILIO_ERRORS } from './twilio_errors.ts';

const token = 'test-auth-token-twilio-0001';
const account: TwilioAccount = { accountSid: 'AC00000000000000000000000000005550', authToken: token };
const url = 'https://hooks.example.com/webhooks/sms/ch_1/status?part=dlv_1.0';
const request = (body: string, more: Partial<InboundRequest> = {}): InboundRequest => ({
  via: 'http',
  method: 'POST',
  publicUrl: url,
  headers: { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' },
  body: new TextEncoder().encode(body),
  receivedAt: new Date('2026-11-21T12:00:00Z'),
  ...more,
});
const signed = (body: string, fields: Record<string, string | string[]>, secret = token, at = url): InboundRequest => {
  const plain = request(body, { publicUrl: at });
  const signature = getExpectedTwilioSignature(secret, at, fields as Record<string, string>);
  return { ...plain, headers: { ...plain.headers, 'x-twilio-signature': signature } };
};

describe('a signature', () => {
  const body = 'Body=Hi%2C+there&ToCity=&NewField=x';
  const fields = { Body: 'Hi, there', ToCity: '', NewField: 'x' };

  test('covers every field, those of tomorrow and the empty ones too', () => {
    expect(verifyTwilio(signed(body, fields), [token])).toBe(true);
    expect(verifyTwilio(signed(body, { Body: 'Hi, there', NewField: 'x' }), [token])).toBe(false);
    const more = signed(body, fields);
    expect(verifyTwilio({ ...more, body: new TextEncoder().encode(`${body}&Another=1`) }, [token])).toBe(false);
  });

  test('of either token is believed while one is being changed, and nothing is when there is none', () => {
    expect(verifyTwilio(signed(body, fields, 'old'), [token, 'old'])).toBe(true);
    expect(verifyTwilio(signed(body, fields, 'other'), [token, 'old'])).toBe(false);
    expect(verifyTwilio(signed(body, fields, ''), ['', undefined])).toBe(false);
    expect(verifyTwilio(request(body), [token])).toBe(false);
  });

  test('covers the URL with its query, with a port or without', () => {
    const one = signed(body, fields);
    expect(verifyTwilio({ ...one, publicUrl: url.replace('?part=dlv_1.0', '') }, [token])).toBe(false);
    expect(verifyTwilio({ ...one, publicUrl: url.replace('example.com', 'example.org') }, [token])).toBe(false);
    const ported = signed(body, fields, token, url.replace('.com/', '.com:443/'));
    expect(verifyTwilio({ ...ported, publicUrl: url }, [token])).toBe(true);
    expect(verifyTwilio({ ...one, publicUrl: 'no URL' }, [token])).toBe(false);
  });

  test('reads repeated names as Twilio’s own library does, and survives names that objects have', () => {
    const again = 'MediaUrl=b&MediaUrl=a&MediaUrl=b&=nameless&__proto__=x&constructor=y';
    const read = { MediaUrl: ['b', 'a', 'b'], '': 'nameless', constructor: 'y' };
    Object.defineProperty(read, '__proto__', { value: 'x', enumerable: true });
    expect(verifyTwilio(signed(again, read), [token])).toBe(true);
  });

  test('of a body that is no form is over the URL, which holds its digest', () => {
    const json = '{"demo":true,"n":1}';
    const at =
      'https://hooks.example.com/twilio/ch_demo_tw/json?bodySHA256=f39cbe17519a2558e71412c042786469c45682cd4dd4a9eed014fdedbbd891f6';
    const headers = { 'content-type': 'application/json', 'x-twilio-signature': '6QqjY8V5ZI02xtO681i3ZPb2acc=' };
    expect(verifyTwilio(request(json, { publicUrl: at, headers }), [token])).toBe(true);
    expect(verifyTwilio(request(`${json} `, { publicUrl: at, headers }), [token])).toBe(false);
    // A signed URL without a digest vouches for no body.
    const bare = signed('', {}, token, 'https://hooks.example.com/webhooks/sms/ch_1');
    const forged = { ...bare, headers: { ...bare.headers, 'content-type': 'application/json' } };
    expect(verifyTwilio({ ...forged, body: new TextEncoder().encode(json) }, [token])).toBe(false);
  });
});

describe('a form', () => {
  test('keeps all values; what is empty says nothing, and of a repeated field the first counts', () => {
    const form = readForm('Body=&ToCity=&From=%2B1&From=%2B2&Body2=a+b');
    expect(readField(form, 'ToCity')).toBeUndefined();
    expect(readField(form, 'Missing')).toBeUndefined();
    expect(readField(form, 'From')).toBe('+1');
    expect(form.get('From')).toEqual(['+1', '+2']);
    expect(readField(form, 'Body2')).toBe('a b');
  });

  test('is written with a key for each item of a list', () => {
    expect(encodeForm({ To: '+1', MediaUrl: ['a', 'b'], From: undefined, Record: true })).toBe(
      'To=%2B1&MediaUrl=a&MediaUrl=b&Record=true',
    );
  });
});

describe('the API', () => {
  const call = { method: 'POST', path: accountPath(account, 'Messages'), form: { To: '+15550100201', Body: 'é' } };
  const ask = (answers: Parameters<typeof scriptedIo>[1], as = account) => {
    const io = scriptedIo('http://far', answers, { hosts: ['lookups'] });
    return { io, answer: callTwilio(call, as, io) };
  };
  const refusal = async (status: number, body?: unknown, headers?: Record<string, string>): Promise<SendError> =>
    ask([{ status, body, headers }]).answer.then(
      () => expect.unreachable(),
      (error: unknown) => error as SendError,
    );

  test('is called with a form and the account’s own credentials, or the key’s', async () => {
    const { io, answer } = ask([{ status: 201, body: { sid: 'SM1' } }]);
    expect(await answer).toEqual({ sid: 'SM1' });
    expect(io.requests).toEqual([
      {
        method: 'POST',
        url: `http://far/2010-04-01/Accounts/${account.accountSid}/Messages.json`,
        headers: {
          authorization: `Basic ${btoa(`${account.accountSid}:${token}`)}`,
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: 'To=%2B15550100201&Body=%C3%A9',
      },
    ]);
    const keyed = ask([{ status: 201, body: {} }], { ...account, apiKeySid: 'SK1', apiKeySecret: 'key-secret' });
    await keyed.answer;
    expect(keyed.io.requests[0]?.headers?.authorization).toBe(`Basic ${btoa('SK1:key-secret')}`);
  });

  test('lies at an edge and in a region where the account does', () => {
    expect(twilioUrl({})).toBe('https://api.twilio.com');
    expect(twilioUrl({ edge: 'dublin', region: 'ie1' })).toBe('https://api.dublin.ie1.twilio.com');
  });

  test('asks another host by its name', async () => {
    const io = scriptedIo('http://far', [{ status: 200, body: { valid: true } }], { hosts: ['lookups'] });
    await callTwilio({ method: 'GET', path: '/v2/PhoneNumbers/%2B1', host: 'lookups' }, account, io);
    expect(io.requests[0]?.url).toBe('http://far/lookups/v2/PhoneNumbers/%2B1');
  });

  test('refuses by its code, in our words and its own', async () => {
    expect(await refusal(400, { code: 21610, message: 'Attempt to send to unsubscribed recipient' })).toMatchObject({
      code: 'opted_out',
      detail: { providerCode: '21610', providerMessage: 'Attempt to send to unsubscribed recipient' },
    });
    expect(await refusal(429, { code: 20429 }, { 'Retry-After': '7' })).toMatchObject({
      code: 'rate_limited',
      detail: { retryAfterMs: 7000, scope: 'channel' },
    });
    expect(await refusal(400, { code: 99999, message: 'new' })).toMatchObject({ code: 'rejected' });
  });

  test('without a code is judged by the status', async () => {
    expect(await refusal(401)).toMatchObject({ code: 'bad_credentials' });
    expect(await refusal(429)).toMatchObject({ code: 'rate_limited' });
    expect(await refusal(502)).toMatchObject({ code: 'unavailable' });
    expect(await refusal(418)).toMatchObject({ code: 'unexpected' });
  });

  test('never quotes a secret, and leaves a success nobody can read unknown', async () => {
    expect((await refusal(401, { code: 20003, message: `Not ${token}` })).message).toBe('Not ********');
    await expect(ask([{ status: 201, rawBody: '<html>' }]).answer).rejects.toBeInstanceOf(UnknownOutcome);
    const gone = scriptedIo('http://far', [{ status: 204 }]);
    expect(await callTwilio({ method: 'DELETE', path: '/x' }, account, gone)).toEqual({});
  });
});

describe('the error table', () => {
  test('speaks of no code in two lines, but where a range follows', () => {
    const single = TWILIO_ERRORS.flatMap(({ codes }) => codes.filter((code) => typeof code === 'number'));
    expect(new Set(single).size).toBe(single.length);
    for (const { ours } of TWILIO_ERRORS) expect(Object.keys(SEND_ERRORS)).toContain(ours);
  });

  test('reads the codes of callbacks', () => {
    expect(readTwilioError('30005')).toMatchObject({ code: 'invalid_recipient', providerCode: '30005' });
    expect(readTwilioError('12345', 'Its words')).toMatchObject({
      code: 'content_refused',
      providerMessage: 'Its words',
    });
    expect(readTwilioError('77')).toEqual({ code: 'rejected', providerCode: '77' });
    expect(readTwilioError(undefined)).toEqual({ code: 'rejected' });
    expect(findTwilioError(63999)?.ours).toBe('rejected');
    expect(findTwilioError(undefined)).toBeUndefined();
  });
});
