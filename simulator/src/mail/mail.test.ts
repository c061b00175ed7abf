import { createHmac } from 'node:crypto';
import { ImapFlow } from 'imapflow';
import { simpleParser } from 'mailparser';
import { createTransport, type SendMailOptions } from 'nodemailer';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { quiet, type Receiver, sleep, startReceiver } from '../../test/receiver.ts';
import type { Act } from '../control.ts';
import { type Simulator, startSimulator } from '../simulator.ts';

let lab: Simulator;
let platform: Receiver;
let credentials: Record<string, string>;
const SUPPORT = 'support@lab.example';

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
  credentials = lab.account({ provider: 'email', account: SUPPORT, title: 'Lab Support' }).credentials;
});

const act = (deed: Act, person = 'ana') => lab.act('email', SUPPORT, person, deed);
const phone = (person = 'ana') => lab.phone('email', SUPPORT, person);
const ANA = 'ana@people.example';

function smtp(more: Record<string, unknown> = {}) {
  const { smtpPort, username, password } = credentials;
  return createTransport({
    host: '127.0.0.1',
    port: Number(smtpPort),
    auth: { user: username!, pass: password! },
    ...more,
  });
}
const send = (mail: SendMailOptions, more = {}) =>
  smtp(more).sendMail({ from: SUPPORT, to: ANA, subject: 'Hi', text: 'Hello', ...mail });
async function imap<T>(work: (client: ImapFlow) => Promise<T>): Promise<T> {
  const { imapPort, username, password } = credentials;
  const client = new ImapFlow({
    host: '127.0.0.1',
    port: Number(imapPort),
    secure: false,
    doSTARTTLS: false,
    auth: { user: username!, pass: password! },
    logger: false,
  });
  await client.connect();
  try {
    await client.mailboxOpen('INBOX');
    return await work(client);
  } finally {
    client.close();
  }
}
const inbox = () =>
  imap(async (client) => {
    const found: { uid: number; source: string; flags: string[] }[] = [];
    for await (const mail of client.fetch('1:*', { uid: true, source: true, flags: true }, { uid: true }))
      found.push({ uid: mail.uid, source: mail.source!.toString(), flags: [...mail.flags!] });
    return found;
  });
async function until<T>(look: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  for (let tries = 0; tries < 400; tries++) {
    const found = await look();
    if (found) return found;
    await sleep(5);
  }
  throw new Error(`waited in vain; got ${JSON.stringify(platform.got)}`);
}

describe('the mail server', () => {
  it('shows a person what the business handed in', async () => {
    const html =
      '<p>Red or <a href="mailto:support@lab.example?subject=Re%3A%20Hi&amp;body=Blue">2) Blue</a>? <a href="https://shop.example/">Shop</a></p>';
    const attachments = [{ filename: 'a.txt', content: 'words' }];
    await send({
      html,
      attachments,
      messageId: '<m1@lab.example>',
      headers: { 'List-Unsubscribe': `<${platform.url}/u>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' },
    });
    const [mail] = phone().messages;
    expect(mail).toMatchObject({
      id: '<m1@lab.example>',
      kind: 'mail',
      subject: 'Hi',
      text: 'Hello',
      html,
      thread: '<m1@lab.example>',
    });
    expect(mail!.buttons!.flat().map(({ kind, text }) => [kind, text])).toEqual([
      ['reply', '2) Blue'],
      ['link', 'Shop'],
      ['link', 'Unsubscribe'],
    ]);
    expect(await (await fetch(`${lab.url}${mail!.attachments![0]!.url}`)).text()).toBe('words');
  });

  it('refuses what mail servers refuse', async () => {
    await expect(send({}, { auth: { user: SUPPORT, pass: 'wrong' } })).rejects.toMatchObject({
      code: 'EAUTH',
      responseCode: 535,
    });
    await expect(send({ from: 'me@other.example' })).rejects.toMatchObject({ responseCode: 550 });
    await expect(send({ to: 'refused@other.example' })).rejects.toMatchObject({
      responseCode: 550,
      response: expect.stringContaining('5.1.1'),
    });
    await expect(send({ to: 'x@nowhere.invalid' })).rejects.toMatchObject({ responseCode: 550 });
    lab.misbehave({ email: { rateLimit: 1 } });
    await expect(send({})).rejects.toMatchObject({ responseCode: 451 });
    lab.misbehave({ email: { rateLimit: 0, serverError: 1 } });
    await expect(send({})).rejects.toMatchObject({ responseCode: 421 });
    expect(phone().messages).toEqual([]);
    lab.misbehave({ email: { serverError: 0, hang: 1 } });
    await expect(send({})).rejects.toMatchObject({ code: 'ECONNECTION' });
    expect(phone().messages).toHaveLength(1);
  });

  it('sends back what nobody takes, as a report', async () => {
    act({ do: 'block' });
    await send({ messageId: '<b1@lab.example>' });
    await send({ to: 'nobody@people.example', messageId: '<b2@lab.example>' });
    const mails = await until(async () => {
      const found = await inbox();
      return found.length === 2 && found;
    });
    expect(mails[0]!.source).toMatch(
      /report-type=delivery-status[\s\S]*Action: failed\r\nStatus: 5\.7\.1[\s\S]*Message-ID: <b1@lab\.example>/,
    );
    expect(mails[1]!.source).toMatch(/Final-Recipient: rfc822; nobody@people\.example[\s\S]*Status: 5\.1\.1/);
  });
});

describe('the mailbox', () => {
  it('holds what people write, in their threads, with what they answer quoted', async () => {
    await send({ messageId: '<m1@lab.example>', replyTo: 'support+token@lab.example' });
    act({ do: 'text', text: 'Thanks' });
    const [mail] = await inbox();
    const parsed = await simpleParser(mail!.source);
    expect(parsed).toMatchObject({ subject: 'Re: Hi', inReplyTo: '<m1@lab.example>', references: '<m1@lab.example>' });
    expect(parsed.text).toMatch(/^Thanks\n\nOn .* wrote:\n> Hello/);
    expect(parsed.headers.get('delivered-to')).toBeTruthy();
    expect(mail!.source).toContain('Delivered-To: support+token@lab.example');
    expect(phone().messages[1]).toMatchObject({ from: 'customer', thread: '<m1@lab.example>', status: 'accepted' });
  });

  it('holds files, both forms of words, and what a program answers by itself', async () => {
    const attachments = [
      { filename: 'über.txt', mimeType: 'text/plain', base64: Buffer.from('words').toString('base64') },
    ];
    act({ do: 'mail', subject: 'Grüße', text: 'Hallo', html: '<b>Hallo</b>', attachments });
    act({ do: 'mail', subject: 'Away', text: 'I am away', automatic: true });
    const [mail, away] = await inbox();
    const parsed = await simpleParser(mail!.source);
    expect(parsed).toMatchObject({ subject: 'Grüße', html: '<b>Hallo</b>' });
    expect(parsed.attachments[0]).toMatchObject({ filename: 'über.txt', content: Buffer.from('words') });
    expect(away!.source).toMatch(/Return-Path: <>[\s\S]*Auto-Submitted: auto-replied/);
  });

  it('is followed: searched, fetched in part, marked, and told of at once while a client idles', async () => {
    act({ do: 'mail', subject: 'One', text: 'a' });
    act({ do: 'mail', subject: 'Two', text: 'b' });
    await imap(async (client) => {
      expect(await client.search({ seen: false, since: new Date() }, { uid: true })).toEqual([1, 2]);
      await client.messageFlagsAdd('1', ['\\Seen'], { uid: true });
      expect(await client.search({ seen: false }, { uid: true })).toEqual([2]);
      expect(await client.search({ uid: '3:*' }, { uid: true })).toEqual([2]);
      const part = await client.fetchOne(
        '2',
        { uid: true, size: true, internalDate: true, source: { start: 0, maxLength: 10 } },
        { uid: true },
      );
      expect(part && { size: part.size! > 100, source: part.source!.length }).toEqual({ size: true, source: 10 });
      const told = new Promise((resolve) => client.once('exists', resolve));
      void client.idle();
      await sleep(30);
      act({ do: 'mail', subject: 'Three', text: 'c' });
      expect(await told).toMatchObject({ count: 3, prevCount: 2 });
    });
  });

  it('lets nobody in with a wrong password', async () => {
    credentials = { ...credentials, password: 'wrong' };
    await expect(inbox()).rejects.toMatchObject({ authenticationFailed: true });
  });
});

describe('a person', () => {
  it('answers by a link that writes a mail, and unsubscribes with one click', async () => {
    const html = '<a href="mailto:support@lab.example?subject=Re%3A%20Hi&body=Blue">Blue</a>';
    await send({
      html,
      messageId: '<m1@lab.example>',
      headers: { 'List-Unsubscribe': `<${platform.url}/u>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' },
    });
    const button = phone().messages[0]!.buttons![0]![0]!;
    act({ do: 'tap', messageId: '<m1@lab.example>', buttonId: button.id });
    const parsed = await simpleParser((await inbox())[0]!.source);
    expect([parsed.subject, parsed.text?.trim()]).toEqual(['Re: Hi', 'Blue']);
    act({ do: 'tap', messageId: '<m1@lab.example>', buttonId: 'unsubscribe' });
    expect((await until(() => platform.got[0])).raw.toString()).toBe('List-Unsubscribe=One-Click');
  });

  it('sends a read receipt where one was asked for', async () => {
    await send({ messageId: '<m1@lab.example>', headers: { 'Disposition-Notification-To': SUPPORT } });
    act({ do: 'read' });
    expect((await inbox())[0]!.source).toMatch(/Original-Message-ID: <m1@lab\.example>\r\nDisposition: .*displayed/);
  });
});

describe('Mailgun', () => {
  const api = async (
    method: string,
    path: string,
    form?: Record<string, string | string[]>,
    key = credentials.apiKey,
  ) => {
    const body = new FormData();
    for (const [name, value] of Object.entries(form ?? {})) for (const one of [value].flat()) body.append(name, one);
    const answer = await fetch(`${lab.url}/mailgun${path}`, {
      method,
      headers: { authorization: `Basic ${Buffer.from(`api:${key}`).toString('base64')}` },
      ...(form ? { body } : {}),
    });
    const text = await answer.text();
    // biome-ignore lint/suspicious/noExplicitAny: answers are looked into deeply.
    return { status: answer.status, body: (text.startsWith('{') ? JSON.parse(text) : text) as any };
  };
  const post = (more: Record<string, string | string[]> = {}) =>
    api('POST', '/v3/lab.example/messages', {
      from: `Lab <${SUPPORT}>`,
      to: ANA,
      subject: 'Hi',
      text: 'Hello',
      ...more,
    });
  const listen = async (): Promise<void> => {
    for (const id of ['accepted', 'delivered', 'permanent_fail', 'opened', 'complained'])
      await api('POST', '/v3/domains/lab.example/webhooks', { id, url: `${platform.url}/events` });
  };
  const events = () => platform.got.map(({ json }) => json['event-data']);

  it('takes messages, shows them, and tells what became of them, signed', async () => {
    await listen();
    const { status, body } = await post({
      'h:Message-Id': '<mine@lab.example>',
      'v:message_id': 'ours',
      'o:tracking': 'yes',
      html: '<b>Hello</b>',
    });
    expect([status, body.id]).toEqual([200, '<mine@lab.example>']);
    expect(phone().messages[0]).toMatchObject({ id: '<mine@lab.example>', subject: 'Hi', html: '<b>Hello</b>' });
    act({ do: 'read' });
    await until(() => events().length === 3);
    expect(
      events()
        .map((one) => one.event)
        .sort(),
    ).toEqual(['accepted', 'delivered', 'opened']);
    expect(events()[0]).toMatchObject({
      'user-variables': { message_id: 'ours' },
      message: { headers: { 'message-id': 'mine@lab.example' } },
    });
    const { timestamp, token, signature } = platform.got[0]!.json.signature;
    expect(
      createHmac('sha256', credentials.webhookSigningKey!)
        .update(timestamp + token)
        .digest('hex'),
    ).toBe(signature);
  });

  it('keeps templates, and fills them', async () => {
    await api('POST', '/v3/lab.example/templates', { name: 'hello', template: '<p>Hello {{name}}</p>' });
    expect((await api('POST', '/v3/lab.example/templates', { name: 'hello', template: 'x' })).status).toBe(409);
    const filled = {
      from: SUPPORT,
      to: ANA,
      subject: 'Hi',
      template: 'hello',
      't:variables': '{"name":"Ana"}',
      't:text': 'yes',
    };
    await api('POST', '/v3/lab.example/messages', filled);
    expect(phone().messages[0]).toMatchObject({ html: '<p>Hello Ana</p>', text: 'Hello Ana' });
    await api('DELETE', '/v3/lab.example/templates/hello');
    expect((await api('GET', '/v3/lab.example/templates')).body.items).toEqual([]);
  });

  it('refuses what it refuses, in its words', async () => {
    expect(await api('GET', '/v3/domains/lab.example', undefined, 'wrong')).toEqual({ status: 401, body: 'Forbidden' });
    expect(await api('GET', '/v3/domains/other.example')).toMatchObject({
      status: 404,
      body: { message: 'Domain not found: other.example' },
    });
    expect(await post({ to: 'nobody' })).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('not a valid address') },
    });
    expect(await post({ text: '' })).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('Need at least one') },
    });
    expect(await post({ colour: 'red' })).toMatchObject({ status: 400 });
    expect(await post({ 'o:tracking': 'perhaps' })).toMatchObject({ status: 400 });
    lab.misbehave({ email: { rateLimit: 1, retryAfterSeconds: 7 } });
    expect(await post()).toMatchObject({
      status: 429,
      body: { message: expect.stringContaining('try again after 7 seconds') },
    });
    lab.misbehave({ email: { rateLimit: 0, serverError: 1 } });
    expect(await post()).toMatchObject({ status: 500 });
    expect(phone().messages).toEqual([]);
  });

  it('fails what nobody takes, and tells of complaints', async () => {
    await listen();
    await post({ to: 'nobody@people.example' });
    await until(() => events().some((one) => one.event === 'failed'));
    expect(events().find((one) => one.event === 'failed')).toMatchObject({
      severity: 'permanent',
      reason: 'bounce',
      'delivery-status': { 'enhanced-code': '5.1.1' },
    });
    await post();
    act({ do: 'block' });
    await until(() => events().some((one) => one.event === 'complained'));
    await post();
    await until(() => events().some((one) => one.reason === 'suppress-complaint'));
  });

  it('brings mail by a route, raw or as fields, twice where it misbehaves, and into no mailbox', async () => {
    const route = (path: string) =>
      api('POST', '/v3/routes', {
        priority: '0',
        expression: 'match_recipient("support(\\+.*)?@lab\\.example")',
        action: [`forward("${platform.url}${path}")`, 'stop()'],
      });
    await route('/hook/mime');
    lab.misbehave({ email: { duplicate: 1 } });
    act({ do: 'mail', subject: 'Hello', text: 'Hi there' });
    await until(() => platform.got.length === 2);
    const form = new URLSearchParams(platform.got[0]!.raw.toString());
    expect(Object.fromEntries(form)).toMatchObject({ recipient: SUPPORT, sender: ANA, subject: 'Hello' });
    expect((await simpleParser(form.get('body-mime')!)).text?.trim()).toBe('Hi there');
    expect(await inbox()).toEqual([]);
    const { body } = await api('GET', '/v3/routes');
    await api('DELETE', `/v3/routes/${body.items[0].id}`);
    await route('/hook');
    lab.misbehave({ email: { duplicate: 0 } });
    platform.got.length = 0;
    act({ do: 'mail', subject: 'Again', text: 'Hi' });
    await until(() => platform.got.length === 1);
    expect(Object.fromEntries(new URLSearchParams(platform.got[0]!.raw.toString()))).toMatchObject({
      'body-plain': expect.stringContaining('Hi'),
      'message-headers': expect.stringContaining('Message-ID'),
    });
  });
});
