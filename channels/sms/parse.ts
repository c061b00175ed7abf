import type { Attachment, Content } from '@tributary/protocol';
import { type InboundEvent, type InboundRequest, messageKey, Unparsable } from '../adapter.ts';
import { present, readNumber } from '../common/json.ts';
import { type Form, isForm, readField, readForm, toFields } from '../common/twilio.ts';
import { readFiles } from '../common/twilio_files.ts';
import { toReceipt } from '../common/twilio_receipts.ts';
import { accountOf, type SmsConfig } from './config.ts';
import { CONSENTS, type Keyword, readKeyword } from './keywords.ts';
import type { InboundField } from './payloads.ts';
import { bare, carrierOf, toAddress } from './people.ts';

/**
 * A webhook of Twilio’s: a message, or what became of one of ours. Keys: `message:SID`; `action:SID` for a tap on an RCS button; `consent:SID` for
 * what a keyword brings; `receipt:SID:STATUS`. Throws only for what is no form.
 */
export function parse(request: InboundRequest, config: SmsConfig): InboundEvent[] {
  if (!isForm(request)) throw new Unparsable('The body is no form.');
  const form = readForm(request.body);
  const base = { account: accountIn(form, config), at: request.receivedAt, raw: toFields(form) };
  const status = readField(form, 'MessageStatus');
  if (status && status !== 'received' && status !== 'receiving') return [toReceipt(form, request.publicUrl, base)];

  const read = (name: InboundField): string | undefined => readField(form, name);
  const id = read('MessageSid') ?? read('SmsSid') ?? read('SmsMessageSid');
  const from = toAddress(read('From'));
  if (!id || !from) {
    const key = `ignored:${id ?? readField(form, 'CallSid') ?? request.receivedAt.toISOString()}`;
    return [{ ...base, key, type: 'ignored', reason: 'A form that is no message, or of nobody.' }];
  }
  const to = read('To');
  const profile = present({ name: read('ProfileName') });
  const said = {
    ...base,
    externalId: id,
    from,
    thread: { key: from.value, kind: 'direct' as const },
    ...present({ profile, to: to && bare(to) }),
  };
  const payload = read('ButtonPayload');
  const of = read('OriginalRepliedMessageSid');
  if (payload) {
    const text = read('ButtonText') ?? read('Body');
    return [{ ...said, key: `action:${id}`, type: 'action', payload, ...present({ text, of }) }];
  }
  const keyword = readKeyword(form, config);
  const [content, attachments] = readContent(form);
  const message: InboundEvent = {
    ...said,
    key: messageKey(id),
    type: 'message',
    content,
    attachments,
    ...present({
      replyTo: of,
      automatic: keyword?.answered || undefined,
      metadata: readMetadata(form, keyword),
    }),
  };
  if (!keyword) return [message];
  const { kind, word } = keyword;
  return [message, { ...base, key: `consent:${id}`, type: 'consent', from, state: CONSENTS[kind], word }];
}

/**
 * The sender this is for, as the config names it: one channel may know it by its number, its messaging service or its RCS name. What is for
 * another sender keeps that one’s address, which is no account of this channel, so that the door drops and counts it.
 */
function accountIn(form: Form, config: SmsConfig): string {
  const ours = accountOf(config);
  const sid = readField(form, 'AccountSid');
  if (sid !== undefined && sid !== config.accountSid) return sid;
  const service = readField(form, 'MessagingServiceSid');
  // In a report we are the sender, in a message the recipient.
  const address = readField(form, 'MessageStatus') ? readField(form, 'From') : readField(form, 'To');
  if (address === undefined || address === config.phoneNumber) return ours;
  if (service !== undefined && service === config.messagingServiceSid) return ours;
  if (config.rcsSender && address === `rcs:${config.rcsSender}`) return ours;
  // A pool’s numbers are the service’s to know: where it is all we have, what is neither of another service nor of another carrier is ours.
  if (!config.phoneNumber && service === undefined && !carrierOf(address)) return ours;
  return address;
}

/** The words with the first of the files; the others come beside them. */
function readContent(form: Form): [Content, Attachment[]] {
  const text = form.get('Body')?.[0] ?? '';
  const latitude = readNumber(readField(form, 'Latitude'));
  const longitude = readNumber(readField(form, 'Longitude'));
  if (latitude !== undefined && longitude !== undefined) {
    const words = present({ name: readField(form, 'Label'), address: readField(form, 'Address') });
    return [{ type: 'location', location: { latitude, longitude, ...words }, ...(text ? { text } : {}) }, []];
  }
  const [first, ...others] = readFiles(form);
  if (!first) return [{ type: 'text', text }, []];
  return [{ type: first.type, media: first.media, ...(text ? { text } : {}) }, others];
}

function readMetadata(form: Form, keyword: Keyword | undefined): Record<string, unknown> | undefined {
  const from = (part: 'City' | 'State' | 'Zip' | 'Country'): string | undefined => readField(form, `From${part}`);
  return present({
    carrier: carrierOf(readField(form, 'From')),
    segments: readNumber(readField(form, 'NumSegments')),
    keyword: keyword?.kind,
    place: present({ city: from('City'), state: from('State'), zip: from('Zip'), country: from('Country') }),
  });
}
