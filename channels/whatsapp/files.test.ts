import { UnknownOutcome } from '@tributary/protocol';
import { describe, expect, test } from 'vitest';
import type { Io } from '../adapter.ts';
import { type ScriptedIo, scriptedIo } from '../testing/io.ts';
import type { WhatsAppConfig } from './config.ts';
import { whatsapp } from './index.ts';

/** Files of a number: uploaded before the message that holds them, fetched by id and token. */

const config: WhatsAppConfig = {
  phoneNumberId: '106540000000001',
  businessAccountId: '102290000000001',
  accessToken: 'test-access-token-EAAB0001',
  verifyToken: 'test-whatsapp-verify-token-0001',
  appSecret: 'test-whatsapp-app-secret-0001',
};
const base = 'http://127.0.0.1:9/meta';
const files = { media_1: { bytes: new TextEncoder().encode('bytes of a paper'), mimeType: 'application/pdf' } };
const io = (...answers: Parameters<typeof scriptedIo>[1]): ScriptedIo => scriptedIo(base, answers, { files });
const taken = { status: 200, body: { messaging_product: 'whatsapp', messages: [{ id: 'wamid.1' }] } };
const messages = {
  method: 'POST' as const,
  path: '/v26.0/106540000000001/messages',
  name: 'send document',
  body: { type: 'document', document: { upload: { mediaId: 'media_1', filename: 'é "1".pdf' }, caption: 'See' } },
};

describe('a stored file', () => {
  test('is uploaded, and its id stands in the message', async () => {
    const line = io({ status: 200, body: { id: '1003383421387256' } }, taken);
    expect((await whatsapp.send(messages, config, line)).externalIds).toEqual(['wamid.1']);
    const [upload, message] = line.requests;
    expect(upload).toMatchObject({
      method: 'POST',
      url: `${base}/v26.0/106540000000001/media`,
      headers: { authorization: `Bearer ${config.accessToken}` },
    });
    const sent = Buffer.from(String(upload!.body), 'latin1');
    expect(upload!.headers!['content-length']).toBe(String(sent.length));
    const form = await new Response(sent, { headers: upload!.headers! }).formData();
    const file = form.get('file') as File;
    expect([form.get('messaging_product'), form.get('type')]).toEqual(['whatsapp', 'application/pdf']);
    expect([file.name, file.type, await file.text()]).toEqual(['_ _1_.pdf', 'application/pdf', 'bytes of a paper']);
    expect(JSON.parse(String(message!.body))).toEqual({
      type: 'document',
      document: { id: '1003383421387256', caption: 'See' },
    });
  });

  test.each([
    [
      'refuses the file',
      { status: 400, body: { error: { code: 131053, message: 'Media upload error' } } },
      'content_refused',
    ],
    [
      'has troubles',
      { status: 503, body: { error: { code: 2, message: 'Service temporarily unavailable' } } },
      'unavailable',
    ],
    ['takes it without a name', { status: 200, body: {} }, 'unexpected'],
    ['does not answer', new UnknownOutcome('no answer'), 'unavailable'],
  ] as const)('is not sent where Meta %s', async (_how, answer, code) => {
    const line = io(answer);
    await expect(whatsapp.send(messages, config, line)).rejects.toMatchObject({ name: 'SendError', code });
    expect(line.requests).toHaveLength(1);
  });
});

describe('a file of a customer', () => {
  const request = {
    via: 'http' as const,
    method: 'POST',
    publicUrl: '',
    headers: {},
    body: new Uint8Array(),
    receivedAt: new Date(),
  };
  const fetchMedia = (line: Io, ref: Record<string, unknown> = { id: '42' }) =>
    whatsapp.fetchMedia!({ ref }, config, line, request);
  const told = (url: string) => ({ status: 200, body: { url, mime_type: 'audio/ogg; codecs=opus', id: '42' } });

  test('is asked for by its id, and fetched with the token', async () => {
    const line = io(told(`${base}/lookaside/?mid=42`), { status: 200, rawBody: 'bytes' });
    const file = await fetchMedia(line);
    expect(file.mimeType).toBe('audio/ogg; codecs=opus');
    expect(line.requests.map(({ url }) => url)).toEqual([`${base}/v26.0/42`, `${base}/lookaside/?mid=42`]);
    expect(line.requests[1]!.headers).toEqual({ authorization: `Bearer ${config.accessToken}` });
  });

  test.each([
    ['https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=42', true],
    ['https://scontent.fbcdn.net/42', true],
    ['http://lookaside.fbsbx.com/42', false],
    ['https://lookaside.fbsbx.com.evil.example/42', false],
    ['https://evilfbsbx.com/42', false],
  ])('is asked of %s with the token: %s', async (url, trusted) => {
    const line = io(told(url), { status: 200, rawBody: 'bytes' });
    await fetchMedia(line);
    expect(line.requests[1]!.headers !== undefined).toBe(trusted);
  });

  test.each([
    ['without an id', {}, [], 'content_refused'],
    [
      'that Meta forgot',
      { id: '42' },
      [{ status: 400, body: { error: { code: 100, error_subcode: 33, message: 'Unsupported get request.' } } }],
      'rejected',
    ],
    ['whose link has expired meanwhile', { id: '42' }, [told(`${base}/x`), { status: 404 }], 'unavailable'],
    ['whose link is none', { id: '42' }, [told('nothing')], 'content_refused'],
    [
      'with a token that was revoked',
      { id: '42' },
      [{ status: 401, body: { error: { code: 190, message: 'Expired' } } }],
      'bad_credentials',
    ],
  ] as const)('%s ends with a reason', async (_what, ref, answers, code) => {
    const error = await fetchMedia(io(...answers), ref).then(
      () => undefined,
      (thrown) => thrown,
    );
    expect(error, String(error)).toMatchObject({ name: 'SendError' });
    if (code !== 'rejected') expect(error).toMatchObject({ code });
    else expect(error.retry).toBe(false);
  });
});
