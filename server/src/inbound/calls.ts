import { type InboundEventOf, messageKey } from '@tributary/channels';
import { newUuid, toId, uuidOf } from '@tributary/protocol';
import type { Place } from '../contacts/resolve.ts';
import { applyEvidence } from '../outbound/receipts.ts';
import { insertMessages, type NewMessage } from '../store/accept.ts';
import { claimCallMessage, closeCall, openCalls, updateCallMessage } from '../store/calls.ts';
import { cleanJson, type Tx } from '../store/db.ts';
import { seenKey } from '../store/seen.ts';
import type { Fresh } from './pages.ts';

type Called = Fresh & { event: InboundEventOf<'call'> };

/**
 * Calls that can be spoken into: each stands in the conversation as one message, written with the first that is told of it and changed with the
 * rest, whatever their order. While one is open the person's identity names it, so that what is said to them goes into it; when it ends, what
 * nobody asked for any more has failed.
 */
export async function acceptCalls(tx: Tx, fresh: readonly Fresh[], places: ReadonlyMap<Fresh, Place>): Promise<void> {
  const called = fresh
    .filter((one): one is Called => one.event.type === 'call' && one.event.session !== undefined && places.has(one))
    // In one order everywhere, so that rivals wait for each other.
    .sort((a, b) => compare(a.event.session!.id, b.event.session!.id) || a.ord - b.ord);
  for (const one of called) await acceptCall(tx, one, places.get(one)!);
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

async function acceptCall(tx: Tx, one: Called, { conversation, identity }: Place): Promise<void> {
  const { channel, event } = one;
  const session = event.session!;
  const where = { ws: uuidOf(channel.workspaceId), ch: uuidOf(channel.id), key: seenKey(messageKey(session.id)) };
  const message = callMessage(one, { conversation, identity });
  if (await claimCallMessage(tx, { ...where, subject: message.id })) {
    if ((await insertMessages(tx, cleanJson([message]))) !== 1)
      throw new Error('The conversation of a call is not where memory has it.');
  } else await updateCallMessage(tx, { ...where, detail: event.detail, at: event.at, ended: !session.open });
  if (session.open) {
    await openCalls(tx, [{ ...where, identity, id: session.id }]);
    return;
  }
  const unsaid = await closeCall(tx, { ws: where.ws, identity, id: session.id });
  await applyEvidence(
    tx,
    unsaid.map(({ delivery, no }) => ({
      id: newUuid(),
      ws: where.ws,
      ch: where.ch,
      state: 'failed',
      at: event.at,
      error: { code: 'rejected', providerMessage: 'The call ended before this was said.' },
      partKey: `${toId('delivery', delivery)}.${no}`,
      jid: one.jid,
      jno: one.jno,
    })),
  );
}

/** The message that stands for a call. Whoever answers calls hears of one that came in and is open, and of no other. */
function callMessage(one: Called, { conversation, identity }: Place): NewMessage {
  const { channel, event } = one;
  const { id, open, direction, automatic } = event.session!;
  const inbound = direction === 'inbound';
  const ours = channel.self ?? channel.account;
  const theirs = event.from!.value;
  const at = event.at.toISOString();
  return {
    ord: one.ord,
    ws: uuidOf(channel.workspaceId),
    id: newUuid(),
    conv: conversation,
    ch: uuidOf(channel.id),
    idn: identity,
    direction,
    author: inbound ? 'contact' : 'system',
    ct: 'event',
    content: { type: 'event', event: 'call', text: inbound ? 'Incoming call' : 'Outgoing call', detail: event.detail },
    sender: inbound ? theirs : ours,
    recipient: inbound ? ours : theirs,
    ext: id,
    reply: null,
    grp: null,
    meta: {
      toldAt: at,
      ...(open ? {} : { endedAt: at }),
      ...(automatic || !open ? { automatic: true } : {}),
    },
    jid: one.jid,
    jno: one.jno,
    at,
    evt: inbound ? 'message.received' : 'message.echoed',
    data: {},
  };
}
