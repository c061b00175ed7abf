import { messageKey } from '@tributary/channels';
import type { Choice } from '@tributary/protocol';
import { type DeliveryState, RANK, toId } from '@tributary/protocol';
import { openCalls } from '../store/calls.ts';
import { noteRefusals, type Refusal } from '../store/consents.ts';
import { cleanJson, type Db, type Tx } from '../store/db.ts';
import { type PartRow, type Settlement, settleDeliveries, writeChoices, writeParts } from '../store/deliveries.ts';
import { lockLanes, type Release, releaseLanes } from '../store/lanes.ts';
import { claimWaiting, deriveStates, lockDeliveries, raiseParts } from '../store/receipts.ts';
import { seenKey } from '../store/seen.ts';
import { refusalsIn } from './refusals.ts';

/** What the worker learnt of one lane's head. */
export interface Outcome {
  ws: string;
  ch: string;
  lane: string;
  delivery: string;
  message: string;
  identity: string | null;
  settlement: Omit<Settlement, 'ws' | 'delivery'>;
  parts: PartRow[];
  choices: Choice[];
  waitMs: number;
  /** The provider says that the person does not want to hear from us. */
  refusal?: Omit<Refusal, 'ws' | 'delivery' | 'at'>;
}

/** Numbered choices close by an answer, our next message, or after this long. */
const CHOICES_OPEN_MS = 24 * 3_600_000;

/**
 * Settles a batch of outcomes in one transaction. Lanes are locked first and deliveries second, both in sorted order, as everywhere. An outcome
 * whose lease was lost meanwhile still leaves its parts as evidence, and the lane to whoever holds it now. Answers whether a lane has more to do.
 */
export async function settleOutcomes(db: Db, token: string, outcomes: readonly Outcome[], now: Date): Promise<boolean> {
  return db.tx(async (tx) => {
    const held = await lockLanes(
      tx,
      'delivery',
      token,
      outcomes.map((one) => ({ ws: one.ws, id: one.lane })),
    );
    await lockDeliveries(
      tx,
      outcomes.map((one) => ({ ws: one.ws, id: one.delivery })),
    );
    await writeAllParts(tx, outcomes);
    const mine = outcomes.filter((one) => held.has(one.lane));
    if (mine.length > 0)
      await settleDeliveries(
        tx,
        cleanJson(mine.map((one) => ({ ws: one.ws, delivery: one.delivery, ...one.settlement }))),
      );
    const at = now.toISOString();
    await deriveStates(
      tx,
      outcomes
        .filter((one) => one.parts.length > 0 || one.settlement.requests !== null)
        .map((one) => ({ ws: one.ws, id: one.delivery, at })),
    );
    await noteRefusals(
      tx,
      mine.flatMap((one) => (one.refusal ? [{ ...one.refusal, ws: one.ws, delivery: one.delivery, at }] : [])),
    );
    await openChoices(tx, mine, now);
    return releaseLanes(
      tx,
      'delivery',
      mine.map((one): Release => ({ ws: one.ws, id: one.lane, done: one.settlement.done ? 1 : 0, waitMs: one.waitMs })),
    );
  });
}

/** Remembers the parts, the calls they opened, and joins the evidence that was waiting for their provider ids. Callers hold the deliveries' locks. */
export async function writeAllParts(tx: Tx, outcomes: readonly Pick<Outcome, 'parts'>[]): Promise<void> {
  const parts = outcomes.flatMap((one) => one.parts);
  if (parts.length === 0) return;
  await writeParts(tx, cleanJson(parts));
  const named = parts.flatMap((part) =>
    part.ext ? [{ ws: part.ws, ch: part.ch, ext: part.ext, delivery: part.delivery, no: part.no }] : [],
  );
  const waiting = await claimWaiting(tx, named);
  if (waiting.length > 0) {
    await raiseParts(tx, cleanJson(waiting.map((row) => ({ ...row, at: new Date(row.at).toISOString() }))));
    await noteRefusals(tx, refusalsIn(waiting));
  }
  const calls = parts.flatMap(({ ws, ch, call }) =>
    call ? [{ ws, ch, ...call, key: seenKey(messageKey(call.id)) }] : [],
  );
  if (calls.length > 0) await openCalls(tx, calls);
}

async function openChoices(tx: Tx, outcomes: readonly Outcome[], now: Date): Promise<void> {
  const until = new Date(now.getTime() + CHOICES_OPEN_MS).toISOString();
  const rows = outcomes
    .filter(
      (one) =>
        one.identity !== null && one.settlement.done && one.settlement.state !== 4 && one.settlement.heldUntil === null,
    )
    .map((one) => ({
      ws: one.ws,
      identity: one.identity,
      choices: one.choices.length > 0 ? { messageId: one.message, choices: one.choices, until } : null,
    }));
  if (rows.length > 0) await writeChoices(tx, cleanJson(rows));
}

/** The row that remembers one request. */
export function partRow(
  where: Pick<Outcome, 'ws' | 'ch' | 'delivery'>,
  no: number,
  state: DeliveryState,
  found: Partial<PartRow>,
): PartRow {
  return {
    ws: where.ws,
    ch: where.ch,
    delivery: where.delivery,
    no,
    key: `${toId('delivery', where.delivery)}.${no}`,
    ext: null,
    more: null,
    state: RANK[state],
    request: null,
    answer: null,
    error: null,
    ...found,
  };
}
