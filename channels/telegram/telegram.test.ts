import { SendError } from '@tributary/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { InboundEvent, InboundEventOf, InboundRequest } from '../adapter.ts';
import { parseJson } from '../common/big_integers.ts';
import { botApiSpec } from '../testing/botapi.ts';
import type { AnswerFixtureHttp } from '../testing/fixtures.ts';
import { scriptedIo } from '../testing/io.ts';
import { testChannel } from '../testing/suite.ts';
import type { TelegramConfig } from './config.ts';
import { plainOf } from './html.ts';
import { telegram } from './index.ts';
import { isUsable } from './keyboard.ts';
import { ALLOWED_UPDATES } from './payloads.ts';

const config: TelegramConfig = {
  botToken: '7000000001:TEST-telegram-bot-token-not-real0001',
  webhookSecret: 'tg-secret_demo-0001',
  botUsername: 'acme_helper_demo_bot',
};
const spec = botApiSpec(new URL('./fixtures/spec.json', import.meta.url));

testChannel(telegram, {
  config,
  fixtures: new URL('./fixtures/', import.meta.url),
  proof: { header: 'X-Telegram-Bot-Api-Secret-Token', over: 'token' },
  spec,
  to: { kind: 'user_id', value: '700100201' },
  externalId: '700100201:501',
});

const asRequest = (body: unknown): InboundRequest => ({
  via: 'http',
  method: 'POST',
  publicUrl: 'https://hooks.example.com/webhooks/telegram/ch_1',
  headers: {},
  body: new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body)),
  receivedAt: new Date('2026-11-20T12:00:00Z'),
});
const hook = { url: 'https://hooks.example.com/webhooks/telegram/ch_1' };
const ok = (result: unknown): AnswerFixtureHttp => ({ status: 200, body: { ok: true, result } });
const bot = ok({ id: 7000000001, is_bot: true, first_name: 'Acme Helper', username: 'acme_helper_demo_bot' });
const refused: AnswerFixtureHttp = { status: 401, body: { ok: false, error_code: 401, description: 'Unauthorized' } };

describe('numbers beyond 2^53', () => {
  const integer = fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n });

  test('never collide, wherever they stand', () => {
    fc.assert(
      fc.property(integer, integer, (a, b) => {
        const [x, y] = parseJson(`[${a}, {"id":${b}}]`) as [unknown, { id: unknown }];
        expect(String(x)).toBe(String(a));
        expect(String(y.id)).toBe(String(b));
      }),
    );
    expect(parseJson('9007199254740993')).toBe('9007199254740993');
  });

  test('leave everything else as JSON.parse reads it', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        const digits = (_: string, value: unknown) =>
          Number.isInteger(value) && !Number.isSafeInteger(value) && /^-?\d+$/.test(String(value))
            ? String(value)
            : value;
        expect(parseJson(json)).toEqual(JSON.parse(json, digits));
      }),
    );
    for (const text of [
      '{"a":"x 12345678901234567890"}',
      '[1.2345678901234567890]',
      '[1e30]',
      '[-0.0000000000000000001]',
    ]) {
      expect(parseJson(text)).toEqual(JSON.parse(text));
    }
  });

  test('do not make bad JSON good', () => {
    for (const text of [
      '["12345678901234567890]',
      '[ 12345678901234567890',
      '{ 12345678901234567890:1}',
      '[01234567890123456789]',
    ]) {
      expect(() => parseJson(text)).toThrow(SyntaxError);
    }
  });
});

describe('a tap', () => {
  test('is acknowledged, so that its button stops spinning', () => {
    const [tap] = telegram.parse(
      asRequest({
        update_id: 1,
        callback_query: { id: '77', from: { id: 5, is_bot: false, first_name: 'A' }, data: 'x' },
      }),
      config,
    );
    const requests = telegram.acknowledge?.(tap!, config) ?? [];
    expect(requests).toEqual([
      { method: 'POST', path: '/answerCallbackQuery', name: 'answerCallbackQuery', body: { callback_query_id: '77' } },
    ]);
    expect(requests.flatMap(spec)).toEqual([]);
  });

  test('has the time at which we heard of it, because it has none of its own', () => {
    const [tap] = telegram.parse(
      asRequest({
        update_id: 1,
        callback_query: {
          id: '77',
          from: { id: 5 },
          data: 'x',
          message: { message_id: 1, chat: { id: 5, type: 'private' }, date: 1000 },
        },
      }),
      config,
    );
    expect(tap!.at).toEqual(new Date('2026-11-20T12:00:00Z'));
  });

  test('brings back whatever payload of 64 bytes was rendered', () => {
    const context = {
      to: { kind: 'user_id' as const, value: '5' },
      thread: { key: '5', kind: 'direct' as const },
      partKey: 'dlv_0.0',
      callbackUrl: '',
      now: new Date(),
      locale: 'en',
    };
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            text: fc.string({ minLength: 1 }),
            payload: fc.string({ unit: 'binary', minLength: 1 }).filter((text) => Buffer.byteLength(text) <= 64),
          }),
          { minLength: 1, maxLength: 20 },
        ),
        (actions) => {
          const content = {
            type: 'text' as const,
            text: '?',
            actions: actions.map((one) => ({ type: 'reply' as const, ...one })),
          };
          const [request] = telegram.render({ content }, context, config);
          expect(spec(request!)).toEqual([]);
          const { inline_keyboard } = (
            request!.body as { reply_markup: { inline_keyboard: { callback_data: string }[][] } }
          ).reply_markup;
          expect(inline_keyboard.flat().map((button) => button.callback_data)).toEqual(
            actions.map((one) => one.payload),
          );
        },
      ),
    );
  });
});

describe('a message nobody named the bot in', () => {
  test('is to the bot’s id while its name is unknown', () => {
    const events = telegram.parse(
      asRequest({
        update_id: 1,
        message: { message_id: 1, date: 1, chat: { id: 5, type: 'private' }, from: { id: 5 }, text: 'x' },
      }),
      { botToken: config.botToken },
    ) as [InboundEventOf<'message'>];
    expect(events[0].to).toBe('7000000001');
  });
});

describe('verify', () => {
  test('refuses everything while there is no secret', () => {
    const request = { ...asRequest({}), headers: { 'x-telegram-bot-api-secret-token': '' } };
    expect(telegram.verify(request, { botToken: config.botToken })).toBe(false);
    expect(telegram.verify({ ...request, headers: {} }, { botToken: config.botToken })).toBe(false);
  });

  test('has a secret made for it', () => {
    expect(telegram.defaults?.({ botToken: '1:a' }, () => 'x'.repeat(32))).toEqual({
      botToken: '1:a',
      webhookSecret: 'x'.repeat(32),
    });
  });
});

describe('connecting', () => {
  test('learns the bot’s name and registers our URL for every update we can read', async () => {
    const io = scriptedIo('http://127.0.0.1:9', [bot, ok(true)]);
    expect(await telegram.connect?.(config, io, hook)).toEqual({
      account: '7000000001',
      name: 'Acme Helper',
      config: { botUsername: 'acme_helper_demo_bot' },
    });
    const body = JSON.parse(String(io.requests[1]!.body)) as Record<string, unknown>;
    expect(body).toEqual({
      url: hook.url,
      secret_token: config.webhookSecret,
      allowed_updates: [...ALLOWED_UPDATES],
      max_connections: 40,
    });
    expect(spec({ method: 'POST', path: '/setWebhook', name: 'setWebhook', body })).toEqual([]);
  });

  test('asks for the updates that Telegram leaves out unless they are named', () => {
    expect(ALLOWED_UPDATES).toContain('message_reaction');
    for (const name of ALLOWED_UPDATES) {
      const [event] = telegram.parse(asRequest({ update_id: 1, [name]: {} }), config) as [InboundEventOf<'ignored'>];
      expect(event.reason, 'it has a parser').not.toContain('no use for');
    }
  });

  test('fails with the provider’s sentence and without the token', async () => {
    const failed = await telegram
      .connect?.(config, scriptedIo('http://127.0.0.1:9', [refused]), hook)
      .catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 'bad_credentials', message: 'Unauthorized' });
    expect((failed as SendError).stack).not.toContain('TEST-telegram');
  });

  test('ends by telling Telegram to stop', async () => {
    const io = scriptedIo('http://127.0.0.1:9', [ok(true)]);
    await telegram.disconnect?.(config, io);
    expect(io.requests[0]!.url).toMatch(/\/deleteWebhook$/);
  });
});

describe('probing', () => {
  const probe = async (info: object) =>
    (await telegram.probe?.(config, scriptedIo('http://127.0.0.1:9', [bot, ok(info)]), hook)) ?? [];
  const webhook = async (info: object) => (await probe(info)).find((finding) => finding.name === 'webhook');
  const good = { url: hook.url, pending_update_count: 0, allowed_updates: [...ALLOWED_UPDATES] };

  test('finds nothing wrong with a connected bot', async () => {
    expect((await probe(good)).every((finding) => finding.ok)).toBe(true);
  });

  test.each([
    ['no URL', { ...good, url: '' }, /no URL/],
    ['another URL', { ...good, url: 'https://elsewhere.example/' }, /another URL/],
    ['an older list of updates', { ...good, allowed_updates: ['message'] }, /message_reaction/],
    [
      'calls that fail',
      { ...good, pending_update_count: 7, last_error_date: 1789000000, last_error_message: 'Connection refused' },
      /Connection refused/,
    ],
  ])('finds %s and says what to do', async (_, info, says) => {
    const finding = await webhook(info);
    expect(finding).toMatchObject({ ok: false, message: expect.stringMatching(says) as string });
    expect(finding!.remedy).toBeTruthy();
  });

  test('finds a token that was revoked', async () => {
    const findings = await telegram.probe?.(config, scriptedIo('http://127.0.0.1:9', [refused]), hook);
    expect(findings).toMatchObject([
      { name: 'credentials', ok: false, remedy: expect.stringContaining('@BotFather') as string },
    ]);
  });
});

describe('a person', () => {
  test('has a name, and a picture whose link no browser may see', async () => {
    const chat = ok({
      id: 5,
      type: 'private',
      first_name: 'Ana',
      last_name: 'Prado',
      username: 'ana',
      photo: { small_file_id: 's', big_file_id: 'b' },
    });
    const io = scriptedIo('http://127.0.0.1:9', [chat]);
    expect(await telegram.profile?.({ kind: 'user_id', value: '5' }, config, io)).toEqual({
      name: 'Ana Prado',
      username: 'ana',
      pictureRef: { file_id: 'b' },
    });
  });

  test('is brought over by a link that says /start', () => {
    expect(telegram.deepLink?.('lnk_7Hq2xW9Zb4', config)).toEqual({
      url: 'https://t.me/acme_helper_demo_bot?start=lnk_7Hq2xW9Zb4',
    });
    expect(() => telegram.deepLink?.('with space', config)).toThrow();
    expect(() => telegram.deepLink?.('x', { botToken: config.botToken })).toThrow(/connect/);
  });

  test.each([
    ['700100201', 'user_id'],
    ['-1001900000123', 'chat'],
    ['@acme_news_demo', 'chat'],
  ])('or chat is addressed as %s', (text, kind) => {
    expect(telegram.address(` ${text}`, config)).toEqual({ kind, value: text });
  });

  test.each(['+5511999990000', '12.5', 'ana', '0', '@a b'])('is not addressed as %s', (text) => {
    expect(telegram.address(text, config)).toBeUndefined();
  });
});

describe('what Telegram would refuse', () => {
  test.each([
    ['http://localhost:3000/', false],
    ['https://shop.example/a b', false],
    ['mailto:a@b.example', false],
    ['tel:+55119', false],
    ['https://shop.example/', true],
    ['http://127.0.0.1:3000/', true],
    ['tg://user?id=5', true],
  ])('as a link: %s usable is %s', (url, usable) => {
    expect(isUsable(url)).toBe(usable);
  });

  test('as a file: one without a link', () => {
    const context = {
      to: { kind: 'user_id' as const, value: '5' },
      thread: { key: '5', kind: 'direct' as const },
      partKey: '',
      callbackUrl: '',
      now: new Date(),
      locale: 'en',
    };
    expect(() =>
      telegram.render({ content: { type: 'image', media: { filename: 'a.jpg' } } }, context, config),
    ).toThrow(SendError);
  });

  test('as Unicode: half a surrogate pair is mended on the way out', async () => {
    const io = scriptedIo('http://127.0.0.1:9', [ok({ message_id: 1, chat: { id: 5 } })]);
    await telegram.send(
      { method: 'POST', path: '/sendMessage', name: 'sendMessage', body: { chat_id: 5, text: 'half \ud83d' } },
      config,
      io,
    );
    expect(JSON.parse(String(io.requests[0]!.body))).toEqual({ chat_id: 5, text: 'half \ufffd' });
  });
});

test('plain text of its HTML keeps every word', () => {
  expect(plainOf('<b>a</b> &lt;b&gt; 1 < 2 <i class="x">c</i> <a href="https://x.example">d</a> <no> &amp;lt;')).toBe(
    'a <b> 1 < 2 c d (https://x.example) <no> &lt;',
  );
});

test('a thousand updates are parsed in well under a second', () => {
  const body = asRequest({
    update_id: 1,
    message: {
      message_id: 1,
      date: 1,
      chat: { id: 5, type: 'private' },
      from: { id: 5, first_name: 'A' },
      text: 'hello',
    },
  });
  const start = performance.now();
  let events: InboundEvent[] = [];
  for (let i = 0; i < 1000; i++) events = telegram.parse(body, config);
  expect(events).toHaveLength(1);
  expect(performance.now() - start).toBeLessThan(500);
});
