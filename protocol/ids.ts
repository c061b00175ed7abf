/** Ids as the outside sees them: a word for the kind, an underscore, 32 hex digits of a UUIDv7. Branded, so one cannot be passed for another. */
declare const brand: unique symbol;
type Id<Kind extends string> = string & { readonly [brand]: Kind };

export type WorkspaceId = Id<'workspace'>;
export type ChannelId = Id<'channel'>;
export type ContactId = Id<'contact'>;
export type IdentityId = Id<'identity'>;
export type TimelineId = Id<'timeline'>;
export type ConversationId = Id<'conversation'>;
export type MessageId = Id<'message'>;
export type DeliveryId = Id<'delivery'>;
export type EventId = Id<'event'>;
export type BotId = Id<'bot'>;
export type InboxId = Id<'inbox'>;
export type RouteId = Id<'route'>;
export type KeyId = Id<'key'>;
export type JournalId = Id<'journal'>;
export type MemberId = Id<'member'>;
export type MediaId = Id<'media'>;
export type ConsentId = Id<'consent'>;

/** The prefix of each kind. `contact` is spelled out because Linktor's programs read it so. */
export const ID_PREFIX = {
  workspace: 'ws',
  channel: 'ch',
  contact: 'contact',
  identity: 'idn',
  timeline: 'tl',
  conversation: 'conv',
  message: 'msg',
  delivery: 'dlv',
  event: 'evt',
  bot: 'bot',
  inbox: 'inbox',
  route: 'route',
  key: 'key',
  journal: 'jrn',
  member: 'user',
  media: 'media',
  consent: 'cns',
} as const;

export type IdKind = keyof typeof ID_PREFIX;

const HEX_32 = /^[0-9a-f]{32}$/;

let lastMs = 0;
let sequence = 0;
const random = new Uint8Array(8 * 512);
let randomAt = random.length;

/**
 * A UUIDv7 as 32 lower-case hex digits: 48 bits of milliseconds, a 12-bit counter that rises within a millisecond, 62 random bits
 * (RFC 9562 §6.2, method 1). Later calls in one process always sort after earlier ones, also when the clock steps back.
 */
export function newUuid(nowMs: number = Date.now()): string {
  if (nowMs > lastMs) {
    lastMs = nowMs;
    sequence = 0;
  } else if (++sequence > 0xfff) {
    lastMs++;
    sequence = 0;
  }
  if (randomAt >= random.length) {
    crypto.getRandomValues(random);
    randomAt = 0;
  }
  const time = lastMs.toString(16).padStart(12, '0');
  let tail = ((random[randomAt]! & 0x3f) | 0x80).toString(16).padStart(2, '0');
  for (let i = 1; i < 8; i++) tail += random[randomAt + i]!.toString(16).padStart(2, '0');
  randomAt += 8;
  return `${time}7${sequence.toString(16).padStart(3, '0')}${tail}`;
}

/** A new id of the kind: `newId('message')` → `msg_0192…`. */
export function newId<Kind extends IdKind>(kind: Kind): Id<Kind> {
  return `${ID_PREFIX[kind]}_${newUuid()}` as Id<Kind>;
}

/** Puts the kind before a UUID from the database, with or without dashes. */
export function toId<Kind extends IdKind>(kind: Kind, uuid: string): Id<Kind> {
  return `${ID_PREFIX[kind]}_${uuid.length === 36 ? uuid.replaceAll('-', '') : uuid}` as Id<Kind>;
}

/** The 32 hex digits of an id, which PostgreSQL reads as a uuid. */
export function uuidOf(id: Id<IdKind> | string): string {
  return id.slice(id.lastIndexOf('_') + 1);
}

/** Reads an id a caller sent. A wrong kind or form is `undefined`, which the API answers with 404. */
export function parseId<Kind extends IdKind>(kind: Kind, text: string): Id<Kind> | undefined {
  const prefix = `${ID_PREFIX[kind]}_`;
  return text.startsWith(prefix) && HEX_32.test(text.slice(prefix.length)) ? (text as Id<Kind>) : undefined;
}
