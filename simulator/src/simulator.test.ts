import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { quiet, type Receiver, sleep, startReceiver } from '../test/receiver.ts';
import type { Account, LabEvent } from './control.ts';
import { type Simulator, startSimulator } from './simulator.ts';

let lab: Simulator;
let platform: Receiver;
let bot: Account;
let shop: Account;
const ana = 700100201;

beforeAll(async () => {
  lab = await startSimulator({ settings: { retryFirstMs: 20, retryMaxMs: 80, autoReadMs: null } });
  platform = await startReceiver();
});
afterAll(async () => {
  await lab.stop();
  await platform.stop();
});
beforeEach(async () => {
  await quiet(lab, platform);
  lab.reset(true);
  platform.got.length = 0;
  bot = lab.account({ provider: 'telegram', webhookUrl: platform.url });
  shop = lab.account({ provider: 'whatsapp', webhookUrl: platform.url });
});

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into deeply.
type Any = any;
async function control(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Any> {
  const answer = await fetch(`${lab.url}/lab${path}`, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, headers: answer.headers, json: await answer.json().catch(() => undefined) };
}
const telegram = (text: string, signal?: AbortSignal) =>
  fetch(`${lab.url}/telegram/bot${bot.credentials.botToken}/sendMessage`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ chat_id: ana, text }),
    ...(signal ? { signal } : {}),
  });
const whatsapp = (text: string) =>
  fetch(`${lab.url}/meta/v26.0/${shop.account}/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${shop.credentials.accessToken}` },
    body: JSON.stringify({ messaging_product: 'whatsapp', to: '+12025550142', type: 'text', text: { body: text } }),
  });
const texts = () =>
  platform.got.map(({ json }) => json.message?.text ?? json.entry[0].changes[0].value.messages?.[0].text.body);

describe('misbehaviour', () => {
  it('is the same again with the same seed', async () => {
    lab.act('telegram', bot.account, 'ana', { do: 'text', text: 'hi' });
    const day = async () => {
      lab.misbehave({ telegram: { rateLimit: 0.3, retryAfterSeconds: 7, serverError: 0.3 }, seed: 42 });
      const codes = [];
      for (let n = 0; n < 12; n++) codes.push((await telegram(`${n}`)).status);
      return codes;
    };
    const first = await day();
    expect(new Set(first)).toEqual(new Set([200, 429, 502]));
    expect(await day()).toEqual(first);
  });
  it('answers 429 with the seconds to wait, and Meta’s codes', async () => {
    lab.act('telegram', bot.account, 'ana', { do: 'text', text: 'hi' });
    lab.act('whatsapp', shop.account, 'ana', { do: 'text', text: 'hi' });
    lab.misbehave({ telegram: { rateLimit: 1, retryAfterSeconds: 7 }, whatsapp: { rateLimit: 1 } });
    expect(await (await telegram('x')).json()).toEqual({
      ok: false,
      error_code: 429,
      description: 'Too Many Requests: retry after 7',
      parameters: { retry_after: 7 },
    });
    expect(await (await whatsapp('x')).json()).toMatchObject({ error: { code: 130429 } });
    lab.misbehave({ telegram: { rateLimit: 0 }, whatsapp: { rateLimit: 0, serverError: 1 } });
    expect((await telegram('x')).status).toBe(200);
    const failed = await whatsapp('x');
    expect([500, 503]).toContain(failed.status);
    expect([131000, 131016]).toContain(((await failed.json()) as Any).error.code);
  });
  it('hangs with the work done', async () => {
    lab.act('telegram', bot.account, 'ana', { do: 'text', text: 'hi' });
    lab.misbehave({ telegram: { hang: 1 } });
    await expect(telegram('did you get this?', AbortSignal.timeout(150))).rejects.toThrow();
    expect(lab.phone('telegram', bot.account, 'ana').messages.at(-1)!.text).toBe('did you get this?');
  });
  it('sends a webhook twice', async () => {
    lab.misbehave({ telegram: { duplicate: 1 }, whatsapp: { duplicate: 1 } });
    lab.act('telegram', bot.account, 'ana', { do: 'text', text: 'tg' });
    await platform.wait(undefined, 2);
    lab.act('whatsapp', shop.account, 'ana', { do: 'text', text: 'wa' });
    await platform.wait(undefined, 4);
    expect(texts()).toEqual(['tg', 'tg', 'wa', 'wa']);
    expect(platform.got[0]!.raw.equals(platform.got[1]!.raw)).toBe(true);
    expect(platform.got[2]!.raw.equals(platform.got[3]!.raw)).toBe(true);
    await sleep(20);
    expect(lab.events().filter((event) => event.type === 'webhook' && event.duplicate)).toHaveLength(2);
  });
  it('swaps a webhook with the next, and lets go of the last', async () => {
    lab.misbehave({ telegram: { reorder: 1 } });
    for (const text of ['one', 'two', 'three']) lab.act('telegram', bot.account, 'ana', { do: 'text', text });
    await platform.wait(undefined, 3);
    expect(texts()).toEqual(['two', 'one', 'three']);
  });
  it('holds receipts back, leaves them out, or sends them before the answer', async () => {
    const statuses = () =>
      platform.got.flatMap(
        ({ json }) => json.entry?.[0].changes.flatMap(({ value }: Any) => value.statuses ?? []) ?? [],
      );
    lab.configure({ receipts: 'instant' });
    lab.act('whatsapp', shop.account, 'ana', { do: 'text', text: 'hi' });
    lab.misbehave({ whatsapp: { lateReceiptMs: 120 } });
    await whatsapp('late');
    await sleep(60);
    expect(statuses()).toHaveLength(0);
    await sleep(120);
    expect(statuses()).toHaveLength(2);
    lab.misbehave({ whatsapp: { lateReceiptMs: 0, noReceipts: true } });
    await whatsapp('none');
    await sleep(40);
    expect(statuses()).toHaveLength(2);
    lab.misbehave({ whatsapp: { noReceipts: false, earlyReceipt: 1 } });
    const { messages } = (await (await whatsapp('early')).json()) as Any;
    expect(statuses().at(-1).id).toBe(messages[0].id);
  });
});

describe('the control API', () => {
  it('makes accounts once, and invents what is not given', async () => {
    const wanted = {
      provider: 'telegram',
      title: 'Mine',
      credentials: { botToken: '7000000009:abcdefghijklmnopqrstuvwxyz' },
    };
    const [first, second] = [await control('POST', '/accounts', wanted), await control('POST', '/accounts', wanted)];
    expect(second.json).toEqual(first.json);
    expect(first.json).toMatchObject({ provider: 'telegram', account: '7000000009', title: 'Mine' });
    expect(Object.keys(shop.credentials).sort()).toEqual([
      'accessToken',
      'appSecret',
      'businessAccountId',
      'displayPhoneNumber',
      'phoneNumberId',
      'verifyToken',
    ]);
    expect((await control('GET', '/accounts')).json).toHaveLength(3);
    expect((await control('POST', '/accounts', { provider: 'pigeon' })).status).toBe(400);
  });
  it('knows six people, Ana Prado first', async () => {
    const { json } = await control('GET', '/people');
    expect(json).toHaveLength(6);
    expect(json[0]).toMatchObject({ id: 'ana', name: 'Ana Prado', phone: '+12025550142', telegram: { id: ana } });
    for (const {
      telegram: { id },
    } of json)
      expect(Number.isSafeInteger(id)).toBe(true);
  });
  it('acts, shows phones, and says what is wrong with an act', async () => {
    const path = `/phones/telegram/${bot.account}/ana`;
    const acted = await control('POST', `${path}/acts`, { do: 'text', text: 'hi' });
    expect(acted.json.id).toMatch(/^700100201:\d+$/);
    expect((await control('GET', path)).json).toMatchObject({
      person: 'ana',
      blocked: false,
      typing: false,
      messages: [{ id: acted.json.id, from: 'customer', text: 'hi' }],
    });
    expect((await control('POST', `${path}/acts`, { do: 'dance' })).status).toBe(400);
    expect((await control('POST', `${path}/acts`, { do: 'text' })).json.error).toBe('text needs text, a string.');
    expect((await control('POST', `${path}/acts`, { do: 'choose', messageId: 'x', rowId: 'y' })).json.error).toBe(
      'Nobody can do "choose" on telegram.',
    );
    expect((await control('GET', '/phones/telegram/1/ana')).status).toBe(404);
    expect((await control('GET', `/phones/telegram/${bot.account}/nobody`)).status).toBe(404);
  });
  it('serves what was uploaded, pictures only as pictures', async () => {
    const upload = (mimeType: string) =>
      control('POST', `/phones/telegram/${bot.account}/ana/acts`, {
        do: 'document',
        filename: 'a',
        mimeType,
        base64: 'PGI+',
      });
    await upload('image/png');
    await upload('text/html');
    const [picture, page] = lab.phone('telegram', bot.account, 'ana').messages.map(({ mediaUrl }) => mediaUrl!);
    expect((await fetch(lab.url + picture)).headers.get('content-type')).toBe('image/png');
    const headers = (await fetch(lab.url + page)).headers;
    expect([headers.get('content-type'), headers.get('x-content-type-options')]).toEqual([
      'application/octet-stream',
      'nosniff',
    ]);
  });
  it('streams events and goes on where a page left', async () => {
    lab.act('telegram', bot.account, 'ana', { do: 'text', text: 'one' });
    await platform.wait();
    await sleep(20);
    const [first] = lab.events();
    const seen: LabEvent[] = [];
    const stop = new AbortController();
    const answer = await fetch(`${lab.url}/lab/events?person=ana`, {
      headers: { 'last-event-id': String(first!.seq) },
      signal: stop.signal,
    });
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    const reading = (async () => {
      let text = '';
      for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) {
        text += new TextDecoder().decode(chunk);
        seen.splice(0, seen.length, ...[...text.matchAll(/^data: (.*)$/gm)].map((match) => JSON.parse(match[1]!)));
      }
    })().catch(() => {});
    lab.act('telegram', bot.account, 'kofi', { do: 'text', text: 'not wanted' });
    lab.act('telegram', bot.account, 'ana', { do: 'text', text: 'two' });
    await platform.wait(undefined, 3);
    await sleep(40);
    stop.abort();
    await reading;
    expect(seen.map(({ type }) => type)).toEqual(['webhook', 'phone', 'phone', 'webhook', 'phone']);
    expect(seen[0]!.seq).toBe(first!.seq + 1);
    expect(seen.every(({ person }) => person === 'ana')).toBe(true);
    expect(seen[3]).toMatchObject({
      url: platform.url,
      status: 200,
      body: { message: { text: 'two' } },
      messageId: expect.stringMatching(/^700100201:/),
    });
  });
  it('lets pages of this machine in, and no others', async () => {
    const near = await control('GET', '/people', undefined, { origin: 'http://localhost:5173' });
    expect([near.status, near.headers.get('access-control-allow-origin')]).toEqual([200, 'http://localhost:5173']);
    expect((await control('GET', '/people', undefined, { origin: 'https://evil.example' })).status).toBe(403);
    const preflight = await fetch(`${lab.url}/lab/settings`, {
      method: 'OPTIONS',
      headers: { origin: 'http://127.0.0.1:3000' },
    });
    expect([preflight.status, preflight.headers.get('access-control-allow-methods')]).toEqual([
      204,
      'GET, POST, PUT, DELETE',
    ]);
    const form = await fetch(`${lab.url}/lab/reset`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: '{}',
    });
    expect(form.status).toBe(415);
  });
  it('changes settings and forgets everything but accounts on a reset', async () => {
    expect((await control('PUT', '/settings', { autoReadMs: 5, nonsense: 1, limits: 'yes' })).json).toMatchObject({
      autoReadMs: 5,
      limits: false,
    });
    expect((await control('PUT', '/misbehaviour', { whatsapp: { hang: 0.5 } })).json.whatsapp.hang).toBe(0.5);
    lab.act('telegram', bot.account, 'ana', { do: 'text', text: 'hi' });
    expect((await control('POST', '/reset', {})).json).toEqual({ ok: true });
    expect((await control('GET', '/misbehaviour')).json.whatsapp.hang).toBe(0);
    expect((await control('GET', '/settings')).json.autoReadMs).toBeNull();
    expect(lab.phone('telegram', bot.account, 'ana').messages).toEqual([]);
    expect((await control('GET', '/accounts')).json).toHaveLength(2);
  });
});

describe('a load', () => {
  it.each(['telegram', 'whatsapp'] as const)(
    'on %s is taken whole, in order, through failures, and accounted for',
    async (provider) => {
      lab.configure({ receipts: 'instant', autoReadMs: 0 });
      const account = provider === 'telegram' ? bot : shop;
      // A platform that fails now and then, answers by echo, and says one thing twice.
      let count = 0;
      platform.answer = () => ({ status: ++count % 7 === 0 ? 503 : 200 });
      const seen = new Set<string>();
      const answering: Promise<unknown>[] = [];
      const base = platform.answer;
      platform.answer = (received) => {
        const reply = base(received);
        if (reply.status !== 200) return reply;
        const heard: { key: string; to: Any; text: string }[] =
          provider === 'telegram'
            ? [{ key: received.json.update_id, to: received.json.message.chat.id, text: received.json.message.text }]
            : received.json.entry[0].changes.flatMap(({ value }: Any) =>
                (value.messages ?? []).map((message: Any) => ({
                  key: message.id,
                  to: `+${message.from}`,
                  text: message.text.body,
                })),
              );
        for (const { key, to, text } of heard) {
          if (seen.has(key)) continue;
          seen.add(key);
          const times = seen.size === 5 ? 2 : 1;
          for (let n = 0; n < times; n++) answering.push(echo(provider, to, text));
        }
        return reply;
      };
      const report = await lab.load({
        provider,
        account: account.account,
        people: 5,
        messages: 8,
        concurrency: 3,
        text: 'Hello',
      });
      await Promise.all(answering);
      expect(report).toMatchObject({ running: false, total: 40, sent: 40, acked: 40 });
      expect(report.failedAttempts).toBeGreaterThan(0);
      await sleep(60);
      const { json } = await control('GET', `/ledger?provider=${provider}&account=${account.account}`);
      expect(json.summary).toMatchObject({
        people: 5,
        sent: 40,
        acked: 40,
        answered: 40,
        unanswered: 0,
        doubled: 1,
        outOfOrder: 0,
      });
      if (provider === 'whatsapp')
        expect(json.summary.receipts).toEqual({ sent: 41, delivered: 41, read: 41, failed: 0 });
      expect(json.people[0].sent.map(({ n }: Any) => n)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
      expect(json.people[0].got[0]).toMatchObject({ text: 'Hello #1', count: expect.any(Number) });
      // A load leaves no events: it would drown the page.
      expect(lab.events()).toEqual([]);
    },
  );
  it('keeps a pace when given one, and needs a webhook', async () => {
    const started = Date.now();
    const report = await lab.load({ provider: 'telegram', account: bot.account, people: 20, messages: 2, rate: 200 });
    expect(report.acked).toBe(40);
    expect(Date.now() - started).toBeGreaterThan(150);
    const lonely = await control('POST', '/load', {
      provider: 'telegram',
      account: lab.account({ provider: 'telegram' }).account,
      people: 1,
      messages: 1,
    });
    expect(lonely.status).toBe(422);
  });

  function echo(provider: string, to: Any, text: string): Promise<unknown> {
    const [url, body, headers]: [string, unknown, Record<string, string>] =
      provider === 'telegram'
        ? [`/telegram/bot${bot.credentials.botToken}/sendMessage`, { chat_id: to, text }, {}]
        : [
            `/meta/v26.0/${shop.account}/messages`,
            { messaging_product: 'whatsapp', to, type: 'text', text: { body: text } },
            { authorization: `Bearer ${shop.credentials.accessToken}` },
          ];
    return new Promise((resolve) => {
      const asked = request(
        lab.url + url,
        { method: 'POST', headers: { 'content-type': 'application/json', ...headers } },
        (answer) => {
          expect(answer.statusCode).toBe(200);
          answer.resume().on('end', resolve);
        },
      );
      asked.end(JSON.stringify(body));
    });
  }
});

describe('the process', () => {
  it('says where it is in one line, and leaves with its parent', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lab-'));
    try {
      const outfile = join(folder, 'main.mjs');
      await build({
        entryPoints: [new URL('./main.ts', import.meta.url).pathname],
        bundle: true,
        platform: 'node',
        format: 'esm',
        outfile,
        logLevel: 'error',
        banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
      });
      const child = spawn(process.execPath, [outfile], {
        stdio: ['pipe', 'pipe', 'inherit'],
        env: { ...process.env, LAB_PORT: '0' },
      });
      const line = await new Promise<string>((resolve) =>
        child.stdout.once('data', (data: Buffer) => resolve(data.toString())),
      );
      const { lab: url } = JSON.parse(line);
      expect(((await (await fetch(`${url}/lab/people`)).json()) as Any[])[0].name).toBe('Ana Prado');
      const left = new Promise<number | null>((resolve) => child.once('exit', resolve));
      child.stdin.end();
      expect(await left).toBe(0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
