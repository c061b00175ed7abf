import type { ProviderError } from '@tributary/channels';
import { newUuid, RANK } from '@tributary/protocol';
import { insertMessages, type NewMessage } from '../store/accept.ts';
import { noteRefusals } from '../store/consents.ts';
import { cleanJson, type Db, type Tx } from '../store/db.ts';
import {
  deriveStates,
  findParts,
  findPartsBefore,
  findPartsUpTo,
  insertReceipts,
  lockDeliveries,
  matchWaiting,
  parkEcho,
  placeEchoes,
  type ReceiptRow,
  raiseParts,
  takeParkedEchoes,
} from '../store/receipts.ts';
import { refusalsIn } from './refusals.ts';

/** The provider's word about something we sent, still to be matched. `state` only ever raises what is known. */
export interface Evidence {
  id: string;
  ws: string;
  ch: string;
  state: 'sent' | 'delivered' | 'read' | 'failed';
  at: Date;
  error?: ProviderError;
  externalId?: string;
  partKey?: string;
  upTo?: Date;
  /** With `upTo`, or with `externalId`: what was said to this identity before is meant too. */
  identity?: string;
  jid: string | null;
  jno: number | null;
}

/** What the business said on the provider's side: perhaps our own message coming back. */
export interface Echo {
  partKey?: string;
  externalId: string;
  at: Date;
  message: NewMessage;
}

interface Raise {
  ws: string;
  ch: string;
  delivery: string;
  no: number;
  ext: string | null;
  state: number;
  error: unknown;
  at: string;
  jid?: string | null;
  jno?: number | null;
}

const PART_KEY = /^dlv_([0-9a-f]{32})\.(\d{1,4})$/;

/** Reads the delivery and request number out of a part key of ours. */
export function readPartKey(partKey: string): { delivery: string; no: number } | undefined {
  const found = PART_KEY.exec(partKey);
  return found ? { delivery: found[1]!, no: Number(found[2]) } : undefined;
}

/**
 * Keeps every piece of evidence and settles the deliveries it speaks of. Evidence whose provider id is not known yet waits: `settle` claims it
 * when the id arrives, and `sweepWaiting` catches what slipped between the two.
 */
export async function applyEvidence(tx: Tx, evidence: readonly Evidence[]): Promise<void> {
  if (evidence.length === 0) return;
  const byId = new Map(
    (
      await findParts(
        tx,
        evidence.flatMap((one) => (one.externalId ? [{ ws: one.ws, ch: one.ch, ext: one.externalId }] : [])),
      )
    ).map((row) => [`${row.ch} ${row.ext}`, row]),
  );
  const rows: ReceiptRow[] = [];
  const raises: Raise[] = [];
  const add = (one: Evidence, part: { delivery: string; no: number } | undefined, id = one.id): void => {
    const at = one.at.toISOString();
    rows.push({
      id,
      ws: one.ws,
      ch: one.ch,
      ext: one.externalId ?? null,
      part: one.partKey ?? null,
      delivery: part?.delivery ?? null,
      no: part?.no ?? null,
      state: RANK[one.state],
      error: one.error ?? null,
      at,
      jid: one.jid,
      jno: one.jno,
    });
    if (part)
      raises.push({
        ws: one.ws,
        ch: one.ch,
        ...part,
        ext: one.externalId ?? null,
        state: RANK[one.state],
        error: one.error ?? null,
        at,
        jid: one.jid,
        jno: one.jno,
      });
  };
  for (const one of evidence) {
    if (one.upTo && one.identity) {
      const parts = await findPartsUpTo(tx, one.ws, one.identity, one.upTo, RANK[one.state]);
      for (const [i, part] of parts.entries()) add(one, part, i === 0 ? one.id : newUuid());
    } else {
      const named = one.partKey ? readPartKey(one.partKey) : undefined;
      const part = named ?? (one.externalId ? byId.get(`${one.ch} ${one.externalId}`) : undefined);
      add(one, part);
      if (!part || !one.identity) continue;
      const earlier = await findPartsBefore(tx, one.ws, one.identity, part, RANK[one.state]);
      for (const before of earlier) add({ ...one, externalId: undefined }, before, newUuid());
    }
  }
  const changed = await raise(tx, raises);
  // A part key may be anything a stranger made up: evidence for a delivery that is not there stays, speaking of nothing.
  for (const row of rows) {
    if (row.delivery && !changed.known.has(row.delivery)) {
      row.delivery = null;
      row.no = null;
    }
  }
  await insertReceipts(tx, cleanJson(rows));
}

/** Locks, raises the parts, derives the deliveries, and notes who does not want to hear from us. */
export async function raise(
  tx: Tx,
  raises: readonly Raise[],
): Promise<{ known: Set<string>; changed: { id: string; state: number }[] }> {
  if (raises.length === 0) return { known: new Set(), changed: [] };
  const known = await lockDeliveries(
    tx,
    raises.map((one) => ({ ws: one.ws, id: one.delivery, ch: one.ch })),
  );
  const real = raises.filter((one) => known.has(one.delivery));
  if (real.length === 0) return { known, changed: [] };
  await raiseParts(tx, cleanJson(real));
  const changed = await deriveStates(
    tx,
    real.map((one) => ({ ws: one.ws, id: one.delivery, at: one.at })),
  );
  await noteRefusals(tx, refusalsIn(real));
  return { known, changed };
}

/**
 * Tells our own words from somebody else's. Ours by part key or known id: evidence that they were sent. Not known, but something of ours to that
 * person is under way: parked until its id is known. Otherwise a person answered on the provider's side: an outbound message of theirs.
 */
export async function settleEchoes(tx: Tx, echoes: readonly Echo[]): Promise<void> {
  if (echoes.length === 0) return;
  const placed = new Map(
    (
      await placeEchoes(
        tx,
        echoes.map(({ message, externalId }) => ({
          ws: message.ws,
          ch: message.ch,
          ext: externalId,
          idn: message.idn,
        })),
      )
    ).map((row) => [row.ext, row]),
  );
  const evidence: Evidence[] = [];
  const foreign: NewMessage[] = [];
  for (const echo of echoes) {
    const { message, externalId, at, partKey } = echo;
    const place = placed.get(externalId);
    if ((partKey && readPartKey(partKey)) || place?.delivery) {
      evidence.push({
        id: newUuid(),
        ws: message.ws,
        ch: message.ch,
        state: 'sent',
        at,
        partKey,
        externalId,
        jid: message.jid,
        jno: message.jno,
      });
    } else if (place?.under_way) {
      await parkEcho(tx, {
        ws: message.ws,
        id: newUuid(),
        ch: message.ch,
        ext: externalId,
        at: at.toISOString(),
        message: cleanJson(message),
      });
    } else foreign.push(message);
  }
  await applyEvidence(tx, evidence);
  if (foreign.length > 0) await insertMessages(tx, cleanJson(foreign));
}

/** Our requests' answers come within this time; afterwards a parked echo was somebody else's. */
const ECHO_PATIENCE_MS = 60_000;
const SWEEP_LIMIT = 500;

/** Matches evidence that came before the id it speaks of, and lets go of echoes nobody claimed. Answers how many rows it moved. */
export async function sweepWaiting(db: Db, echoPatienceMs = ECHO_PATIENCE_MS): Promise<number> {
  return db.tx(async (tx) => {
    const due = await matchWaiting(tx, 0, SWEEP_LIMIT);
    await raise(
      tx,
      due.map((row) => ({ ...row, at: new Date(row.at).toISOString() })),
    );
    const strangers = (await takeParkedEchoes(tx, echoPatienceMs, SWEEP_LIMIT)) as NewMessage[];
    if (strangers.length > 0) await insertMessages(tx, cleanJson(strangers));
    return due.length + strangers.length;
  });
}
