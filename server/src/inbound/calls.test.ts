import { type InboundEventOf, messageKey } from '@tributary/channels';
import { uuidOf } from '@tributary/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../test/harness/database.ts';
import { Whereis } from '../contacts/resolve.ts';
import { findLine, openCalls } from '../store/calls.ts';
import { type Db, openDb } from '../store/db.ts';
import type { Channel } from '../store/registry.ts';
import { seenKey } from '../store/seen.ts';
import { acceptBatch } from './accept.ts';
import { makeChannel, makeWorkspace, SEAL } from './testing.ts';

const PERSON = { kind: 'phone', value: '+15550100201' } as const;
const CALL = 'CA00000000000000000000000000000001';
let fresh: FreshDatabase;
let db: Db;
let channel: Channel;
let requests = 0;

beforeAll(async () => {
  fresh = await freshDatabase();
  db = openDb(fresh.connection);
});
afterAll(async () => {
  await db.end();
  await fresh.drop();
});
beforeEach(async () => {
  channel = await makeChannel(db, await makeWorkspace(db), 'voice', {
    accountSid: 'AC00000000000000000000000000005550',
    authToken: 'test-auth-token',
    phoneNumber: '+15550100900',
  });
});

type Call = InboundEventOf<'call'>;
const noon = Date.UTC(2026, 10, 20, 12);

/** One request that tells how a call goes, `seconds` after noon. */
async function tell(
  state: string,
  seconds: number,
  more: Partial<Call['session']> = {},
  detail: object = {},
): Promise<void> {
  const at = new Date(noon + seconds * 1_000);
  const open = !['completed', 'busy', 'no-answer'].includes(state);
  const event: Call = {
    type: 'call',
    key: `call:${CALL}:${state}:${requests++}`,
    account: channel.account,
    at,
    raw: {},
    from: PERSON,
    session: { id: CALL, open, direction: 'inbound', ...more },
    detail: { id: CALL, state, ...detail },
  };
  const request = {
    via: 'http' as const,
    method: 'POST',
    publicUrl: '/',
    headers: {},
    body: new Uint8Array(),
    receivedAt: at,
  };
  await db.tx((tx) =>
    acceptBatch(tx, [{ channel, request, events: [event], adapter: 'voice@1' }], new Whereis(), SEAL),
  );
}
const messages = async () =>
  (
    await db.query<{ content: { detail: object }; direction: string; metadata: Record<string, unknown> }>(
      'select content, direction, metadata from messages where workspace_id = $1 order by id',
      [uuidOf(channel.workspaceId)],
    )
  ).rows;
const events = async (): Promise<string[]> =>
  (
    await db.query<{ type: string }>(
      "select type from events where workspace_id = $1 and type like 'message.%' order by xid, seq",
      [uuidOf(channel.workspaceId)],
    )
  ).rows.map((row) => row.type);
const openCall = async () =>
  (
    await db.query<{ call: { id: string; since: string } | null }>(
      'select call from identities where workspace_id = $1',
      [uuidOf(channel.workspaceId)],
    )
  ).rows[0]?.call;

describe('a call', () => {
  it('is one message, told as received once, that says the newest', async () => {
    await tell('ringing', 0);
    await tell('in-progress', 1);
    await tell('completed', 30, {}, { seconds: 29 });
    expect(await messages()).toMatchObject([
      { direction: 'inbound', content: { event: 'call', detail: { id: CALL, state: 'completed', seconds: 29 } } },
    ]);
    expect(await events()).toEqual(['message.received', 'message.updated', 'message.updated']);
  });

  it('is open until its end is told, and where its words begin stays', async () => {
    await tell('ringing', 0);
    const first = await openCall();
    expect(first).toMatchObject({ id: CALL, since: expect.stringMatching(/^\d+\.0$/) });
    await tell('in-progress', 1);
    expect(await openCall()).toEqual(first);
    expect(await findLine(db, uuidOf(channel.workspaceId), uuidOf(channel.id), PERSON)).toMatchObject({
      since: first!.since,
    });
    await tell('completed', 2);
    expect(await openCall()).toBeNull();
  });

  it('stays ended whatever is told late, and keeps what was told last', async () => {
    await tell('in-progress', 5);
    await tell('ringing', 1);
    expect((await messages())[0]!.content.detail).toMatchObject({ state: 'in-progress' });
    await tell('completed', 4);
    await tell('in-progress', 9);
    expect((await messages())[0]!.content.detail).toMatchObject({ state: 'completed' });
    expect(await openCall()).toBeNull();
  });

  it('that is heard of only when it is over is answered by no program', async () => {
    await tell('no-answer', 0);
    expect(await messages()).toMatchObject([{ metadata: { automatic: true } }]);
    expect(await openCall()).toBeNull();
  });

  it('of ours is no arrival, and is not opened again by whoever made it', async () => {
    await tell('initiated', 0, { direction: 'outbound' });
    expect(await messages()).toMatchObject([{ direction: 'outbound' }]);
    expect(await events()).toEqual(['message.echoed']);
    const { identity } = (await findLine(db, uuidOf(channel.workspaceId), uuidOf(channel.id), PERSON))!;
    const made = {
      ws: uuidOf(channel.workspaceId),
      ch: uuidOf(channel.id),
      identity,
      id: CALL,
      key: seenKey(messageKey(CALL)),
      since: '7.0',
    };
    await openCalls(db, [made]);
    expect(await openCall()).toMatchObject({ since: '7.0' });
    await tell('busy', 1, { direction: 'outbound' });
    await openCalls(db, [made]);
    expect(await openCall()).toBeNull();
  });
});
