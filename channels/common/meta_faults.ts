import type { ProviderRequest } from '../adapter.ts';
import { type Json, readObject, readObjects } from './json.ts';

/** The numbers in which the two products differ. */
export interface Limits {
  instagram: boolean;
  textMax(text: string): boolean;
}

export const MESSENGER_LIMITS: Limits = { instagram: false, textMax: (text) => text.length <= 2000 };
export const INSTAGRAM_LIMITS: Limits = { instagram: true, textMax: (text) => Buffer.byteLength(text) <= 1000 };

type Must = (holds: boolean, says: string) => void;

/**
 * What Meta would find wrong with a request, by the limits of its pages (Send API, templates, quick replies). Written from those pages, not from
 * what renders, so that the tests hold the one against the other.
 */
export function findFaults(request: ProviderRequest, limits: Limits): string[] {
  const faults: string[] = [];
  const must: Must = (holds, says) => {
    if (!holds) faults.push(says);
  };
  const body = readObject(request.body) ?? {};
  must(/^\/v\d+\.\d+\/(\d+|me)\/messages$/.test(request.path), `path ${request.path}`);
  const recipient = readObject(body.recipient) ?? {};
  const names = ['id', 'user_ref', 'comment_id', 'post_id', 'phone_number'];
  must(Object.keys(recipient).length === 1 && names.includes(Object.keys(recipient)[0] ?? ''), 'one recipient');
  if (body.sender_action !== undefined) {
    checkSign(body, must);
    return faults;
  }
  const message = readObject(body.message) ?? {};
  const type = body.messaging_type;
  must(type === undefined || ['RESPONSE', 'UPDATE', 'MESSAGE_TAG', 'UTILITY'].includes(String(type)), 'messaging_type');
  must((type === 'MESSAGE_TAG') === (body.tag !== undefined), 'a tag and its type go together');
  if (body.tag !== undefined) must(body.tag === 'HUMAN_AGENT', `tag ${String(body.tag)}`);
  must((type === 'UTILITY') === (message.template !== undefined), 'a template and its type go together');
  if (body.reply_to !== undefined) must(isText(readObject(body.reply_to)?.mid, 1000), 'reply_to.mid');
  checkMessage(message, readObjects(body.uploads).length, limits, must);
  return faults;
}

/** Signs stand alone in their request. */
function checkSign(body: Json, must: Must): void {
  const { recipient: _, sender_action, payload, ...others } = body;
  must(Object.keys(others).length === 0, 'nothing beside a sender action');
  const plain = ['typing_on', 'typing_off', 'mark_seen'].includes(String(sender_action));
  must(plain || ['react', 'unreact'].includes(String(sender_action)), `sender action ${String(sender_action)}`);
  must(plain === (payload === undefined), 'a payload for reactions only');
  if (!plain) must(isText(readObject(payload)?.message_id, 1000), 'payload.message_id');
  if (sender_action === 'react') must(isText(readObject(payload)?.reaction, 50), 'payload.reaction');
}

function checkMessage(message: Json, uploads: number, limits: Limits, must: Must): void {
  const { text, attachment, attachments, sticker_id, template, quick_replies, metadata } = message;
  const said = [text, attachment, attachments, sticker_id, template].filter((one) => one !== undefined);
  must(said.length === 1, 'exactly one of text, attachment, attachments, sticker and template');
  if (text !== undefined) must(isText(text, 20_000) && limits.textMax(String(text)), 'text too long');
  if (metadata !== undefined) must(isText(metadata, 1000) && !limits.instagram, 'metadata');
  if (sticker_id !== undefined) must(!limits.instagram && Number.isSafeInteger(sticker_id), 'sticker_id');
  if (template !== undefined) {
    const { name, language } = readObject(template) ?? {};
    must(!limits.instagram && /^[a-z0-9_]{1,512}$/.test(String(name)), 'template name');
    must(isText(readObject(language)?.code, 20), 'language code');
  }
  let open = 0;
  if (attachments !== undefined) {
    const files = readObjects(attachments);
    must(limits.instagram && files.length >= 1 && files.length <= 10, '1 to 10 pictures');
    must(
      files.every(({ type }) => type === 'image'),
      'pictures only',
    );
    for (const { payload } of files) open += checkFile(readObject(payload) ?? {}, must);
  }
  if (attachment !== undefined) open += checkAttachment(readObject(attachment) ?? {}, limits, must);
  must(open === uploads, 'as many uploads as places for them');
  if (quick_replies === undefined) return;
  const replies = readObjects(quick_replies);
  must(replies.length >= 1 && replies.length <= 13, '1 to 13 quick replies');
  for (const { content_type, title, payload, image_url } of replies) {
    if (content_type === 'user_phone_number' || content_type === 'user_email') continue;
    must(content_type === 'text', `quick reply ${String(content_type)}`);
    must(isText(title, 20) && isText(payload, 1000), 'quick reply title 20, payload 1000');
    must(image_url === undefined || (!limits.instagram && isLink(image_url)), 'quick reply image');
  }
}

/** Checks an attachment; answers how many of its files are still to be uploaded. */
function checkAttachment({ type, payload }: Json, limits: Limits, must: Must): number {
  const given = readObject(payload) ?? {};
  if (type === 'like_heart') must(limits.instagram && payload === undefined, 'the heart is Instagram’s');
  else if (type === 'MEDIA_SHARE') must(limits.instagram && isText(given.id, 100), 'a post is Instagram’s');
  else if (type === 'template') return checkTemplate(given, limits, must);
  else {
    must(['image', 'video', 'audio', 'file'].includes(String(type)), `attachment ${String(type)}`);
    return checkFile(given, must);
  }
  return 0;
}

function checkFile({ url, attachment_id }: Json, must: Must): number {
  must(url === undefined || attachment_id === undefined, 'a link or an id');
  if (url !== undefined) must(isLink(url), 'an https link');
  if (attachment_id !== undefined) must(/^\d+$/.test(String(attachment_id)), 'attachment_id');
  return url === undefined && attachment_id === undefined ? 1 : 0;
}

function checkTemplate(payload: Json, limits: Limits, must: Must): number {
  const elements = readObjects(payload.elements);
  switch (payload.template_type) {
    case 'button':
      must(isText(payload.text, 640), 'text of 1 to 640 above buttons');
      must(readObjects(payload.buttons).length >= 1, 'at least one button');
      checkButtons(payload.buttons, limits, must);
      return 0;
    case 'generic':
      must(elements.length >= 1 && elements.length <= 10, '1 to 10 elements');
      for (const element of elements) {
        must(isText(element.title, 80), 'title of 1 to 80');
        must(Object.keys(element).length >= 2, 'a title and one thing more');
        must(element.subtitle === undefined || isText(element.subtitle, 80), 'subtitle of 1 to 80');
        must(element.image_url === undefined || isLink(element.image_url), 'image_url');
        checkButtons(element.buttons, limits, must);
      }
      return 0;
    case 'media': {
      must(!limits.instagram && elements.length === 1, 'one element');
      const [element = {}] = elements;
      must(element.media_type === 'image' || element.media_type === 'video', 'media_type');
      must(element.url === undefined, 'links of facebook.com only');
      must(readObjects(element.buttons).length >= 1, 'at least one button');
      checkButtons(element.buttons, limits, must);
      return checkFile(element, must);
    }
    default:
      must(false, `template ${String(payload.template_type)}`);
      return 0;
  }
}

function checkButtons(value: unknown, limits: Limits, must: Must): void {
  const buttons = readObjects(value);
  must(buttons.length <= 3, 'at most 3 buttons');
  for (const { type, title, payload, url } of buttons) {
    must(isText(title, 20), 'button title of 1 to 20');
    if (type === 'postback') must(isText(payload, 1000), 'postback payload of 1 to 1000');
    else if (type === 'web_url') must(isLink(url), 'button url');
    else if (type === 'phone_number') must(!limits.instagram && /^\+\d{5,20}$/.test(String(payload)), 'button number');
    else must(false, `button ${String(type)}`);
  }
}

const isText = (value: unknown, max: number): boolean =>
  typeof value === 'string' && value.length >= 1 && value.length <= max;
const isLink = (value: unknown): boolean => typeof value === 'string' && /^https:\/\/\S+$/.test(value);
