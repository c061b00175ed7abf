import { afterAll, beforeAll, expect, it } from 'vitest';
import { waitFor } from '../stage/channels.ts';
import { openStage, type Stage } from '../stage/inside.ts';

const BOT = '7000000001';
const TOKEN = `${BOT}:TEST-telegram-bot-token-not-real0001`;
let stage: Stage;
let channel: { id: string };
let chat: string;

const send = (text: string, more: object = {}): Promise<{ id: string }> =>
  stage.api('/messages', 'POST', { channelId: channel.id, to: chat, content: { type: 'text', text }, ...more });
const heard = (): string[] =>
  stage.lab.phone('telegram', BOT, 'ana').messages.flatMap((one) => (one.from === 'business' ? [one.text ?? ''] : []));
const deliveryOf = async (id: string): Promise<{ state: number; done: boolean; attempts: number; resends: number }> =>
  (
    await stage.db.query('select state::int, done, attempts, resends from deliveries where message_id = $1', [
      id.slice(4),
    ])
  ).rows[0] as never;

beforeAll(async () => {
  // The wait for evidence is half a minute in life.
  stage = await openStage({ worker: { unknownMs: 600, leaseSeconds: 2 } });
  stage.lab.configure({ limits: false });
  stage.lab.account({
    provider: 'telegram',
    account: BOT,
    title: 'Stage',
    credentials: { botToken: TOKEN, username: 'stage_bot' },
  });
  channel = await stage.api('/channels', 'POST', {
    type: 'telegram',
    name: 'Telegram',
    config: { botToken: TOKEN },
    metadata: { rate: { perSecond: 1_000, burst: 1_000, perRecipientPerSecond: 1_000, recipientBurst: 1_000 } },
  });
  await waitFor(
    async () => (await stage.api<{ status: string }>(`/channels/${channel.id}`)).status === 'active',
    'The channel did not become active.',
  );
  stage.lab.act('telegram', BOT, 'ana', { do: 'text', text: 'hi' });
  chat = String(stage.lab.people.find((one) => one.id === 'ana')!.telegram.id);
});
afterAll(() => stage?.stop());

it('sends again what nobody answered, after its wait, and counts it', async () => {
  stage.lab.misbehave({ telegram: { hang: 1 } });
  const { id } = await send('into the void');
  await waitFor(async () => heard().includes('into the void'), 'The double did not get it.');
  stage.lab.misbehave({ telegram: { hang: 0 } });
  await waitFor(async () => (await deliveryOf(id)).done, 'It was not settled.', 40_000);
  expect(await deliveryOf(id)).toMatchObject({ state: 3, resends: 1 });
  expect(heard().filter((text) => text === 'into the void')).toHaveLength(2);
}, 60_000);

it('holds what nobody answered where the sender said so, and goes on with the next', async () => {
  stage.lab.misbehave({ telegram: { hang: 1 } });
  const held = await send('once at most', { onUnknown: 'hold' });
  await waitFor(async () => heard().includes('once at most'), 'The double did not get it.');
  stage.lab.misbehave({ telegram: { hang: 0 } });
  const next = await send('the next one');
  await waitFor(async () => (await deliveryOf(next.id)).done, 'The next one was not sent.', 40_000);
  expect(await deliveryOf(held.id)).toMatchObject({ state: 2, done: true, resends: 0 });
  expect(heard().filter((text) => text === 'once at most')).toHaveLength(1);
  expect((await stage.api<{ status: string }>(`/messages/${held.id}`)).status).toBe('pending');
}, 60_000);

it('keeps the order of one person’s messages through 429s and 5xx, without losing one', async () => {
  stage.lab.misbehave({ telegram: { rateLimit: 0.2, retryAfterSeconds: 1, serverError: 0.2 } });
  const before = heard().length;
  for (let i = 1; i <= 15; i++) await send(`number ${i}`);
  await waitFor(async () => heard().length >= before + 15, 'Not all arrived.', 60_000);
  stage.lab.misbehave({ telegram: { rateLimit: 0, serverError: 0 } });
  expect(heard().slice(before)).toEqual(Array.from({ length: 15 }, (_, i) => `number ${i + 1}`));
}, 90_000);

it('marks a blocked person, fails at once, and refuses the next message with 422', async () => {
  stage.lab.act('telegram', BOT, 'ana', { do: 'block' });
  await waitFor(
    async () =>
      (await stage.db.query('select consent from identities where value = $1', [chat])).rows[0]?.consent === 'blocked',
    'The block was not noticed.',
  );
  await expect(send('hello?')).rejects.toThrow('422');
  stage.lab.act('telegram', BOT, 'ana', { do: 'unblock' });
  await waitFor(
    async () =>
      (await stage.db.query('select consent from identities where value = $1', [chat])).rows[0]?.consent === 'none',
    'The unblock was not noticed.',
  );
});
