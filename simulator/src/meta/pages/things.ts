import type { Act } from '../../control.ts';
import type { StoredFile } from '../../files.ts';
import type { Lab } from '../../lab.ts';
import { LabError } from '../../lab-error.ts';
import type { PhoneState } from '../../phones.ts';
import { blankWebp } from '../../telegram/customer.ts';
import type { PageAccount } from './account.ts';
import { say, type View } from './saying.ts';

type Json = Record<string, unknown>;

const THUMBS_UP = 369239263222822;

/** A text with a link in it brings the link's preview along on Messenger. */
export function linkPreview(account: PageAccount, text: string): Json {
  const url = /\bhttps?:\/\/[^\s<>"]+[^\s<>".,;:!?)]/.exec(text)?.[0];
  if (!url || !URL.canParse(url) || account.product !== 'facebook') return {};
  return { attachments: [{ type: 'fallback', payload: { url, title: new URL(url).hostname } }] };
}

/** A picture, film, sound or file; words beside it are a message of their own. */
export function sendFile(
  lab: Lab,
  account: PageAccount,
  phone: PhoneState,
  act: Extract<Act, { base64: string }>,
): string {
  const kind = act.do === 'document' ? 'file' : act.do;
  if (account.product === 'instagram' && kind === 'file' && act.mimeType !== 'application/pdf') {
    throw new LabError(422, 'Instagram sends no files but PDF.');
  }
  const file = lab.files.put({
    mimeType: act.mimeType,
    filename: act.filename,
    bytes: Buffer.from(act.base64, 'base64'),
  });
  const attachment = { type: kind, payload: { url: cdnUrl(lab, account, file) } };
  const view: View = { kind: act.do, mediaUrl: `/lab/files/${file.id}`, filename: act.filename };
  const id = say(lab, account, phone, { attachments: [attachment] }, view, {});
  if (act.caption) say(lab, account, phone, { text: act.caption }, { kind: 'text', text: act.caption }, {});
  return id;
}

/** A sticker, or Instagram’s heart. */
export function sendSticker(lab: Lab, account: PageAccount, phone: PhoneState, emoji: string): string {
  const view: View = { kind: 'sticker', text: emoji };
  if (account.product === 'instagram' && emoji.startsWith('❤')) {
    return say(lab, account, phone, { attachments: [{ type: 'like_heart' }] }, view, {});
  }
  const file = lab.files.put({ mimeType: 'image/webp', filename: 'sticker.webp', bytes: blankWebp });
  const url = cdnUrl(lab, account, file);
  const attachment =
    account.product === 'facebook'
      ? { type: 'sticker', payload: { url, sticker_id: emoji === '👍' ? THUMBS_UP : 126361874215276 } }
      : { type: 'image', payload: { url } };
  return say(lab, account, phone, { attachments: [attachment] }, view, {});
}

/** Something of Facebook or Instagram that is passed on. */
export function shareThing(
  account: PageAccount,
  { title = 'Our new cactus', url = 'https://lookaside.fbsbx.com/lab/post' }: { title?: string; url?: string },
  said: (message: Json, view: View) => string,
): string {
  const attachment =
    account.product === 'facebook'
      ? { type: 'post', payload: { url, title, id: 122100000000001 } }
      : { type: 'ig_post', payload: { url, title, ig_post_media_id: '17900000000000002' } };
  return said({ attachments: [attachment] }, { kind: 'service', text: `Shared a post: ${title}` });
}

/** Where Meta keeps a file for some days: a signed link that asks for no token. */
function cdnUrl(lab: Lab, account: PageAccount, file: StoredFile): string {
  const name = account.product === 'facebook' ? `/${encodeURIComponent(file.filename)}` : '';
  return `${lab.url}/meta/cdn/${file.id}${name}?oh=lab&oe=6A000000`;
}

/** A story of the person’s, for a day. */
export function storyUrl(lab: Lab): string {
  const file = lab.files.put({ mimeType: 'image/webp', filename: 'story.webp', bytes: blankWebp });
  return `${lab.url}/meta/cdn/${file.id}?oh=lab`;
}
