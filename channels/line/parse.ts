import { createHash } from 'node:crypto';
import { type InboundEvent, type InboundRequest, messageKey, Unparsable } from '../adapter.ts';
import { type Json, parseJson, present, readNumber, readObject, readObjects, readText } from '../common/json.ts';
import { accountOf } from './account.ts';
import type { LineConfig } from './config.ts';
import { toContent } from './content.ts';
import { sourceOf } from './source.ts';

/** What all that is made of one webhook event shares. */
interface Told {
  event: Json;
  /** `webhookEventId`, the same when it is told again. */
  id: string;
  base: { account: string; at: Date; raw: Json };
}

/** A webhook of LINE’s: any number of events, none at all when somebody presses “Verify”. Throws only for what is no webhook. */
export function parse(request: InboundRequest, config: LineConfig): InboundEvent[] {
  const body = readObject(parseJson(request.body));
  if (!body) throw new Unparsable('The body is no JSON object.');
  // Until the channel has connected nobody knows the bot’s own id, and what is signed with its secret is its own.
  const account = config.botUserId ? (readText(body.destination) ?? config.botUserId) : accountOf(config);
  const events = readObjects(body.events).flatMap((event) => {
    const id = readText(event.webhookEventId) ?? hashOf(event);
    return parseEvent({ event, id, base: { account, at: timeOf(event.timestamp, request.receivedAt), raw: event } });
  });
  if (events.length > 0) return events;
  const base = { account, at: request.receivedAt, raw: body };
  return [
    { ...base, key: `ignored:${hashOf(body)}`, type: 'ignored', reason: 'LINE looked whether anybody is there.' },
  ];
}

function parseEvent(told: Told): InboundEvent[] {
  switch (told.event.type) {
    case 'message':
      return parseMessage(told);
    case 'unsend':
      return [parseUnsend(told)];
    case 'postback':
      return [parsePostback(told)];
    case 'follow':
    case 'unfollow':
      return [parseFollow(told)];
    case 'accountLink':
      return [parseAccountLink(told)];
    case 'beacon':
      return [parseBeacon(told)];
    case 'botSuspended':
    case 'botResumed':
      return [{ ...told.base, key: `account:${told.id}`, type: 'account', detail: { event: told.event.type } }];
    default:
      return [ignored(told, `News we have no use for: ${readText(told.event.type) ?? 'none'}.`)];
  }
}

/** What a message is told of besides its words: tokens that let us answer it for free, quote it and mark it read. */
function metadataOf(event: Json, message?: Json) {
  return present({
    replyToken: readText(event.replyToken),
    quoteToken: readText(message?.quoteToken),
    markAsReadToken: readText(message?.markAsReadToken),
    mentions: readObjects(readObject(message?.mention)?.mentionees).length > 0 ? message?.mention : undefined,
  });
}

function parseMessage(told: Told): InboundEvent[] {
  const { event, base } = told;
  const source = sourceOf(event);
  const message = readObject(event.message);
  const externalId = readText(message?.id);
  if (!source || !message || !externalId) return [ignored(told, 'A message that names no sender, or itself not.')];
  const content = toContent(message);
  const metadata = metadataOf(event, message);
  const said: InboundEvent = {
    ...base,
    ...source,
    key: messageKey(externalId),
    type: 'message',
    externalId,
    content,
    attachments: [],
    ...present({
      groupKey: readText(readObject(message.imageSet)?.id),
      replyTo: readText(message.quotedMessageId),
      metadata,
    }),
    // Another program of the account has been given this chat, and answers it.
    ...(event.mode === 'standby' ? { automatic: true } : {}),
  };
  const code =
    content.type === 'text' && source.thread.kind === 'direct' ? /^\/start ([\w-]{1,64})$/.exec(content.text)?.[1] : '';
  if (!code) return [said];
  const detail = { source: 'deep_link', code, externalId, thread: source.thread };
  return [said, { ...base, key: `referral:${told.id}`, type: 'referral', from: source.from, detail }];
}

/** The message is gone for everybody, and LINE asks that whoever kept it forgets it, too. */
function parseUnsend(told: Told): InboundEvent {
  const externalId = readText(readObject(told.event.unsend)?.messageId);
  if (!externalId) return ignored(told, 'An unsend that names no message.');
  return { ...told.base, key: `deleted:${externalId}`, type: 'deleted', externalId };
}

/** A tap on a button of ours. It is no message, so the event’s own id is its name; picked dates are what the customer said. */
function parsePostback(told: Told): InboundEvent {
  const { event, base, id } = told;
  const source = sourceOf(event);
  const postback = readObject(event.postback);
  const payload = readText(postback?.data);
  if (!source || payload === undefined) return ignored(told, 'A tap that names nobody, or carries nothing.');
  if (event.mode === 'standby') return ignored(told, 'A tap in a chat that another program of the account answers.');
  const params = readObject(postback?.params);
  const picked = readText(params?.datetime) ?? readText(params?.date) ?? readText(params?.time);
  const metadata = metadataOf(event);
  return {
    ...base,
    ...source,
    key: `action:${id}`,
    type: 'action',
    externalId: id,
    payload,
    ...present({ text: picked, metadata }),
  };
}

/** Added as a friend, or unblocked; blocked. A block ends with it, and nothing else that was refused. */
function parseFollow(told: Told): InboundEvent {
  const { event, base, id } = told;
  const from = sourceOf(event)?.from;
  if (!from) return ignored(told, 'A follower without a name.');
  const again = readObject(event.follow)?.isUnblocked === true;
  const state = event.type === 'unfollow' ? 'blocked' : again ? 'unblocked' : 'opted_in';
  return { ...base, key: `consent:${id}`, type: 'consent', from, state };
}

/** The customer logged in on a page of the business: the nonce is the one that page made for them. */
function parseAccountLink(told: Told): InboundEvent {
  const { event, base, id } = told;
  const from = sourceOf(event)?.from;
  const link = readObject(event.link);
  const nonce = readText(link?.nonce);
  if (!from || !nonce) return ignored(told, 'An account link that names nobody, or no nonce.');
  const detail = { source: 'account_link', code: nonce, result: readText(link?.result) ?? 'failed' };
  return { ...base, key: `referral:${id}`, type: 'referral', from, detail };
}

/** Somebody came near a beacon of the business: a bot may say something to that. */
function parseBeacon(told: Told): InboundEvent {
  const { event, base, id } = told;
  const source = sourceOf(event);
  if (!source) return ignored(told, 'A beacon that met nobody.');
  return {
    ...base,
    ...source,
    key: messageKey(id),
    type: 'message',
    externalId: id,
    content: { type: 'event', event: 'beacon', detail: readObject(event.beacon) },
    attachments: [],
    ...present({ metadata: metadataOf(event) }),
  };
}

const ignored = ({ base, id }: Told, reason: string): InboundEvent => ({
  ...base,
  key: `ignored:${id}`,
  type: 'ignored',
  reason,
});

/** LINE counts milliseconds. */
function timeOf(value: unknown, fallback: Date): Date {
  const at = new Date(readNumber(value) ?? Number.NaN);
  return at.getTime() > 0 ? at : fallback;
}

/** JSON nests deeper than it can be written again, if somebody wants it to. */
function hashOf(value: Json): string {
  let text: string;
  try {
    text = JSON.stringify(value);
  } catch {
    text = 'too deep';
  }
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
