import { SendError } from '@tributary/protocol';
import { describe, expect, test } from 'vitest';
import type { HttpRequest, Io } from '../adapter.ts';
import { type ScriptedIo, scriptedIo } from '../testing/io.ts';
import type { TelegramConfig } from './config.ts';
import { telegram } from './index.ts';
import { call } from './target.ts';

/** Files of a bot: up as forms, down by getFile. */

const config: TelegramConfig = {
  botToken: '7000000001:TEST-telegram-bot-token-not-real0001',
  webhookSecret: 'tg-secret_demo-0001',
};
const ok = (result: unknown) => ({ status: 200, body: { ok: true, result } });
const no = (description: string, error_code = 400) => ({
  status: error_code,
  body: { ok: false, error_code, description },
});
const message = { message_id: 7, chat: { id: 5 }, date: 1_789_001_000 };
const photo = {
  bytes: new TextEncoder().encode('bytes of a picture'),
  mimeType: 'image/png',
  filename: 'kätzchen "1".png',
};
const link = 'https://cdn.example.com/report.docx';
const files = { media_1: photo, media_2: { ...photo, filename: undefined }, [link]: photo };
const io = (...answers: Parameters<typeof scriptedIo>[1]): ScriptedIo =>
  scriptedIo('http://127.0.0.1:9/tg', answers, { files });

async function formOf(request: HttpRequest | undefined): Promise<Record<string, unknown>> {
  const body = Buffer.from(String(request?.body), 'latin1');
  expect(request?.headers?.['content-length']).toBe(String(body.length));
  const form = await new Response(body, { headers: { 'content-type': request!.headers!['content-type']! } }).formData();
  const read: Record<string, unknown> = {};
  for (const [name, value] of form)
    read[name] = typeof value === 'string' ? value : [value.name, value.type, await value.text()];
  return read;
}

describe('a stored file', () => {
  test('goes up as a form, with everything else beside it', async () => {
    const line = io(ok(message));
    const request = call('sendPhoto', {
      chat_id: 5,
      photo: { mediaId: 'media_1' },
      caption: 'Ünd “so” \ud83d',
      reply_markup: { inline_keyboard: [] },
    });
    expect(request.encoding).toBe('multipart');
    expect((await telegram.send(request, config, line)).externalIds).toEqual(['5:7']);
    expect(await formOf(line.requests[0])).toEqual({
      chat_id: '5',
      caption: 'Ünd “so” \ufffd',
      reply_markup: '{"inline_keyboard":[]}',
      photo: ['k_tzchen _1_.png', 'image/png', 'bytes of a picture'],
    });
  });

  test('in an album stands beside it, and gets a name where it has none', async () => {
    const line = io(ok([message, { ...message, message_id: 8 }]));
    const request = call('sendMediaGroup', {
      chat_id: 5,
      media: [
        { type: 'photo', media: 'attach://file0' },
        { type: 'photo', media: 'https://cdn.example.com/2.jpg' },
      ],
      file0: { mediaId: 'media_2' },
    });
    expect((await telegram.send(request, config, line)).externalIds).toEqual(['5:7', '5:8']);
    expect(await formOf(line.requests[0])).toMatchObject({ file0: ['file.png', 'image/png', 'bytes of a picture'] });
  });

  test('of a shape that Telegram shows no picture of goes as a document', async () => {
    for (const photo of [{ mediaId: 'media_1' }, 'https://cdn.example.com/wide.png']) {
      const line = io(no('Bad Request: PHOTO_INVALID_DIMENSIONS'), ok(message));
      const sent = await telegram.send(call('sendPhoto', { chat_id: 5, photo, caption: 'Map' }), config, line);
      expect(sent.externalIds).toEqual(['5:7']);
      expect(line.requests[1]!.url).toMatch(/\/sendDocument$/);
      if (typeof photo === 'string')
        expect(JSON.parse(String(line.requests[1]!.body))).toMatchObject({ document: photo });
      else
        expect(await formOf(line.requests[1])).toMatchObject({
          caption: 'Map',
          document: [expect.any(String), 'image/png', 'bytes of a picture'],
        });
    }
  });

  test('that is gone is refused before Telegram hears of it', async () => {
    const line = io();
    const request = call('sendPhoto', { chat_id: 5, photo: { mediaId: 'media_3' } });
    await expect(telegram.send(request, config, line)).rejects.toMatchObject({ code: 'content_refused' });
    expect(line.requests).toEqual([]);
  });
});

describe('a link that Telegram does not fetch', () => {
  test.each([
    'Bad Request: failed to get HTTP URL content',
    'Bad Request: wrong type of the web page content',
    'Bad Request: wrong file identifier/HTTP URL specified',
  ])('is fetched by us and uploaded: %s', async (description) => {
    const line = io(no(description), ok(message));
    const request = call('sendDocument', { chat_id: 5, document: link, caption: 'Report' });
    expect((await telegram.send(request, config, line)).externalIds).toEqual(['5:7']);
    expect(await formOf(line.requests[1])).toEqual({
      chat_id: '5',
      caption: 'Report',
      document: ['k_tzchen _1_.png', 'image/png', 'bytes of a picture'],
    });
  });

  test('is so in an album and in an edit too', async () => {
    for (const [method, media] of [
      ['sendMediaGroup', [{ type: 'document', media: link }]],
      ['editMessageMedia', { type: 'document', media: link }],
    ] as const) {
      const line = io(no('Bad Request: failed to get HTTP URL content'), ok(message));
      await telegram.send(call(method, { chat_id: 5, media }), config, line);
      const form = await formOf(line.requests[1]);
      expect(form.media).toContain('attach://link0');
      expect(form.link0).toEqual(['k_tzchen _1_.png', 'image/png', 'bytes of a picture']);
    }
  });

  test('stays refused where we cannot fetch it either, or Telegram takes the bytes no more than the link', async () => {
    const refusal = no('Bad Request: failed to get HTTP URL content');
    const unknown = call('sendDocument', { chat_id: 5, document: 'https://cdn.example.com/none.docx' });
    await expect(telegram.send(unknown, config, io(refusal))).rejects.toMatchObject({ code: 'content_refused' });
    const known = call('sendDocument', { chat_id: 5, document: link });
    await expect(telegram.send(known, config, io(refusal, refusal))).rejects.toMatchObject({ code: 'content_refused' });
  });
});

describe('a file of a customer', () => {
  const media = { ref: { file_id: 'AgAC', file_unique_id: 'AQ' } };
  const request = {
    via: 'http' as const,
    method: 'POST',
    publicUrl: '',
    headers: {},
    body: new Uint8Array(),
    receivedAt: new Date(),
  };
  const fetchMedia = (line: Io, asked = media) => telegram.fetchMedia!(asked, config, line, request);

  test('is asked for, and fetched from where Telegram says', async () => {
    const line = io(ok({ file_id: 'AgAC', file_path: 'photos/file 1.jpg' }), { status: 200, rawBody: 'bytes' });
    const file = await fetchMedia(line);
    const chunks: Uint8Array[] = [];
    for await (const chunk of file.body) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toBe('bytes');
    expect(line.requests.map(({ url }) => url.replace(config.botToken, 'TOKEN'))).toEqual([
      'http://127.0.0.1:9/tg/botTOKEN/getFile',
      'http://127.0.0.1:9/tg/file/botTOKEN/photos/file%201.jpg',
    ]);
  });

  test.each([
    ['larger than 20 MB', [no('Bad Request: file is too big')], 'too_large'],
    ['of another bot', [no('Bad Request: wrong file_id or the file is temporarily unavailable')], 'content_refused'],
    ['whose path leads out', [ok({ file_path: '../../etc/passwd' })], 'content_refused'],
    ['on the disk of a server in local mode', [ok({ file_path: '/var/lib/bot/1.jpg' })], 'content_refused'],
    ['whose place has expired', [ok({ file_path: 'a.jpg' }), { status: 404 }], 'content_refused'],
    ['while Telegram has troubles', [ok({ file_path: 'a.jpg' }), { status: 502 }], 'unavailable'],
    ['with a token that was revoked', [no('Unauthorized', 401)], 'bad_credentials'],
  ] as const)('%s ends with a reason', async (_what, answers, code) => {
    await expect(fetchMedia(io(...answers))).rejects.toMatchObject({ name: 'SendError', code });
  });

  test('tells no token when the way is broken', async () => {
    const line = io(ok({ file_path: 'a.jpg' }));
    line.download = async ({ url }) => {
      throw new SendError('unavailable', { providerMessage: `${url} failed` });
    };
    const error: Error = await fetchMedia(line).then(
      () => new Error('It came.'),
      (thrown) => thrown,
    );
    expect(error.message).toContain('failed');
    expect(`${error.stack} ${JSON.stringify(error)}`).not.toContain('TEST-telegram');
  });
});
