import { createHash } from 'node:crypto';
import type { SendErrorCode } from '@tributary/protocol';
import { type Address, type InboundEvent, type InboundRequest, messageKey, Unparsable } from '../adapter.ts';
import { type Json, present, readNumber, readObject, readText } from '../common/json.ts';
import { accountOf } from './account.ts';
import type { ViberConfig } from './config.ts';
import { toContent } from './content.ts';
import { parseJson } from './json.ts';
import { profileOf } from './profile.ts';
import { readTap } from './taps.ts';

/** What all events of one callback share. */
interface Callback {
  /** `message_token`: beyond 2^53, so it is a text to us. */
  token: string;
  raw: Json;
  base: { account: string; at: Date; raw: Json };
}

/** One callback of Viber’s, as events. Throws only for what is no callback at all. */
export function parse(request: InboundRequest, config: ViberConfig): InboundEvent[] {
  const raw = readCallback(request.body);
  const callback: Callback = {
    token: readText(raw.message_token) ?? createHash('sha256').update(request.body).digest('hex').slice(0, 32),
    raw,
    base: { account: accountOf(config), at: timeOf(raw.timestamp, request.receivedAt), raw },
  };
  switch (raw.event) {
    case 'message':
      return parseMessage(callback, config);
    case 'conversation_started':
      return [parseStart(callback)];
    case 'subscribed':
    case 'unsubscribed':
      return [parseSubscription(callback)];
    case 'delivered':
    case 'seen':
    case 'failed':
      return [parseReceipt(callback)];
    case 'webhook':
      return [ignored(callback, 'Viber looked whether anybody is there.')];
    default:
      return [ignored(callback, `A kind of callback we have no use for: ${readText(raw.event) ?? 'none'}.`)];
  }
}

function readCallback(body: Uint8Array): Json {
  let raw: unknown;
  try {
    raw = parseJson(new TextDecoder().decode(body));
  } catch (cause) {
    throw new Unparsable('The body is not JSON.', { cause });
  }
  const callback = readObject(raw);
  if (!callback) throw new Unparsable('The body is no callback.');
  return callback;
}

/**
 * Something said, or a button tapped. Whoever writes has subscribed, and Viber does not tell of that apart: so each message also lifts the block
 * that an `unsubscribed` set.
 */
function parseMessage(callback: Callback, config: ViberConfig): InboundEvent[] {
  const { raw, base, token } = callback;
  const sender = readObject(raw.sender);
  const from = addressOf(sender?.id);
  const message = readObject(raw.message);
  if (!from || !message) return [ignored(callback, 'A message without a sender, or without anything said.')];
  const said = {
    ...base,
    externalId: token,
    from,
    thread: { key: from.value, kind: 'direct' as const },
    ...present({ profile: profileOf(sender), to: config.senderName }),
  };
  const back: InboundEvent = { ...base, key: `consent:${token}`, type: 'consent', from, state: 'unblocked' };
  const text = message.type === 'text' ? readText(message.text) : undefined;
  if (raw.silent === true && text && /^https?:\/\/\S+$/.test(text)) {
    return [ignored(callback, 'A link of ours was opened; the app says so by repeating it.')];
  }
  const tap = text === undefined ? undefined : readTap(text, message.tracking_data);
  if (tap) return [{ ...said, key: `action:${token}`, type: 'action', ...tap }, back];
  const metadata = present({ trackingData: readText(message.tracking_data) });
  const event: InboundEvent = {
    ...said,
    key: messageKey(token),
    type: 'message',
    content: toContent(message),
    attachments: [],
    ...(metadata ? { metadata } : {}),
  };
  return [event, back];
}

/** The chat was opened. Where a deep link led there, its context says whose it was; a welcome travels in the answer (welcome.ts). */
function parseStart(callback: Callback): InboundEvent {
  const { raw, base, token } = callback;
  const user = readObject(raw.user);
  const from = addressOf(user?.id);
  if (!from) return ignored(callback, 'Somebody opened the chat, and Viber does not say who.');
  const code = readText(raw.context);
  if (!code) {
    const detail = { event: 'conversation_started', subscribed: raw.subscribed === true, ...profileOf(user) };
    return { ...base, key: `started:${token}`, type: 'profile', from, detail };
  }
  const thread = { key: from.value, kind: 'direct' };
  return { ...base, key: `started:${token}`, type: 'referral', from, detail: { source: 'deep_link', code, thread } };
}

function parseSubscription(callback: Callback): InboundEvent {
  const { raw, base, token } = callback;
  const from = addressOf(readObject(raw.user)?.id ?? raw.user_id);
  if (!from) return ignored(callback, 'A subscription that names nobody.');
  // To unsubscribe is to leave, as on other channels to block; it is undone by writing again.
  const state = raw.event === 'subscribed' ? 'opted_in' : 'blocked';
  return { ...base, key: `consent:${token}`, type: 'consent', from, state };
}

const RECEIPTS = { delivered: 'delivered', seen: 'read', failed: 'failed' } as const;

/** How a message of ours fares. A broadcast has one token for many people, so the key names the person. */
function parseReceipt(callback: Callback): InboundEvent {
  const { raw, base, token } = callback;
  const event = raw.event as keyof typeof RECEIPTS;
  if (!readText(raw.message_token)) return ignored(callback, 'A receipt that names no message.');
  const state = RECEIPTS[event];
  const key = `receipt:${token}:${event}:${readText(raw.user_id) ?? ''}`;
  const error = { code: 'rejected' as SendErrorCode, ...present({ providerMessage: readText(raw.desc) }) };
  return {
    ...base,
    key,
    type: 'receipt',
    target: { externalId: token },
    state,
    ...(state === 'failed' ? { error } : {}),
  };
}

const ignored = ({ base, token }: Callback, reason: string): InboundEvent => ({
  ...base,
  key: `ignored:${token}`,
  type: 'ignored',
  reason,
});

function addressOf(id: unknown): Address | undefined {
  const value = readText(id);
  return value ? { kind: 'user_id', value } : undefined;
}

/** Viber counts milliseconds. */
function timeOf(value: unknown, fallback: Date): Date {
  const at = new Date(readNumber(value) ?? Number.NaN);
  return at.getTime() > 0 ? at : fallback;
}
