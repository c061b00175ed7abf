import { createHash } from 'node:crypto';
import type { Attachment, Content, ContentOf } from '@tributary/protocol';
import { type InboundEvent, type InboundRequest, messageKey, type Thread, Unparsable } from '../adapter.ts';
import type { WebchatConfig } from './config.ts';
import { externalIdOf, visitorAddress } from './session.ts';
import { readClaims, type VisitorClaims } from './token.ts';

/** More in one request is no widget of ours. */
const MOST_EVENTS = 100;

/** The token of an `Authorization: Bearer` header. */
export function bearer(headers: Readonly<Record<string, string>>): string | undefined {
  return /^bearer ([\w.-]+)$/i.exec(headers.authorization ?? '')?.[1];
}

/** What the widget posts: `{events: [...]}`, said by whom the token names. */
export function parse(request: InboundRequest, config: WebchatConfig): InboundEvent[] {
  const claims = readClaims(bearer(request.headers) ?? '');
  if (!claims) throw new Unparsable('The request carries no visitor token.');
  let body: { events?: unknown } | null;
  try {
    body = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(request.body));
  } catch (cause) {
    throw new Unparsable('The body is not JSON.', { cause });
  }
  const events = body?.events;
  if (!Array.isArray(events)) throw new Unparsable('The body has no list of events.');
  if (events.length > MOST_EVENTS) throw new Unparsable(`The body has more than ${MOST_EVENTS} events.`);
  return events.map((raw: unknown, index) => {
    const common = { account: config.widgetId ?? '', at: request.receivedAt, raw };
    const meaning = read(raw, claims, request.receivedAt);
    if (typeof meaning !== 'string') return { ...common, ...meaning };
    return { ...common, key: ignoredKey(claims.sub, index, raw), type: 'ignored', reason: meaning };
  });
}

type Meaning<T = InboundEvent> = T extends InboundEvent ? Omit<T, 'account' | 'at' | 'raw'> : never;

/** One event's meaning, or in words why it has none. */
function read(raw: unknown, claims: VisitorClaims, receivedAt: Date): Meaning | string {
  if (typeof raw !== 'object' || raw === null) return 'The event is not an object.';
  const said = raw as Loose;
  const visitor = claims.sub;
  const from = visitorAddress(visitor);
  if (said.type === 'read' || said.type === 'delivered') return readReceipt(said, visitor, receivedAt);
  if (!isId(said.id)) return 'The event has no id of letters, digits, “.”, “_” and “-”.';

  const externalId = externalIdOf(visitor, said.id);
  const thread: Thread = { key: visitor, kind: 'direct' };
  switch (said.type) {
    case 'message': {
      const content = readContent(said);
      if (typeof content === 'string') return content;
      return {
        type: 'message',
        key: messageKey(externalId),
        externalId,
        from,
        thread,
        content,
        attachments: [],
        replyTo: isId(said.replyTo) ? targetOf(visitor, said.replyTo) : undefined,
        profile: claims.profile && { ...claims.profile },
      };
    }
    case 'action': {
      if (!isText(said.payload)) return 'The action has no payload.';
      return {
        type: 'action',
        key: `action:${externalId}`,
        externalId,
        from,
        thread,
        payload: said.payload,
        text: isText(said.text) ? said.text : undefined,
        of: isId(said.of) ? targetOf(visitor, said.of) : undefined,
        profile: claims.profile && { ...claims.profile },
      };
    }
    case 'edit': {
      if (!isId(said.of) || isOurs(said.of)) return 'The edit names no message of the visitor’s.';
      if (!isText(said.text)) return 'The edit has no text.';
      const content: Content = { type: 'text', text: said.text };
      return { type: 'edited', key: `edit:${externalId}`, externalId: externalIdOf(visitor, said.of), content };
    }
    case 'reaction': {
      if (!isId(said.of)) return 'The reaction names no message.';
      if (said.emoji !== null && !isText(said.emoji)) return 'The reaction has no emoji.';
      const emoji = said.emoji === null ? null : said.emoji;
      return {
        type: 'reaction',
        key: `reaction:${externalId}`,
        externalId: targetOf(visitor, said.of),
        from,
        emoji,
        thread,
      };
    }
    case 'typing':
      return { type: 'typing', key: `typing:${externalId}`, from, on: said.on === true };
    default:
      return `The widget says “${(JSON.stringify(said.type) ?? '').slice(0, 40)}”, which we have no word for.`;
  }
}

function readReceipt(said: Loose, visitor: string, receivedAt: Date): Meaning | string {
  const state = said.type as 'read' | 'delivered';
  if (isId(said.externalId)) {
    const key = `receipt:${visitor}:${said.externalId}:${state}`;
    return { type: 'receipt', key, target: { externalId: said.externalId }, state };
  }
  const upTo = typeof said.upTo === 'string' ? Date.parse(said.upTo) : Number.NaN;
  if (Number.isNaN(upTo)) return 'The receipt names neither a message nor a time.';
  return {
    type: 'receipt',
    key: `receipt:${visitor}:${upTo}:${state}`,
    // A clock that runs ahead has not read the future.
    target: { upTo: new Date(Math.min(upTo, receivedAt.getTime())), address: visitorAddress(visitor) },
    state,
  };
}

function readContent(said: Loose): Content | string {
  const text = isText(said.text) ? said.text : undefined;
  if (said.media !== undefined) {
    const media = readMedia(said.media);
    return media
      ? { type: media.type, media: media.media, text }
      : 'The message’s file has no kind, or was not uploaded here.';
  }
  if (said.location !== undefined) {
    const location = readLocation(said.location);
    return location ? { type: 'location', location, text } : 'The message’s location has no coordinates.';
  }
  return text === undefined ? 'The message says nothing.' : { type: 'text', text };
}

const FILES: readonly unknown[] = ['image', 'video', 'audio', 'document'] satisfies Attachment['type'][];

/** Only what was uploaded here: a stranger's page does not send us to fetch from anywhere. */
function readMedia(given: unknown): Attachment | undefined {
  const { type, upload, mimeType, filename, size } = (given ?? {}) as Loose;
  if (!FILES.includes(type) || typeof upload !== 'string' || !/^[\w.-]{1,200}$/.test(upload)) return undefined;
  return {
    type: type as Attachment['type'],
    media: {
      ref: { upload },
      mimeType: isText(mimeType) ? mimeType : undefined,
      filename: isText(filename) ? filename : undefined,
      size: typeof size === 'number' && size >= 0 ? size : undefined,
    },
  };
}

function readLocation(given: unknown): ContentOf<'location'>['location'] | undefined {
  const { latitude, longitude, name, address } = (given ?? {}) as Loose;
  if (typeof latitude !== 'number' || typeof longitude !== 'number') return undefined;
  if (Math.abs(latitude) > 90 || Math.abs(longitude) > 180) return undefined;
  return {
    latitude,
    longitude,
    name: isText(name) ? name : undefined,
    address: isText(address) ? address : undefined,
  };
}

type Loose = Record<string, unknown>;
const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isId = (value: unknown): value is string => typeof value === 'string' && /^[\w.-]{1,100}$/.test(value);

/** Part keys are ours; every other id a widget knows is one it made itself. */
const isOurs = (id: string): boolean => id.startsWith('dlv_');
const targetOf = (visitor: string, id: string): string => (isOurs(id) ? id : externalIdOf(visitor, id));

function ignoredKey(visitor: string, index: number, raw: unknown): string {
  const hash = createHash('sha256').update(JSON.stringify(raw)).digest('hex').slice(0, 32);
  return `ignored:${visitor}:${index}:${hash}`;
}
