import { uuidOf } from '@tributary/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NUMBER, waitFor } from '../stage/channels.ts';
import { openStage, type Stage } from '../stage/inside.ts';

/** A second number of the same business, for messages that go on elsewhere. */
const OTHER = { ...NUMBER, phoneNumberId: '106540000000002', businessAccountId: '102290000000002' };
const TEMPLATE = { name: 'order_update', language: 'en_US', variables: { 1: 'Ana', 2: '17' } };

interface Wire {
  id: string;
  channelId: string;
  conversationId: string;
  direction: string;
  status: string;
  content: { type: string; text?: string };
  metadata: Record<string, unknown> & { delivery?: { state: string } };
  failedReason?: string;
}

let stage: Stage;
let main: { id: string };
let other: { id: string };
let conversation: string;

const read = (id: string): Promise<Wire> => stage.api(`/messages/${id}`);
const say = (content: unknown, more: object = {}): Promise<Wire> =>
  stage.api('/messages', 'POST', { conversationId: conversation, content, ...more });
const became = (id: string, status: string): Promise<void> =>
  waitFor(async () => (await read(id)).status === status, `The message did not become ${status}.`);
const heard = (account = NUMBER.phoneNumberId): string[] =>
  stage.lab
    .phone('whatsapp', account, 'ana')
    .messages.filter((one) => one.from === 'business')
    .map((one) => one.text ?? '');
const eventsOf = async (id: string, type: string): Promise<Record<string, unknown>[]> =>
  (
    await stage.db.query<{ data: Record<string, unknown> }>(
      'select data from events where subject_id = $1 and type = $2',
      [uuidOf(id), type],
    )
  ).rows.map((row) => row.data);

/** As if so many hours had passed since Ana last wrote. */
async function pass(hours: number): Promise<void> {
  await waitFor(
    async () =>
      (
        await stage.db.query('select 1 from identities where channel_id = $1 and window_until > now()', [
          uuidOf(main.id),
        ])
      ).rowCount === 1,
    'The window did not open.',
  );
  await stage.db.query(
    "update messages set said_at = said_at - make_interval(hours => $2) where channel_id = $1 and direction = 'inbound'",
    [uuidOf(main.id), hours],
  );
  await stage.db.query(
    'update identities set window_until = window_until - make_interval(hours => $2), last_seen_at = last_seen_at - make_interval(hours => $2) where channel_id = $1',
    [uuidOf(main.id), hours],
  );
}

async function connect(config: typeof NUMBER, name: string): Promise<{ id: string }> {
  stage.lab.account({
    provider: 'whatsapp',
    account: config.phoneNumberId,
    title: name,
    credentials: { ...config, displayPhoneNumber: '15550100001' },
  });
  const channel = await stage.api<{ id: string }>('/channels', 'POST', { type: 'whatsapp', name, config });
  await waitFor(
    async () => (await stage.api<{ status: string }>(`/channels/${channel.id}`)).status === 'active',
    `${name} did not become active.`,
  );
  return channel;
}

beforeAll(async () => {
  stage = await openStage();
  // Whether a window is open is for us to know: this provider lets everything pass.
  stage.lab.configure({ autoReadMs: null, limits: false, window: 'off', receipts: 'instant' });
  main = await connect(NUMBER, 'Main');
  other = await connect(OTHER, 'Other');
  stage.lab.act('whatsapp', OTHER.phoneNumberId, 'ana', { do: 'text', text: 'Hello, other number' });
});
afterAll(() => stage?.stop());
beforeEach(async () => {
  stage.lab.act('whatsapp', NUMBER.phoneNumberId, 'ana', { do: 'text', text: `Hello ${Math.random()}` });
  await waitFor(async () => {
    const { data } = await stage.api<{ data: { id: string }[] }>(`/conversations?channelId=${main.id}`);
    conversation = data[0]?.id ?? '';
    return conversation !== '';
  }, 'Ana did not arrive.');
});

describe('a closed window', () => {
  it('refuses, unless something else is asked for', async () => {
    await pass(25);
    await expect(say('Too late')).rejects.toThrow(/OUTSIDE_MESSAGE_WINDOW/);
  });

  it('holds what may wait until the person writes, and sends it then', async () => {
    await pass(25);
    const waiting = await say('When you are back', { whenClosed: 'queue' });
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect((await read(waiting.id)).status).toBe('pending');
    expect(heard()).not.toContain('When you are back');
    stage.lab.act('whatsapp', NUMBER.phoneNumberId, 'ana', { do: 'text', text: 'I am back' });
    await became(waiting.id, 'delivered');
    expect(heard().filter((text) => text === 'When you are back')).toHaveLength(1);
  });

  it('lets nothing wait longer than its time', async () => {
    await pass(25);
    const waiting = await say('Never', { whenClosed: 'queue', queueSeconds: 1 });
    await became(waiting.id, 'failed');
    expect(await eventsOf(waiting.id, 'message.failed')).toMatchObject([{ error: { code: 'window_closed' } }]);
  });

  it('does not hold up what may pass', async () => {
    await pass(25);
    await say('Held', { whenClosed: 'queue' });
    const template = await say({ type: 'template', template: TEMPLATE });
    await waitFor(async () => (await read(template.id)).status !== 'pending', 'The template waited.');
  });

  it('is met by a template where one is given, and the trace says so', async () => {
    await pass(25);
    const sent = await say('Your parcel is here', { options: { whenClosed: 'template', template: TEMPLATE } });
    await waitFor(async () => (await read(sent.id)).status !== 'pending', 'Nothing was sent.');
    const trace = JSON.stringify(await stage.api(`/messages/${sent.id}/trace`));
    expect(trace).toContain('the template “order_update” was sent instead');
    expect(trace).toContain('"type":"template"');
  });

  it('sends the person to the next channel where that is asked for', async () => {
    await pass(25);
    const sent = await say('Elsewhere', { whenClosed: 'failover', failover: [{ channel: other.id }] });
    expect(sent.channelId).toBe(other.id);
    await waitFor(async () => heard(OTHER.phoneNumberId).includes('Elsewhere'), 'It did not arrive.');
  });

  it('is found closed when the turn comes, though it was open when the message was taken', async () => {
    await stage.db.query(
      "update channels set paused_until = now() + interval '3 s', updated_at = now() where id = $1",
      [uuidOf(main.id)],
    );
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const sent = await say('Just in time?');
    await pass(25);
    await became(sent.id, 'failed');
    expect(heard()).not.toContain('Just in time?');
  });

  it('needs what it asks for', async () => {
    await expect(say('Hi', { whenClosed: 'template' })).rejects.toThrow(/options\.template/);
    await expect(say('Hi', { whenClosed: 'failover' })).rejects.toThrow(/failover/);
    await expect(say('Hi', { tag: 'HUMAN_AGENT' })).rejects.toThrow(/options\.tag/);
    await expect(say('Hi', { failover: [{ channel: other.id, until: 'seen' }] })).rejects.toThrow(/failover/);
  });
});

describe('a message with another way to go', () => {
  it('stays where it is when it arrives in time', async () => {
    const sent = await say('On time', { failover: [{ channel: other.id, afterSeconds: 1, until: 'delivered' }] });
    await became(sent.id, 'delivered');
    await waitFor(async () => (await stage.db.query('select 1 from failovers')).rowCount === 0, 'It is still watched.');
    expect(heard(OTHER.phoneNumberId)).not.toContain('On time');
    expect(await eventsOf(sent.id, 'message.failed_over')).toEqual([]);
  });

  it('goes on when it is late, once, and tells from where', async () => {
    stage.lab.act('whatsapp', NUMBER.phoneNumberId, 'ana', { do: 'block' });
    try {
      const sent = await say('Late', { failover: [{ channel: other.id, afterSeconds: 1, until: 'delivered' }] });
      await waitFor(async () => heard(OTHER.phoneNumberId).includes('Late'), 'It did not go on.');
      const [told] = await eventsOf(sent.id, 'message.failed_over');
      expect(told).toMatchObject({ channel: other.id, refused: [] });
      expect((await read(String(told!.messageId))).metadata).toMatchObject({ failoverOf: sent.id });
      expect(JSON.stringify(await stage.api(`/messages/${sent.id}/trace`))).toContain('and went on to');
      await new Promise((resolve) => setTimeout(resolve, 600));
      expect(heard(OTHER.phoneNumberId).filter((text) => text === 'Late')).toHaveLength(1);
    } finally {
      stage.lab.act('whatsapp', NUMBER.phoneNumberId, 'ana', { do: 'unblock' });
    }
  });

  it('goes on at once when it fails, in the words given for there, past channels that cannot', async () => {
    const sent = await say(
      { type: 'image', media: { url: 'http://127.0.0.1:9/nothing.jpg' }, text: 'A picture' },
      { failover: [{ channel: 'line' }, { channel: other.id, content: 'In words' }] },
    );
    await waitFor(async () => heard(OTHER.phoneNumberId).includes('In words'), 'It did not go on.');
    expect((await read(sent.id)).status).toBe('failed');
    expect(await eventsOf(sent.id, 'message.failed_over')).toMatchObject([
      { reason: 'failed', channel: other.id, refused: [expect.stringContaining('line')] },
    ]);
  });
});
