import type { Content } from '@tributary/protocol';
import { type Address, type InboundEvent, messageKey } from '../adapter.ts';
import { type Json, present, readObject, readObjects, readText } from './json.ts';
import { readPartKey } from './meta.ts';
import { readAttachments } from './meta_attachments.ts';
import { toPerson } from './meta_people.ts';
import { toReferral } from './meta_referrals.ts';
import { ignored, type Update } from './meta_updates.ts';
import { readPhone } from './phone.ts';

/**
 * What somebody said, or the page itself (an echo: our own words coming back, or a person’s at Meta’s inbox). Keys: `message:MID` for messages,
 * `action:MID` for taps, `deleted:MID` for an unsend, which repeats the message’s own id.
 */
export function toMessageEvents(message: Json, update: Update): InboundEvent[] {
  const { base, place } = update;
  const mid = readText(message.mid);
  if (!mid) return [ignored(update, 'A message without an id.')];
  if (message.is_self === true) return [ignored(update, 'The account wrote to itself.')];
  if (message.is_deleted === true) return [{ ...base, key: `deleted:${mid}`, type: 'deleted', externalId: mid }];
  const echo = message.is_echo === true;
  const person = echo ? update.recipient : update.sender;
  if (!person) return [ignored(update, 'A message that names nobody who sent it.')];

  const from = toPerson(person);
  const thread = { key: person, kind: 'direct' as const };
  const replyTo = readObject(message.reply_to);
  const of = readText(replyTo?.mid);
  const referral = readObject(message.referral);
  const news = referral ? [toReferral(referral, update, { mid, from })] : [];
  const tap = readObject(message.quick_reply);
  const payload = readText(tap?.payload);
  const shared = payload === undefined ? undefined : readShared(payload, message);
  if (payload !== undefined && !shared && !echo && !place.standby) {
    const text = readText(message.text);
    const said = present({ text, of });
    return [
      { ...base, key: `action:${mid}`, type: 'action', externalId: mid, from, thread, payload, ...said },
      ...news,
    ];
  }
  const said = shared ?? readContent(message, replyTo, place.title);
  const attachments = 'attachments' in said ? said.attachments : [];
  const commands = readObjects(message.commands).flatMap((command) => readText(command.name) ?? []);
  const metadata = present({
    referral,
    commands: commands.length > 0 ? commands : undefined,
    appId: echo ? readText(message.app_id) : undefined,
    standby: place.standby || undefined,
    sharedNumber: shared?.phone,
    sharedEmail: shared?.email,
    priorMessage: readObject(update.item.prior_message) ?? readObject(message.prior_message),
  });
  return [
    {
      ...base,
      key: messageKey(mid),
      type: 'message',
      externalId: mid,
      from: withNumber(from, shared?.phone ?? numberMatched(message, update)),
      thread,
      content: said.content,
      attachments,
      ...present({
        replyTo: of,
        echo: echo || undefined,
        partKey: echo ? readPartKey(message.metadata) : undefined,
        automatic: place.standby || undefined,
        metadata,
      }),
    },
    ...news,
  ];
}

/** A button of a template, of the menu, Get Started, or an ice breaker. On standby it has no payload and waits for no answer of ours. */
export function toPostbackEvents(postback: Json, update: Update): InboundEvent[] {
  const { base, place, sender } = update;
  if (!sender) return [ignored(update, 'A tap of nobody.')];
  const from = toPerson(sender);
  const thread = { key: sender, kind: 'direct' as const };
  const externalId = readText(postback.mid) ?? `postback:${sender}:${base.at.getTime()}`;
  const text = readText(postback.title);
  const payload = readText(postback.payload);
  const referral = readObject(postback.referral);
  const news = referral ? [toReferral(referral, update, { mid: externalId, from })] : [];
  if (payload !== undefined && !place.standby) {
    const tap = { key: `action:${externalId}`, type: 'action' as const, externalId, from, thread, payload };
    return [{ ...base, ...tap, ...present({ text }) }, ...news];
  }
  const content: Content = { type: 'event', event: 'postback', ...present({ text, payload }) };
  const said = { key: messageKey(externalId), type: 'message' as const, externalId, from, thread, content };
  const standby = place.standby ? { automatic: true, metadata: { standby: true } } : {};
  return [{ ...base, ...said, attachments: [], ...standby }, ...news];
}

/** Words and files. A reply to a story of ours is an event with its words, because the story is gone after a day. */
function readContent(message: Json, replyTo: Json | undefined, title: string): ReturnType<typeof readAttachments> {
  if (message.is_unsupported === true) {
    const reason = `${title} did not pass on what this message holds.`;
    return { content: { type: 'unsupported', reason }, attachments: [] };
  }
  const said = readAttachments(message, title);
  const story = readObject(replyTo?.story);
  if (!story) return said;
  const { content } = said;
  const files = 'media' in content && content.type !== 'card' && content.type !== 'sticker' ? [content] : [];
  return {
    content: {
      type: 'event',
      event: 'story_reply',
      ...present({ text: readText(message.text) }),
      detail: { story: { id: readText(story.id), url: readText(story.url) } },
    },
    attachments: [...files.map(({ type, media }) => ({ type, media: media ?? {} })), ...said.attachments],
  };
}

interface Shared {
  content: Content;
  phone?: string;
  email?: string;
}

/** The person gave the number or the address of their profile, because a quick reply asked for it: payload and words are then the same. */
function readShared(payload: string, message: Json): Shared | undefined {
  if (payload !== readText(message.text)) return undefined;
  const phone = payload.startsWith('+') ? readPhone(payload)?.value : undefined;
  if (phone) return { content: { type: 'contact', contacts: [{ name: phone, phones: [phone] }] }, phone };
  if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(payload)) return undefined;
  return { content: { type: 'contact', contacts: [{ name: payload, emails: [payload] }] }, email: payload };
}

/** Customer matching, where Meta still grants it: the first message of somebody we wrote to by number names that number. */
function numberMatched(message: Json, update: Update): string | undefined {
  const prior = readObject(update.item.prior_message) ?? readObject(message.prior_message);
  if (readText(prior?.source) !== 'customer_matching') return undefined;
  return readPhone(readText(prior?.identifier) ?? '')?.value;
}

function withNumber(from: Address, phone: string | undefined): Address {
  return phone ? { ...from, aliases: [{ kind: 'phone', value: phone }] } : from;
}
