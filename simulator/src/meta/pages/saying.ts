import type { PhoneMessage } from '../../control.ts';
import { isObject } from '../../http.ts';
import type { Lab } from '../../lab.ts';
import { inCrowd } from '../../people.ts';
import { type Entry, findEntry, type PhoneState, remember } from '../../phones.ts';
import type { Watcher } from '../../webhook.ts';
import type { PageAccount } from './account.ts';
import { openChat } from './receipts.ts';
import { takeQuickRepliesAway } from './send.ts';
import { newMid } from './words.ts';

type Json = Record<string, unknown>;
export type View = Partial<PhoneMessage> & { kind: PhoneMessage['kind'] };

/** A message of the customer's: on the phone, and on its way to the business. */
export function say(
  lab: Lab,
  account: PageAccount,
  phone: PhoneState,
  message: Json,
  view: View,
  more: { replyTo?: string | undefined; watcher?: Watcher },
): string {
  const { person } = phone;
  const mid = newMid(account.product);
  const { replyTo, watcher = {} } = more;
  takeQuickRepliesAway(phone);
  const entry = remember(phone, {
    view: {
      id: mid,
      from: 'customer',
      at: new Date().toISOString(),
      ...view,
      ...(replyTo ? { replyTo } : {}),
      status: 'sending',
    },
  });
  lab.changed(account.public, person, 'message', mid);
  const answers = replyTo
    ? { reply_to: { mid: replyTo, is_self_reply: findEntry(phone, replyTo)?.view.from === 'customer' } }
    : {};
  const referral = account.carried.get(person.id);
  account.carried.delete(person.id);
  const whole = { mid, ...message, ...answers, ...(referral ? { referral: referralOf(account, referral) } : {}) };
  const update = { ...matched(account, phone), message: whole };
  tellPage(account, phone, 'messages', update, mid, {
    attempted: (ok) => {
      showFate(lab, account, phone, entry, ok);
      watcher.attempted?.(ok);
    },
    ...(watcher.accepted ? { accepted: watcher.accepted } : {}),
  });
  // Whoever writes has the chat open.
  if (!inCrowd(person)) openChat(lab, account, phone);
  return mid;
}

/** The first word of somebody the business wrote to by number tells which number that was. */
function matched(account: PageAccount, phone: PhoneState): Json {
  const numbers = phone.entries.flatMap(({ raw }) => (isObject(raw?.recipient) ? [raw.recipient.phone_number] : []));
  const identifier = numbers.find((number) => number !== undefined);
  if (phone.started || identifier === undefined || account.product !== 'facebook') return {};
  return { prior_message: { source: 'customer_matching', identifier } };
}

/** Tells the business of something a person did; whatever it is, the window opens with it. */
export function tellPage(
  account: PageAccount,
  phone: PhoneState,
  field: string,
  update: Json,
  messageId?: string,
  watcher?: Watcher,
): void {
  const { person } = phone;
  phone.started = true;
  phone.lastWordAt = Date.now();
  const item = { sender: { id: account.idOf(person) }, recipient: { id: account.id }, ...update };
  account.hook.tell(field, item, { person, ...(messageId ? { messageId } : {}), ...(watcher ? { watcher } : {}) });
}

/** Shows at the phone's own message what the webhook came to. */
export function showFate(lab: Lab, account: PageAccount, { person }: PhoneState, entry: Entry, ok: boolean): void {
  const status = ok ? 'accepted' : 'refused';
  if (inCrowd(person) || entry.view.status === 'read' || entry.view.status === status) return;
  entry.view.status = status;
  lab.changed(account.public, person, 'status', entry.view.id);
}

/** How a link or an ad is told of. */
export const referralOf = (account: PageAccount, ref: string): Json => ({
  ref,
  source: account.product === 'facebook' ? 'SHORTLINK' : 'SHORTLINKS',
  type: 'OPEN_THREAD',
});
