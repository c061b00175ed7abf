import { isObject } from '../../http.ts';
import type { Lab } from '../../lab.ts';
import { LabError } from '../../lab-error.ts';
import { findEntry, type PhoneState, remember } from '../../phones.ts';
import type { PageAccount } from './account.ts';
import { iceBreakersOf } from './profile.ts';
import { openChat } from './receipts.ts';
import { referralOf, showFate, tellPage, type View } from './saying.ts';
import { newMid } from './words.ts';

type Json = Record<string, unknown>;

/** Presses a button of a message, or of the menu (`messageId` is then `menu`). Links and calls leave the chat. */
export function tap(
  lab: Lab,
  account: PageAccount,
  phone: PhoneState,
  messageId: string,
  buttonId: string,
  said: (message: Json, view: View) => string,
): string | null {
  const entry = messageId === 'menu' ? undefined : findEntry(phone, messageId);
  const rows =
    messageId === 'menu'
      ? (account.offers.menu ?? [])
      : [...(entry?.view.buttons ?? []), ...(entry?.view.cards ?? []).flatMap((card) => card.buttons)];
  const button = rows.flat().find(({ id }) => id === buttonId);
  if (!button) throw new LabError(404, `Message ${messageId} has no button ${JSON.stringify(buttonId)}.`);
  const { text, kind, id } = button;
  switch (kind) {
    case 'reply':
      return said({ text, quick_reply: { payload: id } }, { kind: 'text', text });
    case 'contact_request': {
      const known = id === 'user_email' ? phone.person.email : phone.person.phone;
      return said({ text: known, quick_reply: { payload: known } }, { kind: 'text', text: known });
    }
    case 'postback':
      return postback(lab, account, phone, text, id);
    default:
      return null;
  }
}

/**
 * Opens the chat: by an ice breaker or Get Started, whose payload comes as a postback, or by a link with a code (`m.me/PAGE?ref=…`), which comes along
 * with Get Started, with the first word, or, in a chat that is there already, by itself.
 */
export function startChat(
  lab: Lab,
  account: PageAccount,
  phone: PhoneState,
  payload: string | undefined,
): string | null {
  const question = iceBreakersOf(account.profile).find((one) => one.payload === payload);
  if (question) return postback(lab, account, phone, question.question, question.payload);
  const started = isObject(account.profile.get_started) ? String(account.profile.get_started.payload) : undefined;
  const ref = payload === started ? undefined : payload;
  if (ref !== undefined && !/^[\w=-]{1,2083}$/.test(ref))
    throw new LabError(422, 'A ref is of letters, digits, “-”, “_” and “=”.');
  if (ref !== undefined && phone.started) {
    const field = account.product === 'facebook' ? 'messaging_referrals' : 'messaging_referral';
    tellPage(account, phone, field, { referral: referralOf(account, ref) });
    return null;
  }
  if (started !== undefined) return postback(lab, account, phone, 'Get started', started, ref);
  if (ref === undefined) throw new LabError(422, 'This chat has no Get Started button.');
  account.carried.set(phone.person.id, ref);
  return null;
}

function postback(
  lab: Lab,
  account: PageAccount,
  phone: PhoneState,
  title: string,
  payload: string,
  ref?: string,
): string {
  const mid = newMid(account.product);
  const at = new Date().toISOString();
  const entry = remember(phone, {
    view: { id: mid, from: 'customer', at, kind: 'text', text: title, status: 'sending' },
  });
  lab.changed(account.public, phone.person, 'message', mid);
  const referral = ref === undefined ? {} : { referral: referralOf(account, ref) };
  tellPage(account, phone, 'messaging_postbacks', { postback: { mid, title, payload, ...referral } }, mid, {
    attempted: (ok) => showFate(lab, account, phone, entry, ok),
  });
  openChat(lab, account, phone);
  return mid;
}
