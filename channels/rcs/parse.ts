import { consentWord } from '@tributary/protocol';
import { type Address, type InboundEvent, type InboundRequest, messageKey, Unparsable } from '../adapter.ts';
import { present, readObject, readText } from '../common/json.ts';
import { type RcsConfig, shortAgent } from './config.ts';
import { toContent } from './content.ts';
import { readAgent, readData, readTold } from './envelope.ts';
import { type Base, toReceipt } from './events.ts';
import type { InboundData } from './payloads.ts';
import { isOurs } from './suggestions.ts';

/**
 * One webhook of Google’s: one message or one event, told apart by what it holds, since nothing says so. Throws only where the envelope holds no
 * JSON object.
 */
export function parse(request: InboundRequest, config: RcsConfig): InboundEvent[] {
  const told = readTold(readData(request));
  if (!told) throw new Unparsable('The envelope holds no JSON object.');
  const base: Base = {
    account: readAgent(told) ?? shortAgent(config.agentId),
    at: readSendTime(told, request.receivedAt),
    raw: told,
  };
  return readText(told.eventType) === undefined ? toMessageEvents(told, base) : toEvent(told, base);
}

/** RFC 3339 with up to nine digits behind the second. */
function readSendTime(told: InboundData, fallback: Date): Date {
  const time = new Date(readText(told.sendTime) ?? Number.NaN);
  return Number.isNaN(time.getTime()) ? fallback : time;
}

function toPerson(number: unknown): Address | undefined {
  const phone = readText(number);
  return phone && /^\+\d{4,20}$/.test(phone) ? { kind: 'phone', value: phone } : undefined;
}

/** What a person wrote, sent or pressed. STOP and its like are kept as they were written, and say what may be sent from now on. */
function toMessageEvents(told: InboundData, base: Base): InboundEvent[] {
  const externalId = readText(told.messageId);
  const ignored = (reason: string): InboundEvent[] => [
    { ...base, key: `ignored:${externalId ?? base.at.toISOString()}`, type: 'ignored', reason },
  ];
  if (!externalId) return ignored('A message without an id.');
  const from = toPerson(told.senderPhoneNumber);
  if (!from) return ignored('A message that names nobody who sent it.');
  const whole = { ...base, externalId, from, thread: { key: from.value, kind: 'direct' as const } };

  const pressed = readObject(told.suggestionResponse);
  const text = readText(pressed?.text);
  const payload = readText(pressed?.postbackData) ?? text;
  if (payload !== undefined) {
    if (isOurs(payload)) return ignored('A button that the device acts on by itself.');
    return [{ ...whole, key: `action:${externalId}`, type: 'action', payload, ...present({ text }) }];
  }

  const content = toContent(told);
  const word = content.type === 'text' ? consentWord(content.text) : undefined;
  const metadata = present({
    carrier: readText(told.carrier),
    classification: readObject(told.richMessageClassification),
  });
  const message: InboundEvent = {
    ...whole,
    key: messageKey(externalId),
    type: 'message',
    content,
    attachments: [],
    ...present({ metadata, automatic: word === 'stop' || undefined }),
  };
  if (content.type !== 'text' || (word !== 'stop' && word !== 'start')) return [message];
  const state = word === 'stop' ? 'opted_out' : 'opted_in';
  return [message, { ...base, key: `consent:${externalId}`, type: 'consent', from, state, word: content.text.trim() }];
}

/** What a person did, or Google with a message of ours. A person is `senderPhoneNumber` to themselves and `phoneNumber` to the server. */
function toEvent(told: InboundData, base: Base): InboundEvent[] {
  const word = readText(told.eventType) ?? '';
  const id =
    readText(told.eventId) ?? [readText(told.messageId), word, base.at.toISOString()].filter(Boolean).join(':');
  const from = toPerson(told.senderPhoneNumber) ?? toPerson(told.phoneNumber);
  const receipt = toReceipt(told, word, base);
  if (receipt) return [receipt];
  switch (from && word) {
    case 'IS_TYPING':
      return [{ ...base, key: `typing:${id}`, type: 'typing', from: from!, on: true }];
    case 'SUBSCRIBE':
      return [{ ...base, key: `consent:${id}`, type: 'consent', from: from!, state: 'opted_in', word }];
    case 'UNSUBSCRIBE':
      return [{ ...base, key: `consent:${id}`, type: 'consent', from: from!, state: 'opted_out', word }];
    default:
      return [{ ...base, key: `ignored:${id}`, type: 'ignored', reason: `News we have no use for: “${word}”.` }];
  }
}
