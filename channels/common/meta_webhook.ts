import { type InboundEvent, type InboundRequest, Unparsable } from '../adapter.ts';
import { parseJson } from './big_integers.ts';
import { type Json, readObject, readObjects, readText } from './json.ts';
import { keyOfNews, readTime } from './meta.ts';
import { toMessageEvents, toPostbackEvents } from './meta_messages.ts';
import { toNews } from './meta_news.ts';
import { toReceipts } from './meta_receipts.ts';
import { ignored, type Place, type Update } from './meta_updates.ts';

/**
 * A webhook of Messenger or Instagram: entries of pages or accounts, several perhaps, each holding messages, taps, receipts and news. Throws
 * only for what is no JSON object.
 */
export function parseMessaging(request: InboundRequest, ours: { account: string; title: string }): InboundEvent[] {
  const body = readBody(request);
  if (!body) throw new Unparsable('The body is no JSON object.');
  const events = readObjects(body.entry).flatMap((entry) => {
    const place: Place = {
      account: readText(entry.id) ?? ours.account,
      title: ours.title,
      at: readTime(entry.time, request.receivedAt),
      standby: false,
    };
    return [
      ...readObjects(entry.messaging).flatMap((item) => toEvents(item, place)),
      ...readObjects(entry.standby).flatMap((item) => toEvents(item, { ...place, standby: true })),
      ...changesOf(entry).map((change) => toChange(change, place)),
    ];
  });
  if (events.length > 0) return events;
  const base = { account: ours.account, at: request.receivedAt, raw: body };
  return [{ ...base, key: keyOfNews('ignored', body, base.at), type: 'ignored', reason: 'A body without updates.' }];
}

/** Every page or account the body speaks of. It proves nothing: each channel’s own secret still has to fit. */
export function accountsOf(request: InboundRequest): string[] {
  const entries = readObjects(readBody(request)?.entry);
  return [...new Set(entries.flatMap((entry) => readText(entry.id) ?? []))];
}

/** Some ids are numbers that JavaScript would bend: those come out as texts. */
function readBody(request: InboundRequest): Json | undefined {
  try {
    return readObject(parseJson(new TextDecoder().decode(request.body)));
  } catch {
    return undefined;
  }
}

function toEvents(item: Json, place: Place): InboundEvent[] {
  const base = { account: place.account, at: readTime(item.timestamp, place.at), raw: item };
  const update: Update = { item, place, sender: idOf(item.sender), recipient: idOf(item.recipient), base };
  const message = readObject(item.message);
  if (message) return toMessageEvents(message, update);
  const postback = readObject(item.postback);
  if (postback) return toPostbackEvents(postback, update);
  return toReceipts(update) ?? toNews(update) ?? [ignored(update, `News we have no use for: “${keysOf(item)}”.`)];
}

function idOf(value: unknown): string | undefined {
  const someone = readObject(value);
  const plugin = readText(someone?.user_ref);
  return readText(someone?.id) ?? (plugin ? `user_ref:${plugin}` : undefined);
}

const keysOf = (item: Json): string =>
  Object.keys(item)
    .filter((key) => !['sender', 'recipient', 'timestamp'].includes(key))
    .join(', ')
    .slice(0, 100);

/** What concerns the page and not a conversation. With Instagram Login `field` and `value` stand on the entry itself. */
function changesOf(entry: Json): Json[] {
  return [
    ...readObjects(entry.changes),
    ...(readText(entry.field) ? [{ field: entry.field, value: entry.value }] : []),
  ];
}

/** How a template of the page fares; comments, mentions and posts are no messages. */
function toChange(change: Json, place: Place): InboundEvent {
  const field = readText(change.field) ?? '';
  const value = readObject(change.value);
  const base = { account: place.account, at: place.at, raw: change };
  if (field.startsWith('message_template') && value) {
    const detail = {
      field,
      name: readText(value.message_template_name),
      language: readText(value.message_template_language),
      status: readText(value.event),
      reason: readText(value.reason),
    };
    return { ...base, key: keyOfNews('template_status', change, base.at), type: 'template_status', detail };
  }
  const reason = `News we have no use for: “${field}”.`;
  return { ...base, key: keyOfNews('ignored', change, base.at), type: 'ignored', reason };
}
