import { isObject } from '../../http.ts';
import { param, refusal } from './error.ts';

type Json = Record<string, unknown>;

/** Files by the word the API has for them: largest size, and the types that fit. Pictures by link are smaller. */
export const FILES: Readonly<
  Record<string, { megabytes: number; byLink?: number; facebook: RegExp; instagram: RegExp }>
> = {
  image: { megabytes: 25, byLink: 8, facebook: /^image\/(jpeg|png|gif)$/, instagram: /^image\/(jpeg|png|gif)$/ },
  video: { megabytes: 25, facebook: /^video\/mp4$/, instagram: /^video\/(mp4|ogg|x-msvideo|quicktime|webm)$/ },
  audio: {
    megabytes: 25,
    facebook: /^(audio\/(mpeg|mp4|aac|wav|x-wav)|video\/mp4)$/,
    instagram: /^audio\/(aac|mp4|x-m4a|m4a|wav|x-wav)$/,
  },
  file: { megabytes: 25, facebook: /./, instagram: /^application\/pdf$/ },
};
const ACTIONS = ['typing_on', 'typing_off', 'mark_seen', 'react', 'unreact'];
const ENDED_TAGS = ['CONFIRMED_EVENT_UPDATE', 'ACCOUNT_UPDATE', 'POST_PURCHASE_UPDATE'];

/** Refuses what the Send API refuses in a request. Who it goes to, windows and files are asked elsewhere. */
export function checkSend(body: Json, instagram: boolean): void {
  if (!isObject(body.recipient)) throw param('The parameter recipient is required');
  const { sender_action: action, message } = body;
  if (action !== undefined) {
    checkAction(body, action);
    return;
  }
  if (!isObject(message)) throw param('The parameter message is required');
  checkPurpose(body, message, instagram);
  if (body.reply_to !== undefined && (!isObject(body.reply_to) || typeof body.reply_to.mid !== 'string')) {
    throw param('Param reply_to[mid] must be a string.');
  }
  checkMessage(message, instagram);
}

function checkAction(body: Json, action: unknown): void {
  if (!ACTIONS.includes(String(action))) {
    throw param(`Param sender_action must be one of {${ACTIONS.join(', ').toUpperCase()}} - got "${String(action)}".`);
  }
  const beside = Object.keys(body).filter(
    (key) => !['recipient', 'sender_action', 'payload', 'platform'].includes(key),
  );
  if (beside.length > 0) throw param(`Cannot set ${beside[0]} together with sender_action.`);
  if (action !== 'react' && action !== 'unreact') return;
  if (!isObject(body.payload) || typeof body.payload.message_id !== 'string')
    throw param('The parameter payload[message_id] is required');
  if (action === 'react' && typeof body.payload.reaction !== 'string')
    throw param('The parameter payload[reaction] is required');
}

function checkPurpose(body: Json, message: Json, instagram: boolean): void {
  const { messaging_type: type, tag } = body;
  if (type !== undefined && !['RESPONSE', 'UPDATE', 'MESSAGE_TAG', 'UTILITY'].includes(String(type))) {
    throw param(
      `Param messaging_type must be one of {RESPONSE, UPDATE, MESSAGE_TAG, UTILITY} - got "${String(type)}".`,
    );
  }
  if (type === 'MESSAGE_TAG' && tag === undefined)
    throw param('The parameter tag is required for messaging_type MESSAGE_TAG');
  if (tag !== undefined) {
    if (ENDED_TAGS.includes(String(tag))) throw param('Message tag is no longer supported');
    if (tag !== 'HUMAN_AGENT' && (instagram || tag !== 'CUSTOMER_FEEDBACK'))
      throw param(`Invalid message tag "${String(tag)}".`);
  }
  if ((type === 'UTILITY') !== (message.template !== undefined)) {
    throw param('messaging_type UTILITY goes with a template, and a template with it.');
  }
}

function checkMessage(message: Json, instagram: boolean): void {
  const { text, attachment, attachments, sticker_id, template, quick_replies, metadata } = message;
  const said = [text, attachment, attachments, sticker_id, template].filter((one) => one !== undefined);
  if (said.length === 0) throw param('Message cannot be empty, must provide valid attachment or text', 2018005);
  if (said.length > 1) throw param('Cannot send text and attachment in the same message.', 2018034);
  if (text !== undefined) checkText(text, instagram);
  if (metadata !== undefined) required(metadata, 'message[metadata]', 1000);
  if (sticker_id !== undefined && (instagram || !Number.isInteger(sticker_id))) throw param('Invalid sticker_id.');
  if (template !== undefined && instagram) throw param('Unsupported message template.');
  if (attachments !== undefined) checkCollection(attachments, instagram);
  if (attachment !== undefined) checkAttachment(object(attachment, 'message[attachment]'), instagram);
  if (quick_replies !== undefined) checkQuickReplies(quick_replies, instagram);
}

function checkText(text: unknown, instagram: boolean): void {
  if (typeof text !== 'string' || text.trim() === '')
    throw param('Param message[text] must be a non-empty UTF-8 encoded string');
  if (instagram && Buffer.byteLength(text) > 1000)
    throw param('Length of param message[text] must be less than or equal to 1000 bytes', 2534038);
  if (!instagram && [...text].length > 2000)
    throw param('Length of param message[text] must be less than or equal to 2000');
}

/** Only Instagram shows several pictures as one message. */
function checkCollection(value: unknown, instagram: boolean): void {
  const files = list(value, 'message[attachments]', 1, 10);
  if (!instagram) throw param('Param message[attachments] is not supported.');
  for (const file of files) {
    if (file.type !== 'image') throw param('Only images can be sent together.');
    checkFile(object(file.payload, 'payload'));
  }
}

function checkAttachment({ type, payload }: Json, instagram: boolean): void {
  if (instagram && type === 'like_heart') return;
  const given = object(payload, 'message[attachment][payload]');
  if (instagram && type === 'MEDIA_SHARE') {
    required(given.id, 'payload[id]', 100);
    return;
  }
  if (type === 'template') checkTemplate(given, instagram);
  else if (Object.hasOwn(FILES, String(type))) checkFile(given);
  else
    throw param(
      `Param message[attachment][type] must be one of {IMAGE, VIDEO, AUDIO, FILE, TEMPLATE} - got "${String(type)}".`,
    );
}

function checkFile({ url, attachment_id }: Json): void {
  if ((url === undefined) === (attachment_id === undefined))
    throw param('Exactly one of url and attachment_id is required.');
  if (url !== undefined && !/^https?:\/\/\S+$/i.test(String(url)))
    throw param(`Param url is not a valid URI: "${String(url)}".`);
}

function checkTemplate(payload: Json, instagram: boolean): void {
  switch (payload.template_type) {
    case 'button':
      required(payload.text, 'payload[text]', 640);
      checkButtons(list(payload.buttons, 'buttons', 1, 3), instagram);
      return;
    case 'generic':
      for (const element of list(payload.elements, 'elements', 1, 10)) {
        required(element.title, 'elements[title]', 80);
        if (element.subtitle !== undefined) required(element.subtitle, 'elements[subtitle]', 80);
        if (Object.keys(element).length < 2)
          throw param('Element must have at least one more property than title.', 2018128);
        if (element.image_url !== undefined && !/^https?:\/\/\S+$/i.test(String(element.image_url)))
          throw param('image_url is not a valid URI.');
        if (element.buttons !== undefined) checkButtons(list(element.buttons, 'buttons', 1, 3), instagram);
      }
      return;
    case 'media': {
      if (instagram) throw param('Unsupported template_type "media".');
      const [element = {}] = list(payload.elements, 'elements', 1, 1);
      if (element.media_type !== 'image' && element.media_type !== 'video')
        throw param('media_type must be image or video.');
      if (element.url !== undefined && !/^https:\/\/(\w+\.)?facebook\.com\//.test(String(element.url))) {
        throw param('The url of a media template must be one of facebook.com.', 2018257);
      }
      checkFile(element);
      if (element.buttons !== undefined) checkButtons(list(element.buttons, 'buttons', 1, 3), false);
      return;
    }
    default:
      throw param(`Unsupported template_type "${String(payload.template_type)}".`);
  }
}

function checkButtons(buttons: Json[], instagram: boolean): void {
  for (const { type, title, url, payload } of buttons) {
    required(title, 'buttons[title]', 20);
    if (type === 'web_url') {
      if (!/^https?:\/\/\S+$/i.test(String(url))) throw param('Param buttons[url] is not a valid URI.');
    } else if (type === 'postback') required(payload, 'buttons[payload]', 1000);
    else if (type === 'phone_number' && !instagram) {
      if (!/^\+\d{6,20}$/.test(String(payload)))
        throw param('Param buttons[payload] must be a phone number in the format +1234567890.');
    } else throw param(`Param buttons[type] is not supported - got "${String(type)}".`);
  }
}

function checkQuickReplies(value: unknown, instagram: boolean): void {
  for (const { content_type, title, payload, image_url } of list(value, 'quick_replies', 1, 13)) {
    if (content_type === 'user_phone_number' || content_type === 'user_email') continue;
    if (content_type !== 'text')
      throw param(`Param quick_replies[content_type] is not supported - got "${String(content_type)}".`);
    // Instagram cuts what is too long.
    required(title, 'quick_replies[title]', instagram ? 1000 : 20);
    required(payload, 'quick_replies[payload]', 1000);
    if (image_url !== undefined && instagram)
      throw param('Invalid keys "image_url" were found in param "quick_replies[0]".');
  }
}

function required(value: unknown, name: string, most: number): void {
  if (typeof value !== 'string' || value === '') throw param(`Param ${name} must be a non-empty string`);
  if ([...value].length > most) throw param(`Length of param ${name} must be less than or equal to ${most}`);
}

function object(value: unknown, name: string): Json {
  if (!isObject(value)) throw param(`Param ${name} must be an object.`);
  return value;
}

function list(value: unknown, name: string, least: number, most: number): Json[] {
  if (!Array.isArray(value) || !value.every(isObject)) throw param(`Param ${name} must be an array of objects.`);
  if (value.length < least || value.length > most)
    throw refusal(100, `Param ${name} must have ${least} to ${most} elements.`);
  return value;
}
