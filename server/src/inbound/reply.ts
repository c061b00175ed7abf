import type { Address, ChannelAdapter, HttpReply, InboundRequest } from '@tributary/channels';
import { newUuid, uuidOf } from '@tributary/protocol';
import type { Logger } from 'pino';
import { applyEvidence, readPartKey } from '../outbound/receipts.ts';
import { readCursor, writeCursor } from '../realtime/cursor.ts';
import { FRAME, type Hub } from '../realtime/hub.ts';
import { findLine, readUnderWay, withoutReceipts } from '../store/calls.ts';
import type { Db } from '../store/db.ts';
import type { Channel } from '../store/registry.ts';
import { type LogRow, type Place, readHorizon, readMissed } from '../store/sockets.ts';

export interface ReplyTools {
  db: Db;
  hub: Pick<Hub, 'subscribe'>;
  log: Logger;
}

/** Frames handed over at once, and what they hold in characters: Twilio reads 64 kB. What is more is fetched with the next request. */
const MOST_FRAMES = 100;
const MOST_CHARACTERS = 48_000;
/** How soon it is looked again while an answer is under way, at first and at most; a frame is told at once in any case. */
const BUSY_MS = 20;
const REST_MS = 250;

/**
 * The answer to a provider that waits for words, once its request is committed; undefined where it waits for none. What was published for the
 * person after the place the request names is handed over as soon as nothing more is under way for them, and after `waitMs` in any case. Nothing is
 * remembered between two requests: the answer holds the place to ask from next. What could not be looked up is asked for again the same way.
 */
export async function replyTo(
  request: InboundRequest,
  channel: Channel,
  adapter: ChannelAdapter,
  tools: ReplyTools,
): Promise<HttpReply | undefined> {
  const ability = adapter.reply;
  const asked = ability?.waits(request, channel.config);
  if (!ability || !asked) return undefined;
  const whose = { ws: uuidOf(channel.workspaceId), ch: uuidOf(channel.id) };
  try {
    const { frames, next } = await gather(whose, asked, channel, tools);
    const answer = ability.answer(frames, request, channel.config, writeCursor(next));
    await tellHandedOver(tools.db, whose, answer.said);
    return answer;
  } catch (error) {
    tools.log.warn({ err: error, channel: channel.id }, 'What to say could not be looked up; it is asked for again.');
    return ability.answer([], request, channel.config, asked.after);
  }
}

const placeOf = (cursor: string | null | undefined): Place | undefined => (cursor ? readCursor(cursor) : undefined);

/** Reads what there is to say, and waits for it. */
async function gather(
  whose: { ws: string; ch: string },
  asked: { to: Address; after?: string; waitMs: number },
  channel: Channel,
  { db, hub }: ReplyTools,
): Promise<{ frames: unknown[]; next: Place }> {
  const until = Date.now() + asked.waitMs;
  const { ws } = whose;
  const start = await readHorizon(db);
  let wake = (): void => {};
  const interest = { workspaceId: channel.workspaceId, channelId: channel.id, visitor: asked.to.value };
  const subscription = hub.subscribe(interest, () => wake());
  try {
    // How far the log has to be readable before all has been seen that was published by the time nothing was under way.
    let whole: bigint | undefined;
    for (let pause = BUSY_MS; ; pause = Math.min(REST_MS, pause * 1.5)) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      // Looked up each time: a call of ours may be answered before we have written down that it is open.
      const line = await findLine(db, ws, whose.ch, asked.to);
      const { busy, horizon, ahead } = await readUnderWay(db, ws, line);
      whole = busy ? undefined : (whole ?? ahead);
      const after = placeOf(asked.after) ?? placeOf(line?.since) ?? start;
      const filter = { ws, subject: line?.identity, types: [FRAME] };
      const rows = line ? await readMissed(db, filter, after, horizon, MOST_FRAMES) : [];
      const left = until - Date.now();
      const seen = whole !== undefined && horizon.xid >= whole;
      if (left <= 0 || (rows.length > 0 && seen)) return handOver(rows, horizon);
      await Promise.race([woken, rest(Math.min(left, seen ? REST_MS : pause))]);
    }
  } finally {
    subscription.close();
  }
}

/** As much as can be said at once, and the place behind it. */
function handOver(rows: readonly LogRow[], horizon: Place): { frames: unknown[]; next: Place } {
  let characters = 0;
  const beyond = rows.findIndex((row, at) => {
    characters += JSON.stringify(row.data.frame).length;
    return at > 0 && characters > MOST_CHARACTERS;
  });
  const said = beyond < 0 ? rows : rows.slice(0, beyond);
  const last = beyond >= 0 || rows.length === MOST_FRAMES ? said.at(-1) : undefined;
  const next = last ? { xid: BigInt(last.xid), seq: BigInt(last.seq) } : horizon;
  return { frames: said.map((row) => row.data.frame), next };
}

const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Keeps that the words were handed over: what never is by the end of a call was not said. */
async function tellHandedOver(db: Db, where: { ws: string; ch: string }, said: readonly string[]): Promise<void> {
  const parts = said.flatMap((partKey) => {
    const part = readPartKey(partKey);
    return part ? [{ ...part, partKey }] : [];
  });
  if (parts.length === 0) return;
  await db.tx(async (tx) => {
    const first = await withoutReceipts(tx, where.ws, parts);
    await applyEvidence(
      tx,
      first.map(({ partKey }) => ({
        id: newUuid(),
        ...where,
        state: 'sent',
        at: new Date(),
        partKey,
        jid: null,
        jno: null,
      })),
    );
  });
}
