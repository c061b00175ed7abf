import type { InboundEventOf } from '@tributary/channels';
import { newUuid, uuidOf } from '@tributary/protocol';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../test/harness/database.ts';
import { Whereis } from '../contacts/resolve.ts';
import { acceptBatch } from '../inbound/accept.ts';
import { makeChannel, makeWorkspace, SEAL } from '../inbound/testing.ts';
import { type Db, openDb } from '../store/db.ts';
import { startHeads } from '../store/deliveries.ts';
import { claimLanes } from '../store/lanes.ts';
import { parkEcho } from '../store/receipts.ts';
import type { Channel } from '../store/registry.ts';
import { insertSends } from '../store/sends.ts';
import { sweepWaiting } from './receipts.ts';
import { sendRow } from './send.ts';
import { partRow, settleOutcomes } from './settle.ts';

const PERSON = '+15550199001';
let fresh: FreshDatabase;
let db: Db;
let channel: Channel;
let ext = 0;

beforeAll(async () => {
  fresh = await freshDatabase();
  db = openDb(fresh.connection);
});
afterAll(async () => {
  await db.end();
  await fresh.drop();
});
beforeEach(async () => {
  const config = { phoneNumberId: newUuid().slice(0, 15), accessToken: 'a', appSecret: 's', verifyToken: 'v' };
  channel = await makeChannel(db, await makeWorkspace(db), 'whatsapp', config);
});

/** What the business said on the provider's side, as the adapter tells it. */
function echoOf(externalId: string, text: string): InboundEventOf<'message'> {
  return {
    type: 'message',
    key: `message:${externalId}`,
    account: channel.account,
    at: new Date(),
    raw: {},
    externalId,
    from: { kind: 'phone', value: PERSON },
    thread: { key: PERSON, kind: 'direct' },
    content: { type: 'text', text },
    attachments: [],
    echo: true,
  };
}

async function accept(event: InboundEventOf<'message'>): Promise<void> {
  const request = {
    via: 'http' as const,
    method: 'POST',
    publicUrl: '/',
    headers: {},
    body: new Uint8Array(),
    receivedAt: new Date(),
  };
  await db.tx((tx) => acceptBatch(tx, [{ channel, request, events: [event], adapter: 'test' }], new Whereis(), SEAL));
}

/** A message of ours that a worker has begun to send and that the provider has not answered. */
async function sending(): Promise<{ delivery: string; settle(externalId: string): Promise<void> }> {
  await accept({ ...echoOf(`hello-${++ext}`, 'hello'), echo: false });
  const ws = uuidOf(channel.workspaceId);
  const { rows } = await db.query<{ id: string; identity_id: string }>(
    'select id, identity_id from conversations where workspace_id = $1',
    [ws],
  );
  const identity = uuidOf(rows[0]!.identity_id.replaceAll('-', ''));
  const row = sendRow(
    { ws, channel, conversation: rows[0]!.id.replaceAll('-', ''), identity, recipient: PERSON },
    { content: { type: 'text', text: 'ours' }, author: 'api' },
    0,
  );
  await db.tx((tx) => insertSends(tx, [row]));
  const token = newUuid();
  await db.tx(async (tx) => {
    const lanes = (await claimLanes(tx, 'delivery', token, 60, 100, [])).filter((lane) => lane.ws === ws);
    await startHeads(tx, lanes);
  });
  return {
    delivery: row.delivery,
    settle: async (externalId) => {
      const where = {
        ws,
        ch: uuidOf(channel.id),
        lane: row.lane,
        delivery: row.delivery,
        message: row.message,
        identity,
      };
      const settlement = {
        state: null,
        done: true,
        requests: 1,
        nextRequest: 1,
        resends: 0,
        uncount: false,
        error: null,
        losses: null,
        payloads: null,
        heldUntil: null,
      };
      await settleOutcomes(
        db,
        token,
        [{ ...where, settlement, parts: [partRow(where, 0, 'sent', { ext: externalId })], choices: [], waitMs: 0 }],
        new Date(),
      );
    },
  };
}

const outbound = async (): Promise<string[]> =>
  (
    await db.query<{ text: string }>(
      "select content->>'text' as text from messages where workspace_id = $1 and direction = 'outbound' order by id",
      [uuidOf(channel.workspaceId)],
    )
  ).rows.map((row) => row.text);
const stateOf = async (delivery: string): Promise<number> =>
  (await db.query<{ state: number }>('select state::int from deliveries where id = $1', [delivery])).rows[0]!.state;

it('never becomes a second message when it comes before our own HTTP answer', async () => {
  const ours = await sending();
  await accept(echoOf('wamid.OURS', 'ours'));
  expect(await outbound()).toEqual(['ours']);
  await ours.settle('wamid.OURS');
  expect(await stateOf(ours.delivery)).toBe(3);
  await sweepWaiting(db, 0);
  expect(await outbound()).toEqual(['ours']);
});

it('never becomes a second message when it is parked in the moment in which our own answer is written down', async () => {
  const ours = await sending();
  await ours.settle('wamid.CROSSED');
  // As one would be whose batch looked for the id a moment before it was there.
  const [ws, ch] = [uuidOf(channel.workspaceId), uuidOf(channel.id)];
  const message = JSON.stringify({ text: 'ours' });
  await db.tx((tx) =>
    parkEcho(tx, { ws, ch, id: newUuid(), ext: 'wamid.CROSSED', at: new Date().toISOString(), message }),
  );
  await sweepWaiting(db, 0);
  expect(await outbound()).toEqual(['ours']);
  expect((await db.query('select from receipts where workspace_id = $1 and echo is not null', [ws])).rows).toEqual([]);
});

it('never becomes a second message when it comes after our own HTTP answer', async () => {
  const ours = await sending();
  await ours.settle('wamid.LATER');
  await accept(echoOf('wamid.LATER', 'ours'));
  await sweepWaiting(db, 0);
  expect(await outbound()).toEqual(['ours']);
});

it('is evidence that the part was sent when it carries our part key', async () => {
  const ours = await sending();
  await accept({ ...echoOf('wamid.KEYED', 'ours'), partKey: `dlv_${ours.delivery}.0` });
  expect(await outbound()).toEqual(['ours']);
  const { rows } = await db.query('select external_id, state::int from delivery_parts where delivery_id = $1', [
    ours.delivery,
  ]);
  expect(rows).toEqual([{ external_id: 'wamid.KEYED', state: 3 }]);
});

it('becomes a colleague’s message when nobody claims it', async () => {
  const ours = await sending();
  await accept(echoOf('wamid.THEIRS', 'theirs'));
  expect(await outbound()).toEqual(['ours']);
  await ours.settle('wamid.SOMETHING-ELSE');
  await sweepWaiting(db, 0);
  expect(await outbound()).toEqual(['ours', 'theirs']);
});

it('is a colleague’s message at once when nothing of ours is under way', async () => {
  await accept({ ...echoOf(`hello-${++ext}`, 'hello'), echo: false });
  await accept(echoOf('wamid.AT-ONCE', 'theirs'));
  expect(await outbound()).toEqual(['theirs']);
});
