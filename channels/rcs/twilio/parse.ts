import { type Attachment, type Content, consentWord } from '@tributary/protocol';
import { type Address, type InboundEvent, type InboundRequest, messageKey, Unparsable } from '../../adapter.ts';
import { present, readNumber } from '../../common/json.ts';
import { type Form, isForm, readField, readForm, toFields } from '../../common/twilio.ts';
import { readFiles } from '../../common/twilio_files.ts';
import { toReceipt } from '../../common/twilio_receipts.ts';
import { type RcsConfig, shortAgent } from '../config.ts';

/** A webhook of Twilio’s: what a person wrote or pressed, or what became of a message of ours. Throws only for what is no form. */
export function parseTwilio(request: InboundRequest, config: RcsConfig): InboundEvent[] {
  if (!isForm(request)) throw new Unparsable('The body is no form.');
  const form = readForm(request.body);
  const base = { account: accountIn(form, config), at: request.receivedAt, raw: toFields(form) };
  const status = readField(form, 'MessageStatus');
  if (status && status !== 'received' && status !== 'receiving') return [toReceipt(form, request.publicUrl, base)];

  const externalId = readField(form, 'MessageSid') ?? readField(form, 'SmsSid');
  const from = toPerson(readField(form, 'From'));
  if (!externalId || !from) {
    const key = `ignored:${externalId ?? request.receivedAt.toISOString()}`;
    return [{ ...base, key, type: 'ignored', reason: 'A form that is no message, or of nobody.' }];
  }
  const whole = { ...base, externalId, from, thread: { key: from.value, kind: 'direct' as const } };
  const text = readField(form, 'ButtonText') ?? readField(form, 'Body');
  const of = readField(form, 'OriginalRepliedMessageSid');
  const payload = readField(form, 'ButtonPayload');
  if (payload) return [{ ...whole, key: `action:${externalId}`, type: 'action', payload, ...present({ text, of }) }];

  const [content, attachments] = readContent(form);
  const word = readField(form, 'OptOutType')?.toLowerCase() ?? consentWord(readField(form, 'Body') ?? '');
  const message: InboundEvent = {
    ...whole,
    key: messageKey(externalId),
    type: 'message',
    content,
    attachments,
    ...present({ replyTo: of, automatic: word === 'stop' || undefined }),
  };
  if (word !== 'stop' && word !== 'start') return [message];
  const state = word === 'stop' ? 'opted_out' : 'opted_in';
  return [message, { ...base, key: `consent:${externalId}`, type: 'consent', from, state, word: word.toUpperCase() }];
}

/** The sender this is for. What is for another account or another sender keeps its name, so that the door drops and counts it. */
function accountIn(form: Form, config: RcsConfig): string {
  const sid = readField(form, 'AccountSid');
  if (sid !== undefined && sid !== config.accountSid) return sid;
  return senderIn(form) ?? shortAgent(config.agentId);
}

/** In a report we are the sender, in a message the recipient; a number of the same service stays a number. */
function senderIn(form: Form): string | undefined {
  const address = readField(form, 'MessageStatus') ? readField(form, 'From') : readField(form, 'To');
  return address?.replace(/^rcs:/, '');
}

/** Whom a form may be for: the sender it names, and the account where that is another’s. */
export function accountsTwilio(request: InboundRequest): string[] {
  const form = readForm(request.body);
  return [senderIn(form), readField(form, 'AccountSid')].filter((one) => one !== undefined);
}

function toPerson(address: string | undefined): Address | undefined {
  const value = address?.replace(/^rcs:/, '') ?? '';
  return /^\+\d{4,20}$/.test(value) ? { kind: 'phone', value } : undefined;
}

/** The words with the first of the files; the others come beside them. */
function readContent(form: Form): [Content, Attachment[]] {
  const text = readField(form, 'Body');
  const latitude = readNumber(readField(form, 'Latitude'));
  const longitude = readNumber(readField(form, 'Longitude'));
  if (latitude !== undefined && longitude !== undefined) {
    const words = present({ name: readField(form, 'Label'), address: readField(form, 'Address') });
    return [{ type: 'location', location: { latitude, longitude, ...words }, ...present({ text }) }, []];
  }
  const [first, ...others] = readFiles(form);
  if (first) return [{ type: first.type, media: first.media, ...present({ text }) }, others];
  if (text !== undefined) return [{ type: 'text', text }, []];
  return [{ type: 'unsupported', reason: 'Twilio passed on a message of a kind that we cannot read.' }, []];
}
