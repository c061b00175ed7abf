import { createHmac, randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Act } from '@tributary/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../stage/channels.ts';
import { openStage, type Stage } from '../stage/inside.ts';
import { everyKind, sendAndSettle } from '../stage/kinds.ts';

/** Mail from end to end: the platform on one side, a mail server and Mailgun as the Lab plays them on the other, over real sockets. */

const BY_SMTP = 'support@lab.example';
const BY_MAILGUN = 'sales@mg.example';

interface Wire {
  id: string;
  direction: string;
  status: string;
  failedReason?: string;
  content: {
    type: string;
    subject?: string;
    text?: string;
    html?: string;
    payload?: string;
    inferred?: boolean;
    attachments?: { type: string; media: { mediaId?: string; url?: string; filename?: string } }[];
  };
  conversationId: string;
  metadata: Record<string, unknown>;
}

let stage: Stage;
let shop: Server;
let host: string;
const channels: Record<string, { id: string }> = {};
let smtpConfig: Record<string, unknown>;

const messages = async (address = BY_SMTP): Promise<Wire[]> =>
  (await stage.api<{ data: Wire[] }>(`/messages?channelId=${channels[address]!.id}&limit=100`)).data;
const act = (deed: Act, person = 'ana', address = BY_SMTP) => stage.lab.act('email', address, person, deed);
const answers = (person = 'ana', address = BY_SMTP) =>
  stage.lab.phone('email', address, person).messages.filter((one) => one.from === 'business');
const answered = (count: number, person = 'ana', address = BY_SMTP) =>
  waitFor(
    async () => answers(person, address).length >= count,
    `${person} got ${answers(person, address).length} answers of ${count}.`,
  );
const inbound = async (text: string, address = BY_SMTP): Promise<Wire> => {
  let found: Wire | undefined;
  await waitFor(async () => {
    found = (await messages(address)).find(
      (one) => one.direction === 'inbound' && (one.content.text ?? '').includes(text),
    );
    return found !== undefined;
  }, `“${text}” never came in.`);
  return found!;
};

async function connect(address: string, config: Record<string, unknown>, botId: string): Promise<void> {
  const channel = await stage.api<{ id: string }>('/channels', 'POST', {
    type: 'email',
    name: address,
    config: { fromEmail: address, fromName: 'Stage', ...config },
    defaultBotId: botId,
    metadata: { rate: { perSecond: 1_000, burst: 1_000 } },
  });
  channels[address] = channel;
  await waitFor(
    async () => (await stage.api<{ status: string }>(`/channels/${channel.id}`)).status === 'active',
    `${address} did not become active.`,
  );
}

beforeAll(async () => {
  stage = await openStage({ worker: { unknownMs: 500 } });
  stage.lab.configure({ autoReadMs: null, limits: false });
  shop = createServer((_, response) => response.writeHead(200, { 'content-type': 'image/png' }).end('bytes'));
  await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve));
  host = `http://127.0.0.1:${(shop.address() as AddressInfo).port}`;
  stage.allow(host);
  const { credentials } = stage.lab.account({ provider: 'email', account: BY_SMTP, title: 'Stage' });
  for (const port of [credentials.smtpPort, credentials.imapPort]) stage.allow(`tcp://127.0.0.1:${port}`);
  const mailgun = stage.lab.account({ provider: 'email', account: BY_MAILGUN, title: 'Stage' }).credentials;
  const echo = await stage.api<{ id: string }>('/bots', 'POST', { name: 'Echo', kind: 'echo' });
  smtpConfig = {
    provider: 'smtp',
    smtpHost: '127.0.0.1',
    smtpPort: Number(credentials.smtpPort),
    smtpEncryption: 'none',
    smtpUser: credentials.username,
    smtpPassword: credentials.password,
    imapHost: '127.0.0.1',
    imapPort: Number(credentials.imapPort),
    imapEncryption: 'none',
  };
  await connect(BY_SMTP, smtpConfig, echo.id);
  const { apiKey, domain, webhookSigningKey } = mailgun;
  await connect(
    BY_MAILGUN,
    { provider: 'mailgun', apiKey, domain, webhookSigningKey, inboundAddress: BY_MAILGUN, tracking: true },
    echo.id,
  );
}, 60_000);
afterAll(async () => {
  await stage?.stop();
  shop?.close();
});

describe.each([BY_SMTP, BY_MAILGUN])('mail at %s, end to end', (address) => {
  it('carries a mail to the bot and the answer back, in its thread', async () => {
    act({ do: 'mail', subject: 'Where is my order?', text: 'It was to come on Tuesday.\n\n-- \nAna' }, 'ana', address);
    await answered(1, 'ana', address);
    const [answer] = answers('ana', address);
    const [question] = stage.lab.phone('email', address, 'ana').messages;
    expect(answer).toMatchObject({
      subject: 'Re: Where is my order?',
      text: 'It was to come on Tuesday.',
      replyTo: question!.id,
      thread: question!.id,
    });
    const asked = await inbound('Tuesday', address);
    expect(asked.content).toMatchObject({
      type: 'email',
      subject: 'Where is my order?',
      text: 'It was to come on Tuesday.',
    });
    expect(asked.metadata).toMatchObject({ quoted: '-- \nAna', profileName: 'Ana Prado' });
  });

  it('keeps an answer in its conversation, and another subject in another', async () => {
    const first = await inbound('Tuesday', address);
    act({ do: 'text', text: 'Still nothing', replyTo: answers('ana', address)[0]!.id }, 'ana', address);
    act({ do: 'mail', subject: 'Something else', text: 'Do you sell tea?' }, 'ana', address);
    await answered(3, 'ana', address);
    const again = await inbound('Still nothing', address);
    expect(again.content.text).toBe('Still nothing');
    expect(again.metadata.quoted).toContain('It was to come on Tuesday.');
    expect(again.conversationId).toBe(first.conversationId);
    expect((await inbound('tea', address)).conversationId).not.toBe(first.conversationId);
  });

  it('takes a number, a link and the words themselves for the choice they mean', async () => {
    const menu = async (person: string, nth: number) => {
      act({ do: 'mail', subject: 'Menu', text: 'menu' }, person, address);
      await answered(nth, person, address);
      return answers(person, address).at(-1)!;
    };
    const asked = await menu('kofi', 1);
    expect(asked.text).toContain('2) Blue');
    act({ do: 'text', text: '2', replyTo: asked.id }, 'kofi', address);
    await answered(2, 'kofi', address);
    expect(answers('kofi', address).at(-1)!.text).toContain('Blue it is');
    const large = answers('kofi', address)
      .at(-1)!
      .buttons!.flat()
      .find((one) => one.text.includes('Large'))!;
    act({ do: 'tap', messageId: answers('kofi', address).at(-1)!.id, buttonId: large.id }, 'kofi', address);
    await answered(3, 'kofi', address);
    expect(answers('kofi', address).at(-1)!.text).toContain('Noted: Blue, large');
    const taps = (await messages(address)).filter((one) => one.content.type === 'event');
    expect(taps.map(({ content }) => [content.payload, content.inferred])).toEqual(
      expect.arrayContaining([
        ['colour:Blue', true],
        ['size:Blue, large', true],
      ]),
    );
  });

  it('keeps files, fetched out of the mail they came in', async () => {
    const base64 = Buffer.from('%PDF-1.4 words').toString('base64');
    act(
      {
        do: 'mail',
        subject: 'Invoice',
        text: 'Attached.',
        attachments: [{ filename: 'invoice.pdf', mimeType: 'application/pdf', base64 }],
      },
      'lea',
      address,
    );
    await inbound('Attached.', address);
    let file: { mediaId?: string; url?: string; filename?: string } | undefined;
    await waitFor(async () => {
      file = (await inbound('Attached.', address)).content.attachments?.[0]?.media;
      return file?.url !== undefined;
    }, 'The file was not fetched.');
    expect(file!.filename).toBe('invoice.pdf');
    expect(await (await fetch(new URL(file!.url!, stage.app.url))).text()).toBe('%PDF-1.4 words');
  });

  it('answers no program: an out-of-office reply is shown and left alone', async () => {
    await answered(1, 'lea', address);
    act({ do: 'mail', subject: 'Out of office', text: 'I am away.', automatic: true }, 'lea', address);
    const away = await inbound('I am away.', address);
    expect(away.metadata).toMatchObject({ automatic: true });
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(answers('lea', address)).toHaveLength(1);
  });

  it('fails what comes back, with the code', async () => {
    const where = { channelId: channels[address]!.id, to: 'nobody@people.example' };
    const { id } = await stage.api<{ id: string }>('/messages', 'POST', {
      ...where,
      content: { type: 'text', text: 'Hello?' },
    });
    let last: Wire | undefined;
    await waitFor(async () => {
      last = await stage.api<Wire>(`/messages/${id}`);
      return last.status === 'failed';
    }, 'The bounce was not heard of.');
    expect(last!.failedReason).toMatch(/reached|5\.1\.1/);
  });

  it('lets people go with one click, and writes to them no more', async () => {
    const to = 'yuki@people.example';
    const where = { channelId: channels[address]!.id, to };
    const { id } = await stage.api<{ id: string }>('/messages', 'POST', {
      ...where,
      purpose: 'marketing',
      content: { type: 'text', text: 'Sale!' },
    });
    await answered(1, 'yuki', address);
    act({ do: 'tap', messageId: answers('yuki', address)[0]!.id, buttonId: 'unsubscribe' }, 'yuki', address);
    await waitFor(
      async () => /opted out/i.test((await sendAndSettle(stage, where, { type: 'text', text: 'More!' })).reason ?? ''),
      'The click was not heard of.',
    );
    expect(id).toBeTruthy();
  });

  it('ends every kind as sent with its words, or as refused with a reason', async () => {
    const where = { channelId: channels[address]!.id, to: 'jurgen@people.example' };
    for (const [name, { content, words }] of Object.entries(everyKind(host))) {
      const before = answers('jurgen', address).length;
      const ending = await sendAndSettle(stage, where, content);
      if (name === 'reaction') {
        expect(ending, name).toMatchObject({ reason: expect.stringMatching(/\w/) });
        continue;
      }
      expect(ending, name).toMatchObject({ status: expect.stringMatching(/^(sent|delivered|read)$/) });
      await answered(before + 1, 'jurgen', address);
      const shown = JSON.stringify(answers('jurgen', address).slice(before));
      for (const word of words) expect(shown, name).toContain(word);
    }
  }, 60_000);

  it('comes through a bad day: what was refused, lost and doubled is said once', async () => {
    stage.lab.misbehave({ email: { rateLimit: 0.2, serverError: 0.2, duplicate: 0.5, reorder: 0.3 }, seed: 3 });
    const said = Array.from({ length: 4 }, (_, i) => `Message ${i}`);
    for (const text of said) act({ do: 'mail', subject: text, text }, 'layla', address);
    await waitFor(async () => answers('layla', address).length >= 4, 'Not everything was answered.', 60_000);
    stage.lab.misbehave({ email: { rateLimit: 0, serverError: 0, duplicate: 0, reorder: 0 } });
    expect(
      answers('layla', address)
        .map((one) => one.text)
        .sort(),
    ).toEqual(said);
  }, 90_000);
});

describe('a mail server', () => {
  it('that breaks the line without an answer leaves the outcome unknown, and a copy has the same Message-ID', async () => {
    stage.lab.misbehave({ email: { hang: 1 } });
    const where = { channelId: channels[BY_SMTP]!.id, to: 'kofi@people.example' };
    const before = answers('kofi').length;
    const { id } = await stage.api<{ id: string }>('/messages', 'POST', {
      ...where,
      content: { type: 'email', subject: 'Lost', text: 'Are you there?' },
    });
    await answered(before + 1, 'kofi');
    stage.lab.misbehave({ email: { hang: 0 } });
    await answered(before + 2, 'kofi');
    const copies = answers('kofi').slice(before);
    expect(copies.map((one) => one.text)).toEqual(['Are you there?', 'Are you there?']);
    expect(new Set(copies.map((one) => one.id)).size).toBe(1);
    await waitFor(async () => (await stage.api<Wire>(`/messages/${id}`)).status === 'sent', 'It stayed unknown.');
  }, 30_000);

  it('that is switched off and on again is read from where it was left', async () => {
    const { id } = channels[BY_SMTP]!;
    await stage.api(`/channels/${id}`, 'PATCH', { config: { imapFolder: 'INBOX' } });
    act({ do: 'mail', subject: 'Meanwhile', text: 'Said meanwhile' }, 'layla');
    await inbound('Said meanwhile');
    const texts = (await messages()).map((one) => one.content.text).filter((text) => text === 'Said meanwhile');
    expect(texts.length).toBeGreaterThan(0);
    const { rows } = await stage.db.query(
      "select external_id, count(*)::int as n from messages where direction = 'inbound' group by 1 having count(*) > 1",
    );
    expect(rows).toEqual([]);
  });

  it('is told apart from one that lets nobody in', async () => {
    const channel = await stage.api<{ id: string }>('/channels', 'POST', {
      type: 'email',
      name: 'Wrong',
      config: { fromEmail: 'wrong@lab.example', ...smtpConfig, smtpPassword: 'wrong' },
    });
    let last: { status: string; error?: string } = { status: '' };
    await waitFor(async () => {
      last = await stage.api(`/channels/${channel.id}`);
      return last.status === 'error';
    }, 'The channel did not fail.');
    expect(JSON.stringify(last)).toMatch(/credentials|5\.7\.8/);
  });
});

describe('Mailgun', () => {
  it('that forgets to answer is asked, and nothing is said twice', async () => {
    stage.lab.misbehave({ email: { hang: 1, noReceipts: true } });
    const where = { channelId: channels[BY_MAILGUN]!.id, to: 'kofi@people.example' };
    const before = answers('kofi', BY_MAILGUN).length;
    const content = { type: 'text', text: 'Lost?' };
    const { id } = await stage.api<{ id: string }>('/messages', 'POST', { ...where, content });
    await answered(before + 1, 'kofi', BY_MAILGUN);
    stage.lab.misbehave({ email: { hang: 0 } });
    await waitFor(
      async () => (await stage.api<Wire>(`/messages/${id}`)).status === 'sent',
      'It stayed unknown.',
      30_000,
    );
    stage.lab.misbehave({ email: { noReceipts: false } });
    expect(answers('kofi', BY_MAILGUN)).toHaveLength(before + 1);
  }, 40_000);
});

describe('what nobody should send', () => {
  /** A raw mail, signed and posted as Mailgun posts one. */
  async function post(mime: string): Promise<number> {
    const { webhookSigningKey } = stage.lab.account({ provider: 'email', account: BY_MAILGUN }).credentials;
    const timestamp = String(Math.floor(Date.now() / 1000));
    const token = randomBytes(25).toString('hex');
    const signature = createHmac('sha256', webhookSigningKey!)
      .update(timestamp + token)
      .digest('hex');
    const body = new URLSearchParams({ recipient: BY_MAILGUN, timestamp, token, signature, 'body-mime': mime });
    const answer = await fetch(`${stage.app.url}/webhooks/email/${channels[BY_MAILGUN]!.id}/mime`, {
      method: 'POST',
      body,
    });
    return answer.status;
  }
  const journal = async (verdict: string) =>
    (
      await stage.api<{ data: { id: string; error: string }[] }>(
        `/journal?channelId=${channels[BY_MAILGUN]!.id}&verdict=${verdict}`,
      )
    ).data;

  it('costs a marked page and never the process: parts without end, no sender, a body that is no mail', async () => {
    const nested = Array.from(
      { length: 3_000 },
      (_, no) => `Content-Type: multipart/mixed; boundary="b${no}"\r\n\r\n--b${no}\r\n`,
    );
    for (const mime of [`From: a@b.example\r\n${nested.join('')}x`, 'Subject: nobody\r\n\r\nwords', '{"json": true}'])
      expect(await post(mime)).toBe(200);
    await waitFor(async () => (await journal('unparsed')).length === 3, 'Not every page was marked.');
    expect((await journal('unparsed')).map((page) => page.error).sort()).toEqual([
      'The mail cannot be read: Max allowed child nodes exceeded',
      'The mail does not say who wrote it.',
      'The mail does not say who wrote it.',
    ]);
    expect(await journal('pending')).toEqual([]);
    const [page] = await journal('unparsed');
    expect(await stage.api(`/journal/${page!.id}/replay`, 'POST')).toMatchObject({ verdict: 'pending' });
    await waitFor(async () => (await journal('unparsed')).length === 3, 'It was not read once more.');
  });

  it('is taken in where it can be: ten thousand recipients, a bomb in a file, MIME that is broken', async () => {
    const crowd = Array.from({ length: 10_000 }, (_, no) => `p${no}@people.example`).join(',\r\n ');
    const zip = `${'UEsD'.repeat(19)}\r\n`.repeat(60_000);
    const from = (no: number) => `From: crowd.${no}@people.example\r\nMessage-ID: <bad${no}@people.example>\r\n`;
    expect(await post(`${from(1)}To: ${crowd}\r\n\r\nHi everybody`)).toBe(200);
    expect(
      await post(
        `${from(2)}Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nOpen me\r\n--b\r\nContent-Type: application/zip\r\nContent-Disposition: attachment; filename=bomb.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n${zip}--b--`,
      ),
    ).toBe(200);
    expect(await post(`${from(3)}Content-Type: multipart/mixed; boundary="never\r\n\r\n--never\r\nhalf a mail`)).toBe(
      200,
    );
    expect((await inbound('Hi everybody', BY_MAILGUN)).metadata).toMatchObject({ moreRecipients: 9_950 });
    expect((await inbound('Open me', BY_MAILGUN)).content.attachments).toHaveLength(1);
    await waitFor(async () => (await journal('pending')).length === 0, 'Something was not read.');
    expect((await fetch(`${stage.app.url}/health/ready`)).status).toBe(200);
  });

  it('is refused at the door where it is too large, or not signed', async () => {
    const url = `${stage.app.url}/webhooks/email/${channels[BY_MAILGUN]!.id}/mime`;
    expect(
      (await fetch(url, { method: 'POST', body: new URLSearchParams({ 'body-mime': 'From: a@b.example' }) })).status,
    ).toBe(401);
    const large = new Uint8Array(37 * 1024 * 1024);
    const refused = await fetch(url, { method: 'POST', body: large }).then(
      (answer) => answer.status,
      () => 413,
    );
    expect(refused).toBe(413);
  });
});
