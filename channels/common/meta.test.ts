import { createHmac } from 'node:crypto';
import { SEND_ERRORS, type SendError, UnknownOutcome } from '@tributary/protocol';
import { describe, expect, test } from 'vitest';
import type { InboundRequest } from '../adapter.ts';
import { scriptedIo } from '../testing/io.ts';
import { answerHandshake, callGraph, readProviderError, readTime, verifySignature } from './meta.ts';
import { findGraphError, GRAPH_ERRORS } from './meta_errors.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const sign = (body: Uint8Array, secret: string): string =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
const request = (more: Partial<InboundRequest>): InboundRequest => ({
  via: 'http',
  method: 'POST',
  publicUrl: 'https://hooks.example.com/webhooks/whatsapp/ch_1',
  headers: {},
  body: new Uint8Array(),
  receivedAt: new Date('2026-11-21T12:00:00Z'),
  ...more,
});

describe('a signature', () => {
  const body = bytes('{"text":"C\\u00f3rdoba \\/"}');
  const signed = (secret: string) => request({ body, headers: { 'x-hub-signature-256': sign(body, secret) } });

  test('of any secret in the list is believed, in any place', () => {
    expect(verifySignature(signed('new'), ['new', 'old'])).toBe(true);
    expect(verifySignature(signed('old'), ['new', 'old'])).toBe(true);
    expect(verifySignature(signed('old'), [undefined, 'old'])).toBe(true);
  });

  test('of no secret in the list is not, and neither is anything when there is no secret', () => {
    expect(verifySignature(signed('other'), ['new', 'old'])).toBe(false);
    expect(verifySignature(signed(''), ['', undefined])).toBe(false);
    expect(verifySignature(signed('new'), [])).toBe(false);
  });

  test('is over the raw bytes: the same JSON written in another way is refused', () => {
    const again = bytes(JSON.stringify(JSON.parse(new TextDecoder().decode(body))));
    expect(verifySignature({ ...signed('new'), body: again }, ['new'])).toBe(false);
  });

  test('of the old kind, in capitals or with something around it is refused', () => {
    const header = sign(body, 'new');
    for (const wrong of [
      header.toUpperCase(),
      header.slice(7),
      ` ${header}`,
      `${header} `,
      header.replace('256', '1'),
    ]) {
      expect(verifySignature(request({ body, headers: { 'x-hub-signature-256': wrong } }), ['new'])).toBe(false);
    }
    expect(verifySignature(request({ body, headers: { 'x-hub-signature': header } }), ['new'])).toBe(false);
  });
});

describe('the handshake', () => {
  const ask = (query: string) =>
    request({ method: 'GET', publicUrl: `https://hooks.example.com/webhooks/whatsapp/ch_1?${query}` });

  test('gives back exactly the challenge, whatever the order of the parameters', () => {
    const right = { status: 200, contentType: 'text/plain', body: '1158201444' };
    expect(answerHandshake(ask('hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=t'), 't')).toEqual(right);
    expect(answerHandshake(ask('hub.verify_token=t&hub.mode=subscribe&hub.challenge=1158201444'), 't')).toEqual(right);
  });

  test('is refused with a wrong token, another mode, no challenge, or where we have no token', () => {
    const refused = { status: 403 };
    expect(answerHandshake(ask('hub.mode=subscribe&hub.challenge=1&hub.verify_token=wrong'), 't')).toEqual(refused);
    expect(answerHandshake(ask('hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=t'), 't')).toEqual(refused);
    expect(answerHandshake(ask('hub.mode=subscribe&hub.verify_token=t'), 't')).toEqual(refused);
    expect(answerHandshake(ask('hub.mode=subscribe&hub.challenge=1&hub.verify_token='), '')).toEqual(refused);
    expect(answerHandshake(ask('hub.mode=subscribe&hub.challenge=1'), undefined)).toEqual(refused);
    expect(answerHandshake(request({ method: 'GET', publicUrl: 'not a URL' }), 't')).toEqual(refused);
  });

  test('is not what a POST is', () => expect(answerHandshake(request({}), 't')).toBeUndefined());
});

describe('a time', () => {
  const fallback = new Date('2026-01-01T00:00:00Z');
  const read = (value: unknown): string => readTime(value, fallback).toISOString();

  test('is seconds below 10¹² and milliseconds from there, as text or number', () => {
    expect(read('1791001000')).toBe('2026-10-03T04:16:40.000Z');
    expect(read(1791001000)).toBe('2026-10-03T04:16:40.000Z');
    expect(read('1791001000123')).toBe('2026-10-03T04:16:40.123Z');
    expect(read(1791001000123)).toBe('2026-10-03T04:16:40.123Z');
  });

  test('that cannot be one is the time it came', () => {
    for (const value of [undefined, null, '', 'soon', -1, 0, Number.NaN, 1e300, {}, []]) {
      expect(read(value), String(value)).toBe(fallback.toISOString());
    }
  });
});

describe('the table of errors', () => {
  test.each([
    [190, 463, 'bad_credentials'],
    [10, undefined, 'bad_credentials'],
    [10, 2018278, 'window_closed'],
    [10, 2018108, 'bad_credentials'],
    [100, undefined, 'rejected'],
    [100, 33, 'bad_credentials'],
    [100, 2018001, 'invalid_recipient'],
    [200, undefined, 'bad_credentials'],
    [299, undefined, 'bad_credentials'],
    [551, 1545041, 'invalid_recipient'],
    [200, 1545041, 'invalid_recipient'],
    [10, 1545041, 'window_closed'],
    [131047, undefined, 'window_closed'],
    [131050, undefined, 'opted_out'],
    [131026, undefined, 'invalid_recipient'],
    [131053, undefined, 'content_refused'],
    [132012, undefined, 'content_refused'],
    [130429, undefined, 'rate_limited'],
    [131016, undefined, 'unavailable'],
    [undefined, 2534068, 'rejected'],
  ] as const)('says of %s/%s: %s', (code, subcode, ours) => expect(findGraphError(code, subcode)?.ours).toBe(ours));

  test('knows nothing of codes it was not told of, and 230 (a profile without consent) is no error of sending', () => {
    expect(findGraphError(139999)).toBeUndefined();
    expect(findGraphError(230)).toBeUndefined();
    expect(findGraphError(131052)).toBeUndefined();
    expect(findGraphError(undefined)).toBeUndefined();
  });

  test('makes only one recipient wait for a pair limit, and the channel for others', () => {
    for (const rule of GRAPH_ERRORS) {
      expect(Object.keys(SEND_ERRORS)).toContain(rule.ours);
      if (rule.ours === 'rate_limited') expect(rule.scope).toBe(rule.code === 131056 ? 'recipient' : 'channel');
    }
  });

  test('has no line that an earlier one hides', () => {
    for (const rule of GRAPH_ERRORS) {
      for (const code of [rule.code ?? 7].flat()) {
        for (const subcode of rule.subcodes ?? [undefined])
          expect(findGraphError(code, subcode), rule.means).toBe(rule);
      }
    }
  });

  test('a report of a code nobody told us of is final', () => {
    expect(readProviderError({ code: 139999, title: 'New' })).toEqual({
      code: 'rejected',
      providerCode: '139999',
      providerMessage: 'New',
    });
  });
});

describe('a call of the Graph API', () => {
  const call = { method: 'POST', path: '/v26.0/1/messages', body: { a: 1 }, token: 'tok-1', secrets: ['sec-2'] };
  const failing = async (answer: { status: number; body?: unknown; rawBody?: string }): Promise<SendError> =>
    callGraph(call, scriptedIo('http://far', [answer])).then(
      () => expect.unreachable(),
      (error: SendError) => error,
    );

  test('carries the token in a header and never in the URL', async () => {
    const io = scriptedIo('http://far', [{ status: 200, body: { ok: true } }]);
    expect(await callGraph(call, io)).toEqual({ ok: true });
    expect(io.requests).toEqual([
      {
        method: 'POST',
        url: 'http://far/v26.0/1/messages',
        headers: { authorization: 'Bearer tok-1', 'content-type': 'application/json' },
        body: '{"a":1}',
      },
    ]);
  });

  test('keeps Meta’s code, sentence and trace, and takes secrets out of the sentence', async () => {
    const error = await failing({
      status: 400,
      body: {
        error: {
          message: 'no',
          code: 190,
          error_subcode: 463,
          fbtrace_id: 'AbC',
          error_data: { details: 'tok-1 and sec-2' },
        },
      },
    });
    expect(error.detail).toMatchObject({
      providerCode: '190/463',
      providerMessage: '******** and ********',
      traceId: 'AbC',
    });
  });

  test('that succeeds with something nobody can read is unknown', async () => {
    expect(await failing({ status: 200, rawBody: '<html>' })).toBeInstanceOf(UnknownOutcome);
    expect(await failing({ status: 204 })).toBeInstanceOf(UnknownOutcome);
  });

  test('that fails without a code is judged by its status', async () => {
    expect(await failing({ status: 503, rawBody: '<html>' })).toMatchObject({ code: 'unavailable' });
    expect(await failing({ status: 429 })).toMatchObject({ code: 'rate_limited', detail: { scope: 'channel' } });
    expect(await failing({ status: 413 })).toMatchObject({ code: 'too_large' });
    expect(await failing({ status: 403, rawBody: 'who are you' })).toMatchObject({ code: 'unexpected' });
  });
});
