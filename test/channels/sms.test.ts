import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../stage/channels.ts';
import { openStage, type Stage } from '../stage/inside.ts';
import { everyKind, sendAndSettle } from '../stage/kinds.ts';

/** The road of text messages from end to end: the platform on one side, Twilio as the Lab plays it on the other. */

const NUMBER = {
  accountSid: 'AC00000000000000000000000000005550',
  authToken: 'stage-auth-token-twilio-0001',
  phoneNumber: '+15550100900',
};

interface Wire {
  id: string;
  direction: string;
  status: string;
  failedReason?: string;
  content: {
    type: string;
    text?: string;
    payload?: string;
    inferred?: boolean;
    media?: { mediaId?: string; url?: string };
  };
  conversationId: string;
  metadata: Record<string, unknown>;
}
interface Line {
  state: string;
  source: string;
  word?: string;
  providerCode?: string;
  journal?: { id: string };
  deliveryId?: string;
}

let stage: Stage;
let shop: Server;
let host: string;
let channel: { id: string; webhookUrl: string };

const messages = async (): Promise<Wire[]> =>
  (await stage.api<{ data: Wire[] }>(`/messages?channelId=${channel.id}&limit=100`)).data;
const phone = (person = 'ana') => stage.lab.phone('sms', NUMBER.phoneNumber, person);
const act = (deed: Parameters<Stage['lab']['act']>[3], person = 'ana') =>
  stage.lab.act('sms', NUMBER.phoneNumber, person, deed);
const answers = (person = 'ana') => phone(person).messages.filter((one) => one.from === 'business' && !one.footer);
/** The newest answer has these words, and the platform knows that it is out: nobody reads faster than that. */
const answered = (words: string, complaint: string): Promise<void> =>
  waitFor(async () => {
    const told = (await messages()).find((one) => one.direction === 'outbound');
    return (answers().at(-1)?.text?.includes(words) ?? false) && told?.status === 'delivered';
  }, complaint);
const numberOf = (person: string) => stage.lab.people.find((one) => one.id === person)!.phone;
const to = (person: string) => ({ channelId: channel.id, to: numberOf(person) });
const contactOf = async (person: string): Promise<string> =>
  (await stage.api<{ data: { id: string; identifiers: { identifier: string }[] }[] }>('/contacts?limit=100')).data.find(
    (one) => one.identifiers.some(({ identifier }) => identifier === numberOf(person)),
  )!.id;
const ledger = async (person: string): Promise<Line[]> =>
  (await stage.api<{ data: Line[] }>(`/contacts/${await contactOf(person)}/consents`)).data;

beforeAll(async () => {
  stage = await openStage({ worker: { unknownMs: 300 } });
  stage.lab.configure({ limits: false });
  shop = createServer((request, response) => {
    const type = { mp4: 'video/mp4', mp3: 'audio/mpeg', pdf: 'application/pdf' }[request.url?.split('.').at(-1) ?? ''];
    response.writeHead(200, { 'content-type': type ?? 'image/png' }).end('bytes');
  });
  await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve));
  host = `http://127.0.0.1:${(shop.address() as AddressInfo).port}`;
  stage.allow(host);
  stage.lab.account({ provider: 'sms', account: NUMBER.phoneNumber, title: 'Stage', credentials: NUMBER });
  const echo = await stage.api<{ id: string }>('/bots', 'POST', { name: 'Echo', kind: 'echo' });
  channel = await stage.api('/channels', 'POST', {
    type: 'sms',
    name: 'Text messages',
    config: { ...NUMBER, segmentsPerSecond: 500 },
    defaultBotId: echo.id,
  });
  await waitFor(
    async () => (await stage.api<{ status: string }>(`/channels/${channel.id}`)).status === 'active',
    'The channel did not become active.',
  );
}, 60_000);
afterAll(async () => {
  await stage?.stop();
  shop?.close();
});

describe('text messages, end to end', () => {
  it('connects by itself: the number’s URL is ours, and Twilio is asked to insist', async () => {
    const held = stage.lab.account({ provider: 'sms', account: NUMBER.phoneNumber }).webhookUrl;
    expect(held).toBe(`${channel.webhookUrl}#rc=5&rp=all`);
    const made = await stage.api<{ config: Record<string, string> }>(`/channels/${channel.id}`);
    expect(made.config.authToken).toBe('********');
  });

  it('carries a message to the bot, the answer back, and its reports up to delivered', async () => {
    act({ do: 'text', text: 'Is anybody there? 😕' });
    await waitFor(
      async () => (await messages()).some((one) => one.direction === 'outbound' && one.status === 'delivered'),
      'The answer was never delivered.',
    );
    expect(answers().at(-1)).toMatchObject({ text: 'Is anybody there? 😕', segments: { encoding: 'UCS-2', count: 1 } });
    expect(phone().messages[0]).toMatchObject({ from: 'customer', status: 'accepted' });
  });

  it('numbers the choices, and reads the answer by number or in words', async () => {
    act({ do: 'text', text: 'menu' });
    await answered('2) Blue', 'No menu came.');
    act({ do: 'text', text: '2' });
    await answered('Blue it is', 'The number was not read.');
    act({ do: 'text', text: 'LARGE' });
    await answered('Noted', 'The words were not read.');
    const taps = (await messages()).filter((one) => one.content.type === 'event').map(({ content }) => content);
    expect(taps).toMatchObject([
      { payload: 'size:Blue, large', text: 'LARGE', inferred: true },
      { payload: 'colour:Blue', text: '2', inferred: true },
    ]);
  });

  it('keeps the pictures of an MMS, fetched with the account’s credentials', async () => {
    const base64 = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
    act({ do: 'image', filename: 'p.png', mimeType: 'image/png', base64, caption: 'Look' }, 'kofi');
    await waitFor(async () => answers('kofi').length === 1, 'No answer came.');
    expect(answers('kofi')[0]).toMatchObject({ text: 'Thank you for the image.' });
    let picture: Wire | undefined;
    await waitFor(async () => {
      picture = (await messages()).find((one) => one.content.type === 'image');
      return picture?.content.media?.mediaId !== undefined;
    }, 'The picture was not kept.');
    expect(picture!.content).toMatchObject({ text: 'Look' });
    const kept = await fetch(picture!.content.media!.url!);
    expect([kept.headers.get('content-type'), Buffer.from(await kept.arrayBuffer()).toString('base64')]).toEqual([
      'image/png',
      base64,
    ]);
  });

  it('ends every kind as delivered with its words, or as refused with a reason', async () => {
    for (const [name, { content, words }] of Object.entries(everyKind(host))) {
      const before = answers('yuki').length;
      const ending = await sendAndSettle(stage, to('yuki'), content);
      if (name === 'reaction') {
        expect(ending, name).toMatchObject({ reason: expect.stringMatching(/\w/) });
        continue;
      }
      expect(ending, name).toMatchObject({ status: expect.stringMatching(/^(sent|delivered)$/) });
      const shown = JSON.stringify(answers('yuki').slice(before));
      for (const word of words) expect(shown, name).toContain(word);
    }
  }, 60_000);

  it('says a carousel as a series, one message a card, numbered through', async () => {
    const { content } = everyKind(host).carousel!;
    const before = answers('layla').length;
    await sendAndSettle(stage, to('layla'), content);
    const series = answers('layla').slice(before);
    expect(series.filter((one) => one.kind === 'image').map((one) => one.text)).toEqual([
      expect.stringContaining('1) Buy Blue'),
      expect.stringContaining('2) Buy Red'),
      expect.stringContaining('3) Buy Green'),
    ]);
    act({ do: 'text', text: '3' }, 'layla');
    await waitFor(
      async () => (await messages()).some(({ content }) => content.payload === 'buy:Green'),
      'The third was not understood.',
    );
  });

  it('tells beforehand how a text is cut, and what Twilio would be asked', async () => {
    const { data } = await stage.api<{ data: unknown[] }>('/messages/preview', 'POST', {
      channelId: channel.id,
      content: { type: 'text', text: `Olá ${'x'.repeat(100)}` },
    });
    expect(data).toMatchObject([
      {
        parts: [{ segments: { encoding: 'UCS-2', segments: 2, units: 104 } }],
        requests: [{ name: 'send SMS', body: { From: NUMBER.phoneNumber } }],
      },
    ]);
    expect(JSON.stringify(data)).not.toContain(NUMBER.authToken);
  });

  it('tells why a message did not arrive', async () => {
    const nobody = await sendAndSettle(
      stage,
      { channelId: channel.id, to: '+12025550999' },
      { type: 'text', text: 'x' },
    );
    await waitFor(
      async () => (await messages()).some((one) => /unknown handset/i.test(one.failedReason ?? '')),
      `No reason: ${JSON.stringify(nobody)}`,
    );
    act({ do: 'block' }, 'jurgen');
    await sendAndSettle(stage, to('jurgen'), { type: 'text', text: 'Are you there?' });
    await waitFor(
      async () => (await messages()).some((one) => /out of reach/i.test(one.failedReason ?? '')),
      'No reason was given.',
    );
    act({ do: 'unblock' }, 'jurgen');
  });
});

describe('STOP, START and HELP', () => {
  const say = (text: string): Promise<{ status: string; reason?: string }> =>
    sendAndSettle(stage, to('lea'), { type: 'text', text });

  it('are answered by the carrier, kept, and honoured', async () => {
    act({ do: 'text', text: 'Bonjour' }, 'lea');
    await waitFor(async () => answers('lea').length === 1, 'No answer came.');
    act({ do: 'text', text: 'Stop.' }, 'lea');
    await waitFor(async () => (await ledger('lea')).length === 1, 'The STOP was not written down.');
    expect(await ledger('lea')).toMatchObject([
      { state: 'opted_out', source: 'person', word: 'STOP', journal: { id: expect.stringMatching(/^jrn_/) } },
    ]);
    expect(await say('Are you sure?')).toMatchObject({
      status: 'rejected',
      reason: expect.stringContaining('RECIPIENT_OPTED_OUT'),
    });
    act({ do: 'text', text: 'HELP' }, 'lea');
    act({ do: 'text', text: 'UNSTOP' }, 'lea');
    await waitFor(async () => (await ledger('lea')).length === 3, 'The START was not written down.');
    expect((await ledger('lea')).map((one) => one.state)).toEqual(['opted_in', 'help_asked', 'opted_out']);
    expect(await say('Welcome back')).toMatchObject({ status: expect.stringMatching(/sent|delivered/) });
    // No bot has answered any of the three.
    expect(answers('lea').map((one) => one.text)).toEqual(['Bonjour', 'Welcome back']);
    const words = (await messages()).filter((one) => one.metadata.keyword).map(({ content }) => content.text);
    expect(words).toEqual(['UNSTOP', 'HELP', 'Stop.']);
  });

  it('said elsewhere are learnt from the refusal, once, and forgotten when the person writes again', async () => {
    act({ do: 'text', text: 'Hi' }, 'jurgen');
    await waitFor(async () => answers('jurgen').some((one) => one.text === 'Hi'), 'No answer came.');
    // Ours never hears of it: the webhook goes nowhere just now.
    const { accountSid, authToken } = NUMBER;
    const authorization = `Basic ${btoa(`${accountSid}:${authToken}`)}`;
    const numbers = `${stage.lab.url}/twilio/2010-04-01/Accounts/${accountSid}/IncomingPhoneNumbers`;
    const list = (await (await fetch(`${numbers}.json`, { headers: { authorization } })).json()) as {
      incoming_phone_numbers: { sid: string; sms_url: string }[];
    };
    const [{ sid, sms_url }] = list.incoming_phone_numbers as [{ sid: string; sms_url: string }];
    const point = (SmsUrl: string) =>
      fetch(`${numbers}/${sid}.json`, {
        method: 'POST',
        headers: { authorization },
        body: new URLSearchParams({ SmsUrl }),
      });
    await point('');
    act({ do: 'text', text: 'STOP' }, 'jurgen');
    await point(sms_url);

    const refused = await sendAndSettle(stage, to('jurgen'), { type: 'text', text: 'Hello?' });
    expect(refused).toMatchObject({ status: 'failed', reason: expect.stringContaining('unsubscribed') });
    expect(await ledger('jurgen')).toMatchObject([
      { state: 'opted_out', source: 'provider', providerCode: '21610', deliveryId: expect.stringMatching(/^dlv_/) },
    ]);
    const again = await sendAndSettle(stage, to('jurgen'), { type: 'text', text: 'Hello?' });
    expect(again).toMatchObject({ status: 'rejected', reason: expect.stringContaining('RECIPIENT_OPTED_OUT') });
    act({ do: 'text', text: 'START' }, 'jurgen');
    await waitFor(async () => (await ledger('jurgen')).length === 2, 'The START was not written down.');
    expect(await sendAndSettle(stage, to('jurgen'), { type: 'text', text: 'Good' })).toMatchObject({
      status: expect.stringMatching(/sent|delivered/),
    });
  });
});

describe('a bad day', () => {
  it('is survived: what was refused, lost and doubled is said once, in order', async () => {
    stage.lab.misbehave({
      sms: { rateLimit: 0.3, serverError: 0.3, duplicate: 0.5, lateReceiptMs: 20, earlyReceipt: 0.3 },
      seed: 11,
    });
    const before = answers('layla').length;
    const said = Array.from({ length: 4 }, (_, i) => `Message ${i}`);
    for (const text of said) act({ do: 'text', text }, 'layla');
    await waitFor(async () => answers('layla').length >= before + 4, 'Not everything was answered.', 40_000);
    stage.lab.misbehave({ sms: { rateLimit: 0, serverError: 0, duplicate: 0, lateReceiptMs: 0, earlyReceipt: 0 } });
    expect(
      answers('layla')
        .slice(before)
        .map((one) => one.text),
    ).toEqual(said);
  }, 60_000);

  it('whose answer never came is settled by the report', async () => {
    stage.lab.misbehave({ sms: { hang: 1 } });
    const sent = await stage.api<{ id: string }>('/messages', 'POST', {
      ...to('kofi'),
      content: { type: 'text', text: 'Did you hear?' },
    });
    await waitFor(
      async () => (await stage.api<Wire>(`/messages/${sent.id}`)).status === 'delivered',
      'No report settled it.',
      25_000,
    );
    stage.lab.misbehave({ sms: { hang: 0 } });
    expect(answers('kofi').filter((one) => one.text === 'Did you hear?')).toHaveLength(1);
  }, 40_000);

  it('whose answer and reports never came is settled by a look at Twilio’s list, and said once', async () => {
    stage.lab.misbehave({ sms: { hang: 1, noReceipts: true } });
    const sent = await stage.api<{ id: string }>('/messages', 'POST', {
      ...to('kofi'),
      content: { type: 'text', text: 'And now?' },
    });
    await waitFor(
      async () => (await stage.api<Wire>(`/messages/${sent.id}`)).status === 'sent',
      'Nobody looked.',
      30_000,
    );
    stage.lab.misbehave({ sms: { hang: 0, noReceipts: false } });
    expect(answers('kofi').filter((one) => one.text === 'And now?')).toHaveLength(1);
    const { rows } = await stage.db.query('select resends from deliveries where message_id = $1', [sent.id.slice(4)]);
    expect(rows).toEqual([{ resends: 0 }]);
  }, 40_000);
});
