import { type Address, type InboundEvent, type InboundEventOf, messageKey, type Thread } from '../adapter.ts';
import { type Json, present, readObject, readObjects, readText } from '../common/json.ts';
import { readTime } from '../common/meta.ts';
import { ownNumber, toContent } from './content.ts';
import { linkFollowed } from './link.ts';
import type { InboundMessage } from './payloads.ts';
import { findContact, toAddress, toProfile } from './people.ts';

/** Where in a webhook something stood: whose number it is, who is spoken of, when it came. */
export interface Place {
  account: string;
  /** `+15550100001`, as people dial it. */
  ourNumber?: string;
  contacts: Json[];
  receivedAt: Date;
}

/**
 * The real message may follow a placeholder with this error, perhaps under the same id: so the placeholder takes a name of its own, and the
 * message is not mistaken for its repetition.
 */
const MESSAGE_MAY_FOLLOW = 131060;
const PLACEHOLDER = ':placeholder';

/** WhatsApp’s own id within an external id of ours. */
export function toWamid(externalId: string): string {
  return externalId.endsWith(PLACEHOLDER) ? externalId.slice(0, -PLACEHOLDER.length) : externalId;
}

/**
 * One element of `messages` or, said by the business in its app, of `message_echoes`. Keys: `message:ID` for messages, `action:ID` for taps;
 * `edited:`, `deleted:` and `reaction:` name their target first, because the same target has many.
 */
export function toMessageEvents(message: InboundMessage, place: Place, echo: boolean): InboundEvent[] {
  const id = readText(message.id);
  const type = readText(message.type);
  const base = { account: place.account, at: readTime(message.timestamp, place.receivedAt), raw: message };
  const ignored = (reason: string): InboundEvent[] => [
    { ...base, key: `ignored:${id ?? base.at.toISOString()}`, type: 'ignored', reason },
  ];
  if (!id) return ignored('A message without an id.');
  if (type === 'system') return toMigration(id, message, base) ?? ignored('A system message about nothing that moves.');

  const from = echo ? toAddress(message.to, message.to_user_id) : toAddress(message.from, message.from_user_id);
  const target =
    readText(readObject(message[type ?? ''])?.original_message_id) ?? readText(message.original_message_id);
  if (type === 'revoke') {
    if (!target) return ignored('An unsend that names no message.');
    return [{ ...base, key: `deleted:${target}`, type: 'deleted', externalId: target }];
  }
  if (type === 'edit') {
    const edited = readObject(readObject(message.edit)?.message);
    if (!target || !edited) return ignored('An edit that names no message, or no words.');
    return [{ ...base, key: `edited:${target}:${id}`, type: 'edited', externalId: target, content: toContent(edited) }];
  }
  if (!from) return ignored('A message that names nobody who sent it.');

  const contact = echo
    ? findContact(place.contacts, message.to, message.to_user_id)
    : findContact(place.contacts, message.from, message.from_user_id);
  const thread = toThread(message, from);
  if (type === 'reaction') {
    if (echo) return ignored('A reaction made in the Business app.');
    const reaction = readObject(message.reaction);
    const externalId = readText(reaction?.message_id);
    if (!externalId) return ignored('A reaction that names no message.');
    // No emoji, or an empty one: the reaction was taken back.
    const emoji = readText(reaction?.emoji) ?? null;
    const key = `reaction:${externalId}:${from.value}:${base.at.getTime()}:${emoji ?? ''}`;
    return [{ ...base, key, type: 'reaction', externalId, from, emoji, thread }];
  }

  const profile = toProfile(contact);
  const context = readObject(message.context);
  const referral = readObject(message.referral);
  const whole = { ...base, from, thread, ...present({ profile, to: place.ourNumber }) };
  const tap = echo ? undefined : readTap(message);
  if (tap) {
    const of = readText(context?.id);
    const action: InboundEvent = {
      ...whole,
      key: `action:${id}`,
      type: 'action',
      externalId: id,
      ...tap,
      ...present({ of }),
    };
    // A tap has no room for where the person came from.
    return referral ? [action, { ...base, key: `referral:${id}`, type: 'referral', from, detail: referral }] : [action];
  }

  const mayFollow = readObjects(message.errors).some((error) => error.code === MESSAGE_MAY_FOLLOW);
  const externalId = mayFollow ? `${id}${PLACEHOLDER}` : id;
  // A forwarded message has a context that is only a mark.
  const forwarded = context?.forwarded === true || context?.frequently_forwarded === true;
  const shared = echo ? undefined : ownNumber(message);
  const metadata = present({
    referral,
    referredProduct: readObject(context?.referred_product),
    forwarded: forwarded || undefined,
    frequentlyForwarded: context?.frequently_forwarded === true || undefined,
    sharedNumber: shared,
    errors: Array.isArray(message.errors) && message.errors.length > 0 ? message.errors : undefined,
  });
  const said: InboundEventOf<'message'> = {
    ...whole,
    key: messageKey(externalId),
    type: 'message',
    externalId,
    from: shared ? withNumber(from, shared) : from,
    content: toContent(message, profile?.name),
    attachments: [],
    ...present({ replyTo: forwarded ? undefined : readText(context?.id), echo: echo || undefined, metadata }),
  };
  return [said, ...linkFollowed(said)];
}

/** A direct chat is named after the person, a group by its own id. */
function toThread(message: InboundMessage, from: Address): Thread {
  const group = readText(message.group_id);
  return group ? { key: group, kind: 'group' } : { key: from.value, kind: 'direct' };
}

/** The person gave their number on our request: WhatsApp vouches that it is theirs. */
function withNumber(from: Address, phone: string): Address {
  const names = [from, ...(from.aliases ?? [])];
  if (names.some((name) => name.kind === 'phone' && name.value === phone)) return from;
  return { ...from, aliases: [...(from.aliases ?? []), { kind: 'phone', value: phone }] };
}

/** What was pressed: a reply button, a row of a list, or a button of a template, each spelled in its own way. */
function readTap(message: InboundMessage): { payload: string; text?: string } | undefined {
  if (message.type === 'button') {
    const button = readObject(message.button);
    const text = readText(button?.text);
    const payload = readText(button?.payload) ?? text;
    return payload === undefined ? undefined : { payload, ...present({ text }) };
  }
  if (message.type !== 'interactive') return undefined;
  const interactive = readObject(message.interactive);
  const reply = readObject(interactive?.button_reply) ?? readObject(interactive?.list_reply);
  const text = readText(reply?.title);
  const payload = readText(reply?.id) ?? text;
  return payload === undefined ? undefined : { payload, ...present({ text }) };
}

/** The person has another number, or for that reason another business-scoped id. No bubble: nobody said this. */
function toMigration(
  id: string,
  message: InboundMessage,
  base: { account: string; at: Date; raw: unknown },
): InboundEvent[] | undefined {
  const system = readObject(message.system);
  const from = toAddress(message.from ?? system?.customer, message.from_user_id);
  const to = toAddress(system?.wa_id ?? system?.new_wa_id, system?.user_id);
  if (!from || !to) return undefined;
  const detail = {
    reason: readText(system?.type) ?? 'user_changed_number',
    to,
    ...present({ text: readText(system?.body) }),
  };
  return [{ ...base, key: `migrated:${id}`, type: 'migrated', from, detail }];
}
