import { type InboundEvent, type InboundEventOf, messageKey } from '@tributary/channels';
import { type Content, filesIn, toId, uuidOf } from '@tributary/protocol';
import { hearConsent } from '../contacts/consent.ts';
import { type Place, recallPlaces, resolvePlaces, type Whereabouts, type Whereis } from '../contacts/resolve.ts';
import { wantFiles } from '../media/want.ts';
import type { Echo, Evidence } from '../outbound/receipts.ts';
import { applyEvidence, settleEchoes } from '../outbound/receipts.ts';
import {
  insertEvents,
  insertJournalAndSeen,
  insertKnown,
  insertMessages,
  type NewMessage,
  openChoices,
  type SeenKey,
} from '../store/accept.ts';
import {
  editMessage,
  eraseMessage,
  findPayloads,
  findReplied,
  moveAddress,
  reactToMessage,
  rewritePage,
} from '../store/amendments.ts';
import { cleanJson, cleanText, type Tx } from '../store/db.ts';
import { filesOfMessage, insertWanted } from '../store/media.ts';
import { rulePages, saveProgress } from '../store/pending.ts';
import type { Channel } from '../store/registry.ts';
import type { Seal } from '../store/seal.ts';
import { seenKey } from '../store/seen.ts';
import { acceptCalls } from './calls.ts';
import { mayChoose, readChoices } from './choices.ts';
import { blankInPage } from './journal.ts';
import { type Fresh, type Intake, paginate, type Spoken } from './pages.ts';

/** Memory did not match the database: forget it and take the batch again. */
export class StaleMemory extends Error {
  override readonly name = 'StaleMemory';
}

/**
 * Accepts a batch of provider requests in the transaction it is given: journal and dedupe keys first, then, for what is new, people and
 * conversations, messages with their events, edits, reactions, consent, and receipts. The order of these phases is the same everywhere, and
 * within each phase rows are taken in sorted order, so that batches in flight together never deadlock. Answers what to do after the commit.
 */
export async function acceptBatch(tx: Tx, batch: readonly Intake[], known: Whereis, seal: Seal): Promise<() => void> {
  const { pages, found, rulings, progress } = paginate(batch, seal);
  const keys: SeenKey[] = found
    .filter(({ event }) => isRemembered(event))
    .map(({ channel, event, subject }) => ({
      ws: uuidOf(channel.workspaceId),
      ch: uuidOf(channel.id),
      key: seenKey(event.key),
      subject,
    }));
  const newSubjects = await insertJournalAndSeen(tx, pages, keys);
  await rulePages(tx, rulings);
  await saveProgress(tx, progress);
  const fresh = found.filter(({ event, subject }) => newSubjects.has(subject) || event.type === 'typing');
  if (fresh.length === 0) return () => {};

  const placed = fresh.filter(({ event }) => needsPlace(event));
  const whereabouts = placed.map(({ channel, event }) => whereaboutsOf(channel, event));
  const resolution = await resolvePlaces(tx, whereabouts, known);
  const places = new Map(placed.map((one, i) => [one, resolution.places[i]!]));

  await storeMessages(tx, fresh, places);
  await amend(tx, fresh, seal);
  await settleEchoes(tx, echoesIn(fresh, places));
  await applyEvidence(tx, evidenceIn(fresh, places));
  await acceptCalls(tx, fresh, places);
  await tell(tx, fresh, places);
  return resolution.remember;
}

const isRemembered = (event: InboundEvent): boolean => event.type !== 'typing' && event.type !== 'ignored';

function needsPlace(event: InboundEvent): boolean {
  switch (event.type) {
    case 'message':
    case 'action':
    case 'typing':
    case 'consent':
      return true;
    case 'reaction':
      return true;
    case 'receipt':
      return 'address' in event.target;
    default:
      return 'from' in event && event.from !== undefined;
  }
}

function whereaboutsOf(channel: Channel, event: InboundEvent): Whereabouts {
  const from =
    event.type === 'receipt'
      ? (event.target as { address: Whereabouts['from'] }).address
      : (event as { from: Whereabouts['from'] }).from;
  const thread = 'thread' in event && event.thread ? event.thread : { key: from.value, kind: 'direct' as const };
  return { channel, from, thread, profile: 'profile' in event ? event.profile : undefined };
}

/** The row of something said. `answer`: the choice it stands for; `reply`: the message it answers; `payload`: what a short key stands for. */
function messageRow(
  one: Spoken,
  place: Place,
  found: { answer?: Content; reply: string | null; payload?: string },
): NewMessage {
  const { channel, event } = one;
  const { content, files } = wantFiles(
    found.answer ??
      (event.type === 'action'
        ? {
            type: 'event',
            event: 'postback',
            payload: found.payload ?? event.payload,
            text: event.text,
            of: found.reply ?? undefined,
          }
        : event.attachments.length > 0
          ? ({ ...event.content, attachments: event.attachments } as Content)
          : event.content),
  );
  const metadata: Record<string, unknown> = { ...event.metadata };
  if (event.profile?.name) metadata.profileName = event.profile.name;
  if (event.profile?.picture) metadata.profilePicture = event.profile.picture;
  if (event.type === 'message' && event.automatic) metadata.automatic = true;
  return {
    ord: one.ord,
    ws: uuidOf(channel.workspaceId),
    id: one.subject,
    conv: place.conversation,
    ch: uuidOf(channel.id),
    idn: place.identity,
    direction: 'inbound',
    author: 'contact',
    ct: content.type,
    content: content.type === 'unsupported' ? { ...content, raw: event.raw } : content,
    sender: event.from.value,
    recipient: event.to ?? channel.self ?? channel.account,
    ext: event.externalId,
    reply: found.reply,
    grp: event.type === 'message' ? (event.groupKey ?? null) : null,
    meta: metadata,
    jid: one.jid,
    jno: one.jno,
    at: event.at.toISOString(),
    evt: 'message.received',
    data: {},
    files,
  };
}

/**
 * Accepts a batch in one statement, which is its own transaction, where nothing has to be looked up: messages that answer nothing, of people and
 * conversations in memory. Answers false, having written nothing, where the batch is not like that. Open choices are asked for before it: what
 * opens in between was not on anybody's screen yet.
 */
export async function acceptKnown(db: Tx, batch: readonly Intake[], known: Whereis, seal: Seal): Promise<boolean> {
  for (const { events, fault, later, page, progress } of batch) {
    if (fault || later || page || progress) return false;
    for (const event of events) {
      if (event.type === 'ignored') continue;
      if (event.type !== 'message' || event.echo || event.replyTo) return false;
    }
  }
  const { pages, found } = paginate(batch, seal);
  const spoken = found as Spoken[];
  if (spoken.length === 0) return false;
  const places = recallPlaces(
    spoken.map(({ channel, event }) => whereaboutsOf(channel, event)),
    known,
  );
  if (!places) return false;
  const short = spoken.flatMap((one, i) =>
    one.event.type === 'message' && mayChoose(one.event)
      ? [{ ws: uuidOf(one.channel.workspaceId), idn: places[i]!.identity }]
      : [],
  );
  if (short.length > 0 && (await openChoices(db, short)).size > 0) return false;
  try {
    await insertKnown(
      db,
      pages,
      spoken.map((one, i) => ({ ...messageRow(one, places[i]!, { reply: null }), key: seenKey(one.event.key) })),
    );
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === '22012')
      throw new StaleMemory('A conversation that memory knows is gone.');
    throw error;
  }
}

/** Messages and taps become rows. A text that answers open numbered choices becomes the tap it stands for. */
async function storeMessages(tx: Tx, fresh: readonly Fresh[], places: ReadonlyMap<Fresh, Place>): Promise<void> {
  const spoken = fresh.filter(
    (one): one is Fresh & { event: InboundEventOf<'message'> | InboundEventOf<'action'> } =>
      (one.event.type === 'message' && !one.event.echo) || one.event.type === 'action',
  );
  if (spoken.length === 0) return;
  const answers = await readChoices(tx, spoken, places);
  const replied = await findReplied(
    tx,
    spoken.flatMap(({ channel, event }) => {
      const to = event.type === 'action' ? event.of : event.replyTo;
      return to
        ? [
            {
              ws: uuidOf(channel.workspaceId),
              ch: uuidOf(channel.id),
              ext: cleanText(to),
              key: seenKey(messageKey(to)),
            },
          ]
        : [];
    }),
  );
  const payloads = await findPayloads(
    tx,
    spoken.flatMap((one) =>
      one.event.type === 'action' && one.event.payload.startsWith('~')
        ? [
            {
              ws: uuidOf(one.channel.workspaceId),
              conv: places.get(one)!.conversation,
              key: cleanText(one.event.payload),
            },
          ]
        : [],
    ),
  );
  const rows = spoken.map((one) => {
    const to = one.event.type === 'action' ? one.event.of : one.event.replyTo;
    const place = places.get(one)!;
    return messageRow(one, place, {
      answer: answers.get(one),
      reply: to ? (replied.get(cleanText(to)) ?? cleanText(to)) : null,
      payload:
        one.event.type === 'action' ? payloads.get(`${place.conversation} ${cleanText(one.event.payload)}`) : undefined,
    });
  });
  await insertAll(tx, rows);
}

/** Stored must equal asked: a conversation that memory knows and the database does not would lose a message in silence. */
export async function insertAll(tx: Tx, rows: readonly NewMessage[]): Promise<void> {
  const stored = await insertMessages(tx, cleanJson(rows));
  if (stored !== rows.length) throw new StaleMemory(`${rows.length} messages were to be stored and ${stored} were.`);
}

/** Edits, unsends, reactions, consent: rare beside messages, so one statement each. */
async function amend(tx: Tx, fresh: readonly Fresh[], seal: Seal): Promise<void> {
  for (const one of fresh) {
    const { channel, event } = one;
    const where = { ws: uuidOf(channel.workspaceId), ch: uuidOf(channel.id) };
    if (event.type === 'edited') {
      const key = seenKey(messageKey(event.externalId));
      const hasFiles = filesIn(event.content).length > 0;
      const { content, files } = wantFiles(
        event.content,
        hasFiles ? await filesOfMessage(tx, where.ws, where.ch, key) : [],
      );
      const message = await editMessage(tx, where, key, cleanJson(content), event.at);
      if (message && files) await insertWanted(tx, { ...where, message }, files);
    }
    if (event.type === 'deleted') {
      const page = await eraseMessage(tx, where, seenKey(messageKey(event.externalId)), event.at);
      if (page) await rewritePage(tx, where.ws, page.journal, (sealed) => blankInPage(sealed, page.no, seal));
    }
  }
}

function evidenceIn(fresh: readonly Fresh[], places: ReadonlyMap<Fresh, Place>): Evidence[] {
  return fresh.flatMap((one): Evidence[] => {
    if (one.event.type !== 'receipt') return [];
    const { target, state, error, at } = one.event;
    const base = {
      id: one.subject,
      ws: uuidOf(one.channel.workspaceId),
      ch: uuidOf(one.channel.id),
      state,
      error,
      at,
      jid: one.jid,
      jno: one.jno,
    };
    if ('upTo' in target) return [{ ...base, upTo: target.upTo, identity: places.get(one)!.identity }];
    if ('partKey' in target)
      return [{ ...base, partKey: target.partKey, externalId: target.externalId && cleanText(target.externalId) }];
    const identity = places.get(one)?.identity;
    return [{ ...base, externalId: cleanText(target.externalId), ...(identity && { identity }) }];
  });
}

/** What the business said elsewhere, or our own words coming back: outbound/ tells them apart. */
function echoesIn(fresh: readonly Fresh[], places: ReadonlyMap<Fresh, Place>): Echo[] {
  return fresh.flatMap((one): Echo[] => {
    if (one.event.type !== 'message' || !one.event.echo) return [];
    const { event, channel } = one;
    const place = places.get(one)!;
    const { content, files } = wantFiles(
      event.attachments.length > 0 ? ({ ...event.content, attachments: event.attachments } as Content) : event.content,
    );
    return [
      {
        partKey: event.partKey,
        externalId: cleanText(event.externalId),
        at: event.at,
        message: {
          ord: one.ord,
          ws: uuidOf(channel.workspaceId),
          id: one.subject,
          conv: place.conversation,
          ch: uuidOf(channel.id),
          idn: place.identity,
          direction: 'outbound',
          author: 'agent',
          ct: content.type,
          content,
          sender: event.to ?? channel.self ?? channel.account,
          recipient: event.from.value,
          ext: event.externalId,
          reply: event.replyTo ?? null,
          grp: event.groupKey ?? null,
          meta: { ...event.metadata, echo: true },
          jid: one.jid,
          jno: one.jno,
          at: event.at.toISOString(),
          evt: 'message.echoed',
          data: {},
          files,
        },
      },
    ];
  });
}

/** The rest of what a provider tells: events of the log, with consent and reactions also written where they are read. */
async function tell(tx: Tx, fresh: readonly Fresh[], places: ReadonlyMap<Fresh, Place>): Promise<void> {
  const rows: unknown[] = [];
  for (const one of fresh) {
    const { channel, event } = one;
    const place = places.get(one);
    const ws = uuidOf(channel.workspaceId);
    const ch = uuidOf(channel.id);
    const row = (type: string, subject: string | null, data: unknown): number =>
      rows.push({ ord: one.ord, ws, type, subject, ch, conv: place?.conversation ?? null, data });
    switch (event.type) {
      case 'reaction': {
        const message = await reactToMessage(
          tx,
          { ws, ch },
          { ext: cleanText(event.externalId), key: seenKey(messageKey(event.externalId)) },
          place!.identity,
          event.emoji && cleanText(event.emoji),
        );
        row('message.reaction', message ?? null, {
          emoji: event.emoji,
          externalId: event.externalId,
          identityId: toId('identity', place!.identity),
        });
        break;
      }
      case 'consent': {
        const { state, word, purpose, at } = event;
        const said = { state, word, purpose, at: at.toISOString() };
        const whose = { ws, ch, id: one.subject, idn: place!.identity, jid: one.jid, jno: one.jno };
        if (!(await hearConsent(tx, { ...whose, ...said }))) break;
        row('identity.consent', place!.identity, { state, word, purpose });
        break;
      }
      case 'typing':
        row('contact.typing', place!.identity, { on: event.on });
        break;
      case 'migrated':
        await moveAddress(tx, { ws, ch }, place?.identity, event.detail);
        row('channel.migrated', place?.identity ?? null, event.detail);
        break;
      case 'referral':
      case 'call':
      case 'profile':
      case 'template_status':
      case 'account':
        row(`channel.${event.type}`, place?.identity ?? null, event.detail);
        break;
      default:
    }
  }
  if (rows.length > 0) await insertEvents(tx, cleanJson(rows));
}
