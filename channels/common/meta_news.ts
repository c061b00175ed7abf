import type { InboundEvent } from '../adapter.ts';
import { type Json, present, readObject, readText } from './json.ts';
import { keyOfNews, readId } from './meta.ts';
import { toPerson } from './meta_people.ts';
import { toReferral } from './meta_referrals.ts';
import { ignored, type Update } from './meta_updates.ts';

/** Reactions by name, for those that come without the emoji itself. */
const EMOJI: Readonly<Record<string, string>> = {
  love: '❤️',
  smile: '😆',
  wow: '😮',
  sad: '😢',
  angry: '😠',
  like: '👍',
  dislike: '👎',
};
const HANDOVERS = ['pass_thread_control', 'take_thread_control', 'request_thread_control', 'app_roles'] as const;

/** What is neither said nor tapped nor a receipt; `undefined` for what we have no use for. */
export function toNews(update: Update): InboundEvent[] | undefined {
  const { item, base, sender } = update;
  const reaction = readObject(item.reaction);
  if (reaction) return [toReaction(reaction, update)];
  const edit = readObject(item.message_edit);
  if (edit) return [toEdit(edit, update)];
  const referral = readObject(item.referral);
  if (referral) {
    return [
      sender ? toReferral(referral, update, { from: toPerson(sender) }) : ignored(update, 'A referral of nobody.'),
    ];
  }
  const optin = readObject(item.optin);
  if (optin) return [toOptin(optin, update)];
  const handover = HANDOVERS.find((name) => readObject(item[name]));
  if (handover) return [toHandover(handover, readObject(item[handover]) ?? {}, update)];
  const linking = readObject(item.account_linking);
  if (linking) {
    const code = readText(linking.authorization_code);
    return [news(update, { accountLinking: readText(linking.status), ...present({ authorizationCode: code }) })];
  }
  const policy = readObject(item.policy_enforcement);
  if (policy) {
    const detail = { policyEnforcement: readText(policy.action), reason: readText(policy.reason) };
    return [{ ...base, key: keyOfNews('account', item, base.at), type: 'account', detail }];
  }
  return undefined;
}

/** News of the account about one person. */
function news({ item, base, sender }: Update, detail: Json): InboundEvent {
  const from = sender ? { from: toPerson(sender) } : {};
  return { ...base, key: keyOfNews('account', item, base.at), type: 'account', ...from, detail };
}

function toReaction(reaction: Json, update: Update): InboundEvent {
  const { base, sender, place } = update;
  const externalId = readText(reaction.mid);
  if (!externalId || !sender) return ignored(update, 'A reaction that names no message, or nobody.');
  if (sender === place.account) return ignored(update, 'A reaction of our own.');
  const name = readText(reaction.reaction) ?? '';
  const given = readText(reaction.emoji) ?? (Object.hasOwn(EMOJI, name) ? EMOJI[name] : undefined);
  const emoji = reaction.action === 'unreact' ? null : (given ?? null);
  const key = `reaction:${externalId}:${sender}:${base.at.getTime()}:${emoji ?? ''}`;
  const thread = { key: sender, kind: 'direct' as const };
  return { ...base, key, type: 'reaction', externalId, from: toPerson(sender), emoji, thread };
}

/** People change their words up to five times; each change has its number. */
function toEdit(edit: Json, update: Update): InboundEvent {
  const { base } = update;
  const externalId = readText(edit.mid);
  const text = readText(edit.text);
  if (!externalId || text === undefined) return ignored(update, 'An edit that names no message, or no words.');
  const key = `edited:${externalId}:${readText(edit.num_edit) ?? base.at.getTime()}`;
  return { ...base, key, type: 'edited', externalId, content: { type: 'text', text } };
}

/** A person agreed to marketing messages, stopped or resumed them; a plugin’s opt-in knows its visitor by a reference of ours. */
function toOptin(optin: Json, update: Update): InboundEvent {
  const { base, sender, item } = update;
  if (optin.type !== 'notification_messages' || !sender) {
    const detail = { source: 'plugin', ...present({ code: readText(optin.ref), userRef: readText(optin.user_ref) }) };
    return { ...base, key: keyOfNews('referral', item, base.at), type: 'referral', detail };
  }
  const word = readText(optin.notification_messages_status) ?? readText(optin.title);
  const state = optin.notification_messages_status === 'STOP NOTIFICATIONS' ? 'opted_out' : 'opted_in';
  const key = `consent:${sender}:${readText(optin.payload) ?? ''}:${state}:${base.at.getTime()}`;
  return { ...base, key, type: 'consent', from: toPerson(sender), state, purpose: 'marketing', ...present({ word }) };
}

/** Which app answers this person from now on; after `take` ours only listens. Ids come as texts, as numbers, or not at all. */
function toHandover(name: (typeof HANDOVERS)[number], handover: Json, update: Update): InboundEvent {
  const detail = {
    handover: name.replace('_thread_control', ''),
    ...present({
      previousOwner: readId(handover.previous_owner_app_id),
      newOwner: readId(handover.new_owner_app_id),
      requestedOwner: readId(handover.requested_owner_app_id),
      metadata: readText(handover.metadata),
    }),
  };
  return news(update, detail);
}
