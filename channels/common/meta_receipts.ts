import type { InboundEvent } from '../adapter.ts';
import { readObject, readText } from './json.ts';
import { readTime } from './meta.ts';
import { toPerson } from './meta_people.ts';
import { ignored, type Update } from './meta_updates.ts';

const NEVER = new Date(0);

/**
 * What a phone has received and what a person has read. Messenger names the messages it delivered, and otherwise a watermark: everything sent
 * up to that moment. Instagram tells of no deliveries, and names the last message that was read.
 */
export function toReceipts(update: Update): InboundEvent[] | undefined {
  const delivery = readObject(update.item.delivery);
  if (delivery) {
    const mids = Array.isArray(delivery.mids) ? [...new Set(delivery.mids.flatMap((mid) => readText(mid) ?? []))] : [];
    if (mids.length === 0) return [upTo(update, delivery.watermark, 'delivered')];
    return mids.map((mid) => named(update, mid, 'delivered'));
  }
  const read = readObject(update.item.read);
  if (!read) return undefined;
  const mid = readText(read.mid);
  return [mid ? named(update, mid, 'read') : upTo(update, read.watermark, 'read')];
}

type State = 'delivered' | 'read';

/** Who has read a message has read what came before it. */
function named({ base, sender }: Update, externalId: string, state: State): InboundEvent {
  const earlier = state === 'read' && sender ? { address: toPerson(sender) } : {};
  return { ...base, key: `receipt:${externalId}:${state}`, type: 'receipt', target: { externalId, ...earlier }, state };
}

function upTo(update: Update, watermark: unknown, state: State): InboundEvent {
  const { base, sender } = update;
  const moment = readTime(watermark, NEVER);
  if (!sender || moment === NEVER) return ignored(update, 'A receipt that names neither messages nor a moment.');
  const key = `receipt:${sender}:${moment.getTime()}:${state}`;
  return { ...base, key, type: 'receipt', target: { upTo: moment, address: toPerson(sender) }, state };
}
