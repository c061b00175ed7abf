import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { quiet, type Received, type Receiver, sleep, startReceiver } from '../../test/receiver.ts';
import { type Simulator, startSimulator } from '../simulator.ts';
import { segmentsOf } from './segments.ts';
import { sign } from './sign.ts';

let lab: Simulator;
let platform: Receiver;
const accountSid = 'AC00000000000000000000000000005550';
const authToken = 'test-auth-token-twilio-0001';
const number = '+15550100900';
const service = 'MG00000000000000000000000000000001';
const ana = '+12025550142';

beforeAll(async () => {
  lab = await startSimulator({ settings: { retryFirstMs: 20, retryMaxMs: 80 } });
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
  account();
});

const account = (credentials: Record<string, string> = {}) =>
  lab.account({
    provider: 'sms',
    title: 'Acme Demo',
    account: number,
    credentials: { accountSid, authToken, ...credentials },
    webhookUrl: platform.url,
  });

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into deeply.
type Any = any;
const base = () => `${lab.url}/twilio/2010-04-01/Accounts/${accountSid}`;
async function ask(method: string, url: string, form?: [string, string][], token = authToken): Promise<Any> {
  const answer = await fetch(url, {
    method,
    headers: { authorization: `Basic ${btoa(`${accountSid}:${token}`)}` },
    ...(form ? { body: new URLSearchParams(form) } : {}),
  });
  const text = await answer.text();
  return { http: answer.status, retryAfter: answer.headers.get('retry-after'), ...(text ? JSON.parse(text) : {}) };
}
const api = (method: string, path: string, form?: [string, string][], token?: string): Promise<Any> =>
  ask(method, `${base()}${path}`, form, token);
const send = (fields: Record<string, string>, files: string[] = []): Promise<Any> =>
  api('POST', '/Messages.json', [
    ...Object.entries({ To: ana, From: number, StatusCallback: `${platform.url}/status?part=dlv_1.0`, ...fields }),
    ...files.map((url): [string, string] => ['MediaUrl', url]),
  ]);
const act = (deed: Parameters<Simulator['act']>[3], person = 'ana') => lab.act('sms', number, person, deed) ?? '';
const phone = (person = 'ana') => lab.phone('sms', number, person);
const fieldsOf = ({ raw }: Received): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(raw.toString('utf8')));
const statuses = () =>
  platform.got
    .map(fieldsOf)
    .flatMap(({ MessageStatus, ErrorCode }) =>
      MessageStatus ? [ErrorCode ? `${MessageStatus} ${ErrorCode}` : MessageStatus] : [],
    );
const settled = async (count: number): Promise<string[]> => {
  for (let tries = 0; tries < 400 && statuses().length < count; tries++) await sleep(5);
  return statuses();
};

describe('a message of the business', () => {
  it('is queued, sent and delivered, each told by a signed callback with the query it was given', async () => {
    const made = await send({ Body: 'Your order has shipped' });
    expect(made).toMatchObject({
      http: 201,
      sid: expect.stringMatching(/^SM[0-9a-f]{32}$/),
      status: 'queued',
      body: 'Your order has shipped',
      from: number,
      to: ana,
      direction: 'outbound-api',
      num_media: '0',
      num_segments: '1',
      error_code: null,
    });
    expect(await settled(3)).toEqual(['queued', 'sent', 'delivered']);
    for (const got of platform.got) {
      expect(got.url).toBe('/hook/status?part=dlv_1.0');
      expect(got.headers['x-twilio-signature']).toBe(
        sign(authToken, `${platform.url}/status?part=dlv_1.0`, fieldsOf(got)),
      );
      expect(fieldsOf(got)).toMatchObject({ MessageSid: made.sid, AccountSid: accountSid, From: number, To: ana });
    }
    expect(fieldsOf(platform.got[2]!).RawDlrDoneDate).toMatch(/^\d{10}$/);
    expect(phone().messages).toMatchObject([
      {
        from: 'business',
        text: 'Your order has shipped',
        status: 'delivered',
        segments: { encoding: 'GSM-7', count: 1 },
      },
    ]);
    expect(await api('GET', `/Messages/${made.sid}.json`)).toMatchObject({
      status: 'delivered',
      date_sent: expect.any(String),
    });
  });

  it('of a service gets its sender and its segments later', async () => {
    account({ messagingServiceSid: service });
    lab.reset(true);
    account({ messagingServiceSid: service });
    const made = await send({ Body: 'Hi', From: '', MessagingServiceSid: service });
    expect(made).toMatchObject({
      http: 201,
      status: 'accepted',
      from: null,
      num_segments: '0',
      messaging_service_sid: service,
    });
    await settled(3);
    expect(fieldsOf(platform.got[0]!)).toMatchObject({ MessagingServiceSid: service, From: number });
  });

  it('is refused in Twilio’s words', async () => {
    const refusals: [Record<string, string>, string[], number, number][] = [
      [{ Body: 'x', To: '' }, [], 400, 21604],
      [{ Body: 'x', To: '+1555' }, [], 400, 21211],
      [{ Body: 'x', To: '72345' }, [], 400, 21265],
      [{ Body: 'x', To: number }, [], 400, 21266],
      [{ Body: 'x', From: '' }, [], 400, 21603],
      [{ Body: 'x', From: '+15550100999' }, [], 400, 21606],
      [{ Body: 'x', From: '', MessagingServiceSid: 'MG00000000000000000000000000000009' }, [], 400, 21701],
      [{}, [], 400, 21619],
      [{ Body: 'x'.repeat(1601) }, [], 400, 21617],
      [{}, Array(11).fill('https://files.example.com/a.jpg'), 400, 21623],
      [{}, ['ftp://x'], 400, 21620],
      [{ Body: 'x', StatusCallback: 'nowhere' }, [], 400, 21609],
      [{ Body: 'x', ValidityPeriod: '40000' }, [], 400, 21624],
      [{ Body: 'x', ValidityPeriod: 'soon' }, [], 400, 20001],
      [{ Body: 'x', MessagingServiceSid: 'PN1' }, [], 400, 20001],
      [{ Body: 'x', ScheduleType: 'fixed' }, [], 400, 35118],
    ];
    for (const [fields, files, http, code] of refusals)
      expect(await send(fields, files), JSON.stringify(fields)).toMatchObject({
        http,
        code,
        message: expect.any(String),
        more_info: `https://www.twilio.com/docs/errors/${code}`,
        status: http,
      });
    expect(phone().messages).toEqual([]);
  });

  it('to a number that nobody has fails later, and to a phone that is off stays undelivered', async () => {
    await send({ Body: 'x', To: '+19995550199' });
    expect(await settled(2)).toEqual(['queued', 'failed 30005']);
    platform.got.length = 0;
    act({ do: 'block' });
    await send({ Body: 'x' });
    expect(await settled(3)).toEqual(['queued', 'sent', 'undelivered 30003']);
    expect(phone().messages).toEqual([]);
  });

  it('may name fields that Twilio does not know; they are passed over and shown', async () => {
    expect(await send({ Body: 'x', Bodie: 'y' })).toMatchObject({ http: 201 });
    expect(lab.events().find(({ type }) => type === 'request')).toMatchObject({ ignored: ['Bodie'] });
  });

  it('is found in the list, newest first, by who it is for', async () => {
    await send({ Body: 'one' });
    await send({ Body: 'two' });
    await send({ Body: 'other', To: '+447700900351' });
    const { messages } = await api('GET', `/Messages.json?To=${encodeURIComponent(ana)}&PageSize=5`);
    expect(messages.map(({ body }: Any) => body)).toEqual(['two', 'one']);
  });
});

describe('files', () => {
  let files: Server;
  const asked: string[] = [];
  const at = (name: string) => `http://127.0.0.1:${(files.address() as AddressInfo).port}/${name}`;
  beforeAll(async () => {
    files = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      const type = { '/a.jpg': 'image/jpeg', '/b.jpg': 'application/octet-stream', '/big.mp4': 'video/mp4' }[
        request.url ?? ''
      ];
      response.writeHead(type ? 200 : 404, { 'content-type': type ?? 'text/plain' });
      response.end(request.method === 'HEAD' ? undefined : Buffer.alloc(request.url === '/big.mp4' ? 600_000 : 10));
    });
    await new Promise<void>((resolve) => files.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => void files.close());

  it('are fetched by head and by whole, and shown', async () => {
    asked.length = 0;
    const made = await send({ Body: 'Look' }, [at('a.jpg')]);
    expect(made).toMatchObject({ sid: expect.stringMatching(/^MM/), num_media: '1' });
    expect(await settled(3)).toEqual(['queued', 'sent', 'delivered']);
    expect(asked).toEqual(['HEAD /a.jpg', 'GET /a.jpg']);
    expect(phone().messages).toMatchObject([{ kind: 'image', text: 'Look', mediaUrl: at('a.jpg') }]);
  });

  it('of a wrong type, too large or out of reach fail the message', async () => {
    for (const [name, status] of [
      ['b.jpg', 'failed 12300'],
      ['big.mp4', 'failed 30019'],
      ['gone.jpg', 'failed 11200'],
    ] as const) {
      platform.got.length = 0;
      await send({}, [at(name)]);
      expect(await settled(1)).toEqual([status]);
    }
  });

  it('of a customer are fetched with the account’s credentials, from a storage that wants none', async () => {
    act({ do: 'image', filename: 'p.png', mimeType: 'image/png', base64: btoa('picture'), caption: 'look' });
    const fields = fieldsOf(await platform.wait());
    expect(fields).toMatchObject({
      NumMedia: '1',
      MediaContentType0: 'image/png',
      Body: 'look',
      MessageSid: expect.stringMatching(/^MM/),
    });
    expect((await fetch(fields.MediaUrl0!)).status).toBe(401);
    const authorization = `Basic ${btoa(`${accountSid}:${authToken}`)}`;
    const redirected = await fetch(fields.MediaUrl0!, { headers: { authorization }, redirect: 'manual' });
    expect(redirected.status).toBe(307);
    const file = await fetch(redirected.headers.get('location')!);
    expect([file.headers.get('content-type'), await file.text()]).toEqual(['image/png', 'picture']);
    const { media_list } = await api('GET', `/Messages/${fields.MessageSid}/Media.json`);
    expect(media_list).toMatchObject([{ content_type: 'image/png' }]);
  });
});

describe('a customer', () => {
  it('writes, and the platform hears of it as of Twilio’s own example', async () => {
    const id = act({ do: 'text', text: 'Hi, where is my order? \u{1F615}' });
    const got = await platform.wait();
    const fields = fieldsOf(got);
    expect(fields).toMatchObject({
      MessageSid: id,
      Body: 'Hi, where is my order? \u{1F615}',
      From: ana,
      To: number,
      SmsStatus: 'received',
      NumMedia: '0',
    });
    const example = readFileSync(new URL('../../fixtures/twilio/sms-inbound.txt', import.meta.url), 'utf8');
    expect(Object.keys(fields).sort()).toEqual([...new URLSearchParams(example).keys()].sort());
    expect(got.headers['content-type']).toBe('application/x-www-form-urlencoded; charset=UTF-8');
    expect(got.headers['x-twilio-signature']).toBe(sign(authToken, platform.url, fields));
    expect(phone().messages).toMatchObject([{ from: 'customer', status: 'accepted', segments: { encoding: 'UCS-2' } }]);
  });

  it('is heard once only, unless the URL asks for more', async () => {
    platform.answer = () => ({ status: 503 });
    act({ do: 'text', text: 'lost' });
    await platform.wait();
    await sleep(80);
    expect(platform.got).toHaveLength(1);
    expect(phone().messages).toMatchObject([{ status: 'refused' }]);
    await api('POST', `/IncomingPhoneNumbers/${await numberSid()}.json`, [['SmsUrl', `${platform.url}#rc=3&rp=all`]]);
    platform.got.length = 0;
    let failures = 2;
    platform.answer = () => ({ status: failures-- > 0 ? 503 : 200 });
    act({ do: 'text', text: 'kept' });
    await platform.wait(undefined, 3);
    expect(new Set(platform.got.map(({ headers }) => headers['i-twilio-idempotency-token'])).size).toBe(1);
    expect(
      platform.got.every(
        ({ headers, ...got }) =>
          headers['x-twilio-signature'] === sign(authToken, platform.url, fieldsOf({ headers, ...got })),
      ),
    ).toBe(true);
  });

  it('stops, asks and comes back, and the carrier answers each time', async () => {
    act({ do: 'text', text: 'Stop' });
    expect(fieldsOf(await platform.wait())).not.toHaveProperty('OptOutType');
    expect(phone().messages.at(-1)).toMatchObject({ from: 'business', text: expect.stringContaining('unsubscribed') });
    expect(await send({ Body: 'x' })).toMatchObject({ http: 400, code: 21610 });
    act({ do: 'text', text: 'help' });
    expect(phone().messages.at(-1)?.text).toContain('Reply STOP');
    act({ do: 'text', text: 'YES' });
    expect(phone().messages.at(-1)?.text).toContain('re-subscribed');
    expect(await send({ Body: 'x' })).toMatchObject({ http: 201 });
    const before = phone().messages.length;
    act({ do: 'text', text: 'yes' });
    expect(phone().messages).toHaveLength(before + 1);
  });

  it('is told apart by the service where it has Advanced Opt-Out', async () => {
    lab.reset(true);
    account({ messagingServiceSid: service, advancedOptOut: 'true' });
    await twilioService([['InboundRequestUrl', `${platform.url}/service`]]);
    act({ do: 'text', text: 'STOP' });
    const got = await platform.wait();
    expect(got.url).toBe('/hook/service');
    expect(fieldsOf(got)).toMatchObject({ OptOutType: 'STOP', MessagingServiceSid: service });
    await twilioService([['UseInboundWebhookOnNumber', 'true']]);
    act({ do: 'text', text: 'hello' });
    expect((await platform.wait(undefined, 2)).url).toBe('/hook');
  });

  it('cannot do what a telephone cannot', () => {
    expect(() => act({ do: 'react', messageId: 'SM1', emoji: '👍' })).toThrow(/react/);
  });
});

const numberSid = async (): Promise<string> =>
  (await api('GET', `/IncomingPhoneNumbers.json?PhoneNumber=${encodeURIComponent(number)}`)).incoming_phone_numbers[0]
    .sid;
const twilioService = (form: [string, string][]) =>
  ask('POST', `${lab.url}/twilio/messaging/v1/Services/${service}`, form);

describe('the account', () => {
  it('opens to its own pair and to nobody else', async () => {
    expect(await api('GET', '.json')).toMatchObject({
      http: 200,
      sid: accountSid,
      friendly_name: 'Acme Demo',
      status: 'active',
    });
    expect(await api('GET', '.json', undefined, 'wrong')).toMatchObject({ http: 401, code: 20003 });
    const other = await fetch(`${lab.url}/twilio/2010-04-01/Accounts/AC00000000000000000000000000009999.json`, {
      headers: { authorization: `Basic ${btoa(`${accountSid}:${authToken}`)}` },
    });
    expect(other.status).toBe(404);
    expect(await api('GET', '/Nothing.json')).toMatchObject({ http: 404, code: 20404 });
  });

  it('points its numbers anywhere, and shows where', async () => {
    const id = await numberSid();
    expect(
      await api('POST', `/IncomingPhoneNumbers/${id}.json`, [
        ['SmsUrl', 'https://hooks.example.com/x'],
        ['SmsMethod', 'POST'],
      ]),
    ).toMatchObject({
      phone_number: number,
      sms_url: 'https://hooks.example.com/x',
    });
    expect(lab.account({ provider: 'sms', account: number }).webhookUrl).toBe('https://hooks.example.com/x');
  });

  it('looks numbers up', async () => {
    const look = (who: string) =>
      ask('GET', `${lab.url}/twilio/lookups/v2/PhoneNumbers/${encodeURIComponent(who)}?Fields=line_type_intelligence`);
    expect(await look(ana)).toMatchObject({ valid: true, line_type_intelligence: { type: 'mobile' } });
    expect(await look('+1555')).toMatchObject({ valid: false, validation_errors: ['TOO_SHORT'] });
  });
});

describe('a bad day', () => {
  it('answers 429 with a time to wait, or 503, or not at all though the work is done', async () => {
    lab.misbehave({ sms: { rateLimit: 1, retryAfterSeconds: 7 } });
    expect(await send({ Body: 'x' })).toMatchObject({ http: 429, code: 20429, retryAfter: '7' });
    lab.misbehave({ sms: { rateLimit: 0, serverError: 1 } });
    expect(await send({ Body: 'x' })).toMatchObject({ http: 503, code: 20503 });
    lab.misbehave({ sms: { serverError: 0, hang: 1 } });
    const waited = fetch(`${base()}/Messages.json`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${accountSid}:${authToken}`)}` },
      body: new URLSearchParams({ To: ana, From: number, Body: 'silent' }),
      signal: AbortSignal.timeout(150),
    });
    await expect(waited).rejects.toThrow();
    expect(phone().messages).toMatchObject([{ text: 'silent' }]);
  });

  it('reports before it answers, late, twice, or never', async () => {
    lab.misbehave({ sms: { earlyReceipt: 1 } });
    const { sid } = await send({ Body: 'early' });
    expect(statuses()[0]).toBe('queued');
    expect(fieldsOf(platform.got[0]!).MessageSid).toBe(sid);
    lab.misbehave({ sms: { earlyReceipt: 0, duplicate: 1 } });
    const of = (message: string) => platform.got.map(fieldsOf).filter(({ MessageSid }) => MessageSid === message);
    const twice = await send({ Body: 'twice' });
    for (let tries = 0; tries < 400 && of(twice.sid).length < 6; tries++) await sleep(5);
    expect(
      of(twice.sid)
        .map(({ MessageStatus }) => MessageStatus)
        .sort(),
    ).toEqual(['delivered', 'delivered', 'queued', 'queued', 'sent', 'sent']);
    await settled(9);
    lab.misbehave({ sms: { duplicate: 0, noReceipts: true } });
    platform.got.length = 0;
    await send({ Body: 'never' });
    await sleep(150);
    expect(statuses()).toEqual([]);
  });

  it('says too many requests where limits are on', async () => {
    lab.configure({ limits: true });
    const answers = await Promise.all(Array.from({ length: 60 }, (_, n) => send({ Body: `#${n}` })));
    expect(answers.filter(({ code }) => code === 20429).length).toBeGreaterThan(0);
  });
});

describe('segments', () => {
  it('are counted as the air counts them', () => {
    expect(segmentsOf('a'.repeat(160))).toEqual({ encoding: 'GSM-7', count: 1 });
    expect(segmentsOf('a'.repeat(161))).toEqual({ encoding: 'GSM-7', count: 2 });
    expect(segmentsOf('€'.repeat(80))).toEqual({ encoding: 'GSM-7', count: 1 });
    expect(segmentsOf('ã'.repeat(71))).toEqual({ encoding: 'UCS-2', count: 2 });
    // 153 is odd, and an escape pair is never torn: 76 pairs a segment.
    expect(segmentsOf('€'.repeat(153)).count).toBe(3);
  });
});

describe('the signature', () => {
  it('is Twilio’s, by their own examples', () => {
    const { requests } = JSON.parse(readFileSync(new URL('../../fixtures/twilio/index.json', import.meta.url), 'utf8'));
    for (const { file, request } of requests) {
      const body = readFileSync(new URL(`../../fixtures/twilio/${file}`, import.meta.url), 'utf8');
      const fields = Object.fromEntries(new URLSearchParams(body));
      expect(sign(authToken, request.url, fields), file).toBe(request.headers['X-Twilio-Signature']);
    }
  });
});
