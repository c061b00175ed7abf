import { uuidOf } from '@tributary/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { anyContents } from '../../channels/testing/contents.ts';
import { waitFor } from '../stage/channels.ts';
import { openStage, type Stage } from '../stage/inside.ts';

const AGENT = 'acme_demo_agent';

interface Wire {
  id: string;
  direction: string;
  from: string;
  to: string;
  status: string;
  content: { type: string; text?: string; payload?: string; media?: { url?: string; mimeType?: string } };
  metadata: Record<string, unknown>;
  failedReason?: string;
}

let stage: Stage;
let echo: { id: string };
let channel: { id: string; webhookUrl: string };

const phone = (person = 'ana') => stage.lab.phone('rcs', AGENT, person);
const act = (deed: Parameters<Stage['lab']['act']>[3], person = 'ana') =>
  stage.lab.act('rcs', AGENT, person, deed) ?? '';
const number = (person: string): string => stage.lab.people.find((one) => one.id === person)!.phone;
const business = (person?: string) => phone(person).messages.filter(({ from }) => from === 'business');
const messages = async (): Promise<Wire[]> =>
  (await stage.api<{ data: Wire[] }>(`/messages?channelId=${channel.id}&limit=100`)).data;
const send = (content: unknown, more: object = {}, to = number('kofi')): Promise<Wire> =>
  stage.api('/messages', 'POST', { channelId: channel.id, to, content, ...more });
const read = (id: string): Promise<Wire> => stage.api(`/messages/${id}`);
const became = (id: string, ...statuses: string[]): Promise<void> =>
  waitFor(
    async () => statuses.includes((await read(id)).status),
    `The message did not become ${statuses.join(' or ')}.`,
  );

beforeAll(async () => {
  stage = await openStage({ worker: { unknownMs: 600 } });
  stage.lab.configure({ autoReadMs: 20, limits: false });
  const { credentials } = stage.lab.account({ provider: 'rcs', account: AGENT, title: 'Acme' });
  echo = await stage.api('/bots', 'POST', { name: 'Echo', kind: 'echo' });
  channel = await stage.api('/channels', 'POST', {
    type: 'rcs',
    name: 'Acme on RCS',
    config: { provider: 'google', ...credentials },
    defaultBotId: echo.id,
  });
  await waitFor(
    async () => (await stage.api<{ status: string }>(`/channels/${channel.id}`)).status === 'active',
    'The channel did not become active.',
  );
  // As a person does it in Google's console, which asks the URL for proof.
  await stage.ask(`/rcs/console/agents/${AGENT}/webhook`, 'POST', { url: channel.webhookUrl });
});
afterAll(() => stage?.stop());
beforeEach(() => {
  stage.lab.misbehave({ rcs: { hang: 0, rateLimit: 0 } });
});

describe('RCS, end to end', () => {
  it('carries a message to the bot, the answer back, and its receipts up to read', async () => {
    act({ do: 'text', text: 'Is anybody there?' });
    await waitFor(async () => business().length === 1, 'No answer came.');
    expect(business()[0]).toMatchObject({ text: 'Is anybody there?' });
    await waitFor(async () => (await messages()).some(({ status }) => status === 'read'), 'The answer was never read.');
    const [answer, question] = await messages();
    expect(question).toMatchObject({
      direction: 'inbound',
      from: number('ana'),
      content: { text: 'Is anybody there?' },
    });
    const events = await stage.db.query('select type from events where subject_id = $1 order by xid, seq', [
      uuidOf(answer!.id),
    ]);
    expect(events.rows.map(({ type }) => type)).toEqual([
      'message.queued',
      'message.sent',
      'message.delivered',
      'message.read',
    ]);
  });

  it('shows answers as chips, and a press comes back as an action with its payload', async () => {
    act({ do: 'text', text: 'menu' });
    await waitFor(async () => Boolean(business().at(-1)?.buttons), 'No chips came.');
    const menu = business().at(-1)!;
    const chip = menu.buttons!.flat().find(({ text }) => text === 'Blue')!;
    act({ do: 'tap', messageId: menu.id, buttonId: chip.id });
    await waitFor(async () => Boolean(business().at(-1)?.text?.startsWith('Blue it is')), 'Nobody answered.');
    const tap = (await messages()).find(({ content }) => content.type === 'event');
    expect(tap?.content).toMatchObject({ event: 'postback', payload: 'colour:Blue', text: 'Blue' });
    // The list became chips too; its last answer is a button that stays, on a card.
    const sizes = business().at(-1)!;
    act({ do: 'tap', messageId: sizes.id, buttonId: sizes.buttons!.flat()[0]!.id });
    await waitFor(async () => Boolean(business().at(-1)?.text?.startsWith('Noted')), 'Nobody noted it.');
    expect(business().at(-1)!.buttons).toMatchObject([[{ text: 'Order again', style: 'inline' }]]);
  });

  it('brings files in, with a link of ours, and places', async () => {
    act({ do: 'image', filename: 'cat.png', mimeType: 'image/png', base64: PIXEL });
    await waitFor(async () => business().at(-1)?.text === 'Thank you for the image.', 'The picture did not come.');
    const got = (await messages()).find(({ content }) => content.type === 'image')!;
    expect(got.content.media).toMatchObject({ url: expect.stringContaining('/media/media_'), mimeType: 'image/png' });
    const file = await fetch(got.content.media!.url!);
    expect(Buffer.from(await file.arrayBuffer()).toString('base64')).toBe(PIXEL);
    act({ do: 'location', latitude: 48.85, longitude: 2.35 });
    await waitFor(async () => business().at(-1)?.text === 'You are at 48.85, 2.35.', 'The place did not come.');
  });

  it('sends a file that is stored with us', async () => {
    const sent = await send({ type: 'image', media: { url: `data:image/png;base64,${PIXEL}` } });
    await became(sent.id, 'delivered', 'read');
    const shown = business('kofi').at(-1)!;
    expect(shown.kind).toBe('image');
    const file = await fetch(`${stage.lab.url}${shown.mediaUrl}`);
    expect(Buffer.from(await file.arrayBuffer()).toString('base64')).toBe(PIXEL);
  });

  it('writes down who leaves, sends them nothing, and lets them come back', async () => {
    act({ do: 'text', text: 'STOP' }, 'lea');
    const consent = (state: string) =>
      waitFor(
        async () =>
          (
            await stage.db.query('select 1 from identities where channel_id = $1 and value = $2 and consent = $3', [
              uuidOf(channel.id),
              number('lea'),
              state,
            ])
          ).rowCount === 1,
        `She did not become ${state}.`,
      );
    await consent('opted_out');
    await expect(send({ type: 'text', text: 'Sale!' }, {}, number('lea'))).rejects.toThrow(/opted out/i);
    expect(business('lea')).toEqual([]);
    act({ do: 'follow' }, 'lea');
    await consent('opted_in');
    const { id } = await send({ type: 'text', text: 'Welcome back' }, {}, number('lea'));
    await became(id, 'delivered', 'read');
    act({ do: 'unfollow' }, 'lea');
    await consent('opted_out');
  });

  it('says nothing twice where an answer was lost: the same id, and Google knows it', async () => {
    stage.lab.misbehave({ rcs: { hang: 1 } });
    const { id } = await send({ type: 'text', text: 'Once and only once' });
    await waitFor(async () => business('kofi').some(({ text }) => text === 'Once and only once'), 'It did not arrive.');
    stage.lab.misbehave({ rcs: { hang: 0 } });
    await waitFor(async () => ['delivered', 'read'].includes((await read(id)).status), 'It was not settled.', 40_000);
    expect(business('kofi').filter(({ text }) => text === 'Once and only once')).toHaveLength(1);
  }, 60_000);

  it('loses nothing and says nothing twice on a bad day', async () => {
    stage.lab.misbehave({
      rcs: { duplicate: 1, reorder: 0.5, rateLimit: 0.4, retryAfterSeconds: 1, serverError: 0.3, lateReceiptMs: 300 },
      seed: 7,
    });
    const words = Array.from({ length: 6 }, (_, i) => `On a bad day, ${i}`);
    for (const text of words) act({ do: 'text', text }, 'layla');
    await waitFor(
      async () => words.every((text) => business('layla').some((one) => one.text === text)),
      'Something was lost.',
      60_000,
    );
    stage.lab.misbehave({
      rcs: { duplicate: 0, reorder: 0, rateLimit: 0, serverError: 0, lateReceiptMs: 0 },
    });
    await waitFor(
      async () => {
        const ours = (await messages()).filter(
          ({ direction, to }) => direction === 'outbound' && to === number('layla'),
        );
        return ours.length === words.length && ours.every(({ status }) => ['delivered', 'read'].includes(status));
      },
      'Not everything was settled.',
      30_000,
    );
    expect(
      business('layla')
        .map(({ text }) => text)
        .sort(),
    ).toEqual(words);
  }, 120_000);

  it('takes the webhook of a whole partner at the URL of the type', async () => {
    const url = `${stage.app.url}/webhooks/rcs`;
    await stage.ask(`/rcs/console/agents/${AGENT}/webhook`, 'POST', { url });
    act({ do: 'text', text: 'Through the other door' });
    await waitFor(async () => business().at(-1)?.text === 'Through the other door', 'Nobody heard it.');
    const stranger = JSON.stringify({ clientToken: 'of nobody here', secret: '1' });
    expect((await fetch(url, { method: 'POST', body: stranger })).status).toBe(400);
    expect((await fetch(url, { method: 'POST', body: '{}' })).status).toBe(401);
    await stage.ask(`/rcs/console/agents/${AGENT}/webhook`, 'POST', { url: channel.webhookUrl });
  });

  it('asks what a phone can show', async () => {
    const check = (person: string) =>
      stage.api(`/channels/${channel.id}/check?to=${encodeURIComponent(number(person))}`);
    expect(await check('ana')).toMatchObject({
      rcsEnabled: true,
      features: expect.arrayContaining(['RICHCARD_CAROUSEL']),
    });
    act({ do: 'device', reach: 'none' }, 'jurgen');
    expect(await check('jurgen')).toMatchObject({ rcsEnabled: false, features: [] });
  });
});

describe('every kind of content', () => {
  it.each(anyContents().map(({ name, content }) => [name, content] as const))(
    '%s arrives with its words, or is refused with a reason',
    async (_name, content) => {
      const before = business('kofi').length;
      const { id } = await send(content);
      await became(id, 'delivered', 'read', 'failed');
      const told = await read(id);
      if (told.status === 'failed') {
        expect(told.failedReason).toBeTruthy();
        return;
      }
      const shown = business('kofi').slice(before);
      const screen = JSON.stringify(shown.map(({ id: _id, ...rest }) => rest));
      for (const word of wordsOf(content)) expect(screen).toContain(word);
    },
  );
});

describe('where RCS does not reach', () => {
  const TEXTS = '+15550100901';
  let sms: { id: string };

  beforeAll(async () => {
    const { credentials } = stage.lab.account({ provider: 'sms', account: TEXTS, title: 'Acme' });
    sms = await stage.api('/channels', 'POST', { type: 'sms', name: 'Acme by text', config: credentials });
    await waitFor(
      async () => (await stage.api<{ status: string }>(`/channels/${sms.id}`)).status === 'active',
      'The SMS channel did not become active.',
    );
  });
  const heardByText = (text: string) =>
    waitFor(
      async () => stage.lab.phone('sms', TEXTS, 'yuki').messages.some((one) => one.text === text),
      'It did not arrive as an SMS.',
    );

  it('a message goes on as an SMS at once where the phone has no RCS', async () => {
    act({ do: 'device', reach: 'none' }, 'yuki');
    const { id } = await send(
      { type: 'text', text: 'Your parcel is here' },
      { failover: [{ channel: sms.id, until: 'delivered' }] },
      number('yuki'),
    );
    await became(id, 'failed');
    expect((await read(id)).failedReason).toBeTruthy();
    await heardByText('Your parcel is here');
    expect(business('yuki')).toEqual([]);
  });

  it('with its answers as numbers, and the number chosen is the answer', async () => {
    act({ do: 'device', reach: 'none' }, 'yuki');
    const actions = [
      { type: 'reply', text: 'Today', payload: 'when:today' },
      { type: 'reply', text: 'Tomorrow', payload: 'when:tomorrow' },
    ];
    await send(
      { type: 'text', text: 'When may we come?', actions },
      { failover: [{ channel: 'sms', until: 'delivered' }] },
      number('yuki'),
    );
    const asked = () => stage.lab.phone('sms', TEXTS, 'yuki').messages.some((one) => one.text?.includes('2) Tomorrow'));
    await waitFor(async () => asked(), 'It did not arrive as an SMS.');
    // What the numbers mean is known when Twilio's answer has been written down.
    await waitFor(async () => {
      const { data } = await stage.api<{ data: Wire[] }>(`/messages?channelId=${sms.id}&limit=20`);
      return data.every(({ status }) => status !== 'pending');
    }, 'It was not settled.');
    stage.lab.act('sms', TEXTS, 'yuki', { do: 'text', text: '2' });
    await waitFor(async () => {
      const { data } = await stage.api<{ data: Wire[] }>(`/messages?channelId=${sms.id}&limit=20`);
      return data.some(({ content }) => content.type === 'event' && content.payload === 'when:tomorrow');
    }, 'The answer was not understood.');
  });

  it('and when Google takes it back at the end of its time', async () => {
    await stage.api(`/channels/${channel.id}`, 'PATCH', { config: { defaultTtl: '86400s' } });
    act({ do: 'device', reach: 'offline' }, 'yuki');
    const { id } = await send(
      { type: 'text', text: 'Your code is 17' },
      { failover: [{ channel: sms.id, until: 'delivered' }] },
      number('yuki'),
    );
    await became(id, 'sent');
    act({ do: 'elapse', hours: 25 }, 'yuki');
    await became(id, 'failed');
    expect(await read(id)).toMatchObject({ failedReason: expect.stringContaining('time to live') });
    await heardByText('Your code is 17');
  });

  it('and never when it was delivered', async () => {
    act({ do: 'device', reach: 'rcs' }, 'yuki');
    const { id } = await send(
      { type: 'text', text: 'Only here' },
      { failover: [{ channel: sms.id, afterSeconds: 2, until: 'delivered' }] },
      number('yuki'),
    );
    await became(id, 'delivered', 'read');
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(stage.lab.phone('sms', TEXTS, 'yuki').messages.some(({ text }) => text === 'Only here')).toBe(false);
  });
});

/** A picture of one pixel. */
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** The words a reader has to find: of texts, titles, names and numbers, wherever they stand. */
function wordsOf(content: unknown): Set<string> {
  const found = new Set<string>();
  const visit = (node: unknown, key: string): void => {
    if (Array.isArray(node)) for (const one of node) visit(one, key);
    else if (typeof node === 'object' && node !== null)
      for (const [name, value] of Object.entries(node)) visit(value, name);
    else if (typeof node === 'string' && READ.has(key))
      for (const word of node.split(/[^\p{L}\p{N}]+/u)) if (word) found.add(word);
  };
  visit(content, '');
  return found;
}
const READ = new Set(['text', 'title', 'description', 'name', 'phones', 'subject', 'header', 'footer']);
