import type { Person } from '../../control.ts';
import { isObject } from '../../http.ts';
import type { Lab } from '../../lab.ts';
import { inCrowd } from '../../people.ts';
import { type Entry, findEntry, type PhoneState, remember } from '../../phones.ts';
import type { PageAccount } from './account.ts';
import { drawMessage } from './draw.ts';
import { param, refusal } from './error.ts';
import { fetchFiles, fileOf, reusedFile } from './files.ts';
import { arrive } from './receipts.ts';
import { checkSend } from './validate.ts';
import { newMid } from './words.ts';

type Json = Record<string, unknown>;

/** An accepted request: the answer, what follows once it was given, and who it was about. */
export interface Accepted {
  answer: Json;
  after?: () => void;
  person?: Person;
  messageId?: string;
}

const HOUR_MS = 3_600_000;

/** `POST /{page}/messages`: a message or a sign to a person, or the refusal that Meta would give. */
export async function sendMessage(lab: Lab, account: PageAccount, body: Json): Promise<Accepted> {
  const instagram = account.product === 'instagram';
  checkSend(body, instagram);
  const recipient = body.recipient as Json;
  const phone = findRecipient(lab, account, recipient);
  const { person } = phone;
  if (lab.settings.limits && account.flood.take(person.id).wait > 0) throw tooMany(account);
  if (phone.blocked) throw refusal(551, 'This person isn’t available right now.', 1545041);
  const answer: Json = recipient.phone_number === undefined ? { recipient_id: account.idOf(person) } : {};
  if (typeof body.sender_action === 'string') {
    act(lab, account, phone, body.sender_action, body.payload);
    return { answer, person };
  }
  checkWindow(lab, account, phone, body);
  const message = body.message as Json;
  await fetchFiles(lab, account, message);
  const view = drawMessage(message, account.templates, (file) => fileOf(lab, account, file));
  const id = newMid(account.product);
  const replyTo = isObject(body.reply_to) ? String(body.reply_to.mid) : undefined;
  if (replyTo && !findEntry(phone, replyTo)) throw param('The message being replied to was not found.');
  if (recipient.comment_id !== undefined) account.answered.add(String(recipient.comment_id));
  const entry: Entry = {
    view: {
      id,
      from: 'business',
      at: new Date().toISOString(),
      ...view,
      ...(replyTo ? { replyTo } : {}),
      status: 'sent',
    },
    raw: body,
    ...(typeof message.metadata === 'string' ? { callbackData: message.metadata } : {}),
  };
  land(lab, account, phone, entry);
  const after = (): void => {
    const said = message.template ? { text: entry.view.text } : message;
    echo(lab, account, phone, id, said, Number(account.appId));
    arrive(lab, account, phone, entry);
  };
  return { answer: { ...answer, message_id: id, ...reusedFile(lab, account, message) }, after, person, messageId: id };
}

/** Somebody who wrote before, the author of a comment, or, where Meta matches customers, somebody by number. */
function findRecipient(lab: Lab, account: PageAccount, recipient: Json): PhoneState {
  const nobody = (): never => {
    throw account.product === 'facebook'
      ? param('No matching user found', 2018001)
      : param('No matching Instagram user', 2534014);
  };
  if (recipient.phone_number !== undefined && account.product === 'facebook') {
    if (!account.matchesByPhone) {
      throw refusal(
        10,
        'Access to the Customer Matching API and Customer Matching via the Send API is currently available in limited release.',
      );
    }
    const person = lab.people.byNumber(String(recipient.phone_number).replace(/\D/g, ''));
    return person ? account.phones.of(person) : nobody();
  }
  if (typeof recipient.comment_id === 'string') {
    if (account.answered.has(recipient.comment_id)) throw refusal(10900, 'Activity already replied to');
    // The Lab's comments are `comment_PERSON`: whose they are stands in them.
    const author = lab.people.get(recipient.comment_id.split('_').at(-1) ?? '');
    return author ? account.phones.of(author) : nobody();
  }
  const id = String(recipient.id ?? '');
  const person = account.product === 'facebook' ? lab.people.byPsid(id) : lab.people.byIgsid(id);
  const phone = person && account.phones.of(person);
  if (!phone || (lab.settings.startRequired && !phone.started && phone.entries.length === 0)) return nobody();
  return phone;
}

/** A day after the person's last word; a week for people of the business; for approved templates no matter when. */
function checkWindow(lab: Lab, account: PageAccount, phone: PhoneState, body: Json): void {
  const { recipient, tag, messaging_type } = body;
  const first = (recipient as Json).phone_number !== undefined || (recipient as Json).comment_id !== undefined;
  if (lab.settings.window === 'off' || messaging_type === 'UTILITY' || first) return;
  const hours = tag === 'HUMAN_AGENT' ? 7 * 24 : 24;
  if (phone.lastWordAt >= Date.now() - hours * HOUR_MS) return;
  throw account.product === 'facebook'
    ? refusal(
        10,
        'This message is sent outside of allowed window. Learn more about the new policy here: https://developers.facebook.com/docs/messenger-platform/policy-overview',
        2018278,
      )
    : refusal(10, 'This message is sent outside of allowed window.', 2534022);
}

/** The page’s limit, as a call too many is told. */
export const tooMany = (account: PageAccount) =>
  refusal(
    613,
    'Calls to this api have exceeded the rate limit.',
    account.product === 'instagram' ? 2534040 : undefined,
  );

function act(lab: Lab, account: PageAccount, phone: PhoneState, action: string, payload: unknown): void {
  const { person } = phone;
  if (action === 'typing_on' || action === 'typing_off') {
    phone.typingUntil = action === 'typing_on' ? Date.now() + 20_000 : 0;
    lab.changed(account.public, person, 'typing');
    return;
  }
  if (action === 'mark_seen') {
    for (const { view } of phone.entries) {
      if (view.from !== 'customer' || view.status === 'read') continue;
      view.status = 'read';
      lab.changed(account.public, person, 'status', view.id);
    }
    return;
  }
  const { message_id, reaction } = payload as Json;
  const entry = findEntry(phone, String(message_id));
  if (!entry) throw param('The message being reacted to was not found.');
  entry.view.reactions = action === 'react' ? [reaction === 'love' ? '❤️' : String(reaction)] : [];
  lab.changed(account.public, person, 'reaction', entry.view.id);
}

/** On the phone; quick replies of earlier messages go. */
export function land(lab: Lab, account: PageAccount, phone: PhoneState, entry: Entry): void {
  phone.typingUntil = 0;
  takeQuickRepliesAway(phone);
  remember(phone, entry);
  const { person } = phone;
  if (inCrowd(person)) account.ledger.got(person.id, entry.view.id, entry.view.text ?? '', entry.callbackData);
  else lab.changed(account.public, person, 'message', entry.view.id);
}

/** They vanish with the next message, whoever writes it. */
export function takeQuickRepliesAway(phone: PhoneState): void {
  for (const { view } of phone.entries.slice(-10)) {
    const kept = view.buttons?.filter((row) => row.every((button) => button.style !== 'quick'));
    if (kept && kept.length !== view.buttons?.length) view.buttons = kept.length > 0 ? kept : undefined;
  }
}

/** What the business said comes back to its apps. On Instagram nothing tells which app it was. */
export function echo(lab: Lab, account: PageAccount, phone: PhoneState, id: string, message: Json, app?: number): void {
  const { person } = phone;
  const facebook = account.product === 'facebook';
  // Without receipts the Lab gives no evidence of our own sends at all.
  if (app === Number(account.appId) && lab.chaos[account.product].settings.noReceipts) return;
  const { text, attachment, attachments, metadata } = message;
  const files = [...(attachment ? [attachment] : []), ...(Array.isArray(attachments) ? attachments : [])];
  const update = {
    sender: { id: account.id },
    recipient: { id: account.idOf(person) },
    message: {
      mid: id,
      is_echo: true,
      ...(facebook && app !== undefined ? { app_id: app } : {}),
      ...(facebook && metadata !== undefined ? { metadata } : {}),
      ...(text !== undefined ? { text } : {}),
      ...(files.length > 0 ? { attachments: files } : {}),
    },
  };
  account.hook.tell(facebook ? 'message_echoes' : 'messages', update, { person, messageId: id });
}
