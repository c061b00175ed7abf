import type { Act, Person } from '../../control.ts';
import type { Lab } from '../../lab.ts';
import { cannot, LabError } from '../../lab-error.ts';
import { type Entry, findEntry, type PhoneState } from '../../phones.ts';
import type { Watcher } from '../../webhook.ts';
import type { PageAccount, Product } from './account.ts';
import { openChat } from './receipts.ts';
import { say, tellPage, type View } from './saying.ts';
import { echo, land } from './send.ts';
import { startChat, tap } from './taps.ts';
import { linkPreview, sendFile, sendSticker, shareThing, storyUrl } from './things.ts';
import { INBOX_APP, newMid } from './words.ts';

type Json = Record<string, unknown>;

const BOTH = [
  'text',
  'tap',
  'image',
  'video',
  'audio',
  'document',
  'sticker',
  'edit',
  'react',
  'read',
  'start',
  'share',
  'block',
  'unblock',
  'echo',
  'elapse',
] as const satisfies readonly Act['do'][];

/** What a person can do in each app. */
export const DEEDS: Readonly<Record<Product, readonly Act['do'][]>> = {
  facebook: [...BOTH, 'location'],
  instagram: [...BOTH, 'unsend', 'story_mention', 'story_reply'],
};

/** Messenger lets people edit five times. */
const EDITS_MAX = 5;

/** What a customer does, told to the business as Meta tells it. Answers the id of what was made. */
export function actOnPage(lab: Lab, account: PageAccount, person: Person, act: Act): string | null {
  const phone = account.phones.of(person);
  const said = (message: Json, view: View, replyTo?: string): string =>
    say(lab, account, phone, message, view, { replyTo });
  switch (act.do) {
    case 'text':
      return said({ text: act.text, ...linkPreview(account, act.text) }, { kind: 'text', text: act.text }, act.replyTo);
    case 'image':
    case 'video':
    case 'audio':
    case 'document':
      return sendFile(lab, account, phone, act);
    case 'sticker':
      return sendSticker(lab, account, phone, act.emoji);
    case 'location': {
      const { latitude: lat, longitude: long, name } = act;
      const payload = { coordinates: { lat, long } };
      const attachment = {
        type: 'location',
        title: name ?? `${person.name}’s location`,
        url: 'https://l.facebook.com/l.php?u=lab',
        payload,
      };
      return said(
        { attachments: [attachment] },
        { kind: 'location', location: { latitude: lat, longitude: long, ...(name ? { name } : {}) } },
      );
    }
    case 'share':
      return shareThing(account, act, said);
    case 'story_mention': {
      const payload = { url: storyUrl(lab) };
      return said(
        { attachments: [{ type: 'story_mention', payload }] },
        { kind: 'service', text: 'Mentioned you in a story' },
      );
    }
    case 'story_reply': {
      const message = { text: act.text, reply_to: { story: { url: storyUrl(lab), id: '17900000000000004' } } };
      return say(lab, account, phone, message, { kind: 'text', text: act.text, header: 'Replied to your story' }, {});
    }
    case 'tap':
      return tap(lab, account, phone, act.messageId, act.buttonId, said);
    case 'start':
      return startChat(lab, account, phone, act.payload);
    case 'edit':
      return edit(lab, account, phone, act.messageId, act.text);
    case 'unsend': {
      const entry = own(phone, act.messageId);
      entry.view.deleted = true;
      entry.view.text = undefined;
      lab.changed(account.public, person, 'delete', act.messageId);
      tellPage(account, phone, 'messages', { message: { mid: act.messageId, is_deleted: true } }, act.messageId);
      return act.messageId;
    }
    case 'react':
      return react(lab, account, phone, act.messageId, act.emoji);
    case 'read':
      openChat(lab, account, phone);
      return null;
    case 'block':
    case 'unblock':
      // Meta tells nobody.
      phone.blocked = act.do === 'block';
      lab.changed(account.public, person, 'block');
      return null;
    case 'echo': {
      const id = newMid(account.product);
      const view = {
        id,
        from: 'business' as const,
        at: new Date().toISOString(),
        kind: 'text' as const,
        text: act.text,
        status: 'delivered' as const,
      };
      land(lab, account, phone, { view, told: 'delivered' });
      echo(lab, account, phone, id, { text: act.text }, INBOX_APP);
      return id;
    }
    case 'elapse':
      phone.lastWordAt -= act.hours * 3_600_000;
      return null;
    default:
      throw cannot(account.product, act);
  }
}

/** A customer's text of a load. */
export function writeText(lab: Lab, account: PageAccount, person: Person, text: string, watcher: Watcher): string {
  return say(lab, account, account.phones.of(person), { text }, { kind: 'text', text }, { watcher });
}

function edit(lab: Lab, account: PageAccount, phone: PhoneState, messageId: string, text: string): string {
  const entry = own(phone, messageId);
  const edits = Number(entry.raw?.edits ?? 0) + 1;
  if (edits > EDITS_MAX) throw new LabError(422, `A message can be edited ${EDITS_MAX} times.`);
  entry.raw = { edits };
  entry.view.text = text;
  entry.view.edited = true;
  lab.changed(account.public, phone.person, 'edit', messageId);
  const field = account.product === 'facebook' ? 'message_edits' : 'message_edit';
  tellPage(account, phone, field, { message_edit: { mid: messageId, text, num_edit: edits } }, messageId);
  return messageId;
}

const NAMES: Readonly<Record<string, string>> = {
  '❤️': 'love',
  '😆': 'smile',
  '😮': 'wow',
  '😢': 'sad',
  '😠': 'angry',
  '👍': 'like',
  '👎': 'dislike',
};

function react(lab: Lab, account: PageAccount, phone: PhoneState, messageId: string, emoji: string | null): string {
  const entry = findEntry(phone, messageId);
  if (!entry || entry.view.deleted) throw new LabError(404, `There is no message ${messageId} on this phone.`);
  entry.view.reactions = emoji ? [emoji] : [];
  lab.changed(account.public, phone.person, 'reaction', messageId);
  const told = emoji ? { action: 'react', reaction: NAMES[emoji] ?? 'other', emoji } : { action: 'unreact' };
  tellPage(account, phone, 'message_reactions', { reaction: { mid: messageId, ...told } }, messageId);
  return messageId;
}

function own(phone: PhoneState, messageId: string): Entry {
  const entry = findEntry(phone, messageId);
  if (!entry || entry.view.deleted) throw new LabError(404, `There is no message ${messageId} on this phone.`);
  if (entry.view.from !== 'customer') throw new LabError(422, 'Only a message of one’s own can be changed.');
  return entry;
}
