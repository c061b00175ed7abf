import type { PhoneMessage } from '../../control.ts';
import { isObject } from '../../http.ts';
import type { Template } from '../templates.ts';
import { param } from './error.ts';

type Json = Record<string, unknown>;
type Button = NonNullable<PhoneMessage['buttons']>[number][number];
type View = Partial<PhoneMessage> & { kind: PhoneMessage['kind'] };

/** Where a file of a message is to be seen: by its id at Meta, or by its link. */
export type FindFile = (file: Json) => { url: string; filename: string };

const KINDS: Readonly<Record<string, View['kind']>> = {
  image: 'image',
  video: 'video',
  audio: 'audio',
  file: 'document',
};

/** A checked message as the phone shows it. Throws where it names files or templates that are not there. */
export function drawMessage(message: Json, templates: readonly Template[], find: FindFile): View {
  const view = drawContent(message, templates, find);
  const quick = objects(message.quick_replies).map((reply): Button => toPill(reply));
  return quick.length > 0 ? { ...view, buttons: [...(view.buttons ?? []), quick] } : view;
}

function drawContent(message: Json, templates: readonly Template[], find: FindFile): View {
  const { text, attachment, attachments, template } = message;
  if (typeof text === 'string') return withLinks(text);
  if (message.sticker_id !== undefined) return { kind: 'sticker', text: '👍' };
  if (isObject(template)) return drawTemplate(template, templates);
  const pictures = objects(attachments);
  if (pictures.length > 0) {
    const [first, ...rest] = pictures.map(({ payload }) => find(payload as Json));
    const more = rest.map((file) => ({ ...file, mimeType: 'image/jpeg' }));
    return { kind: 'image', mediaUrl: first?.url, ...(more.length > 0 ? { attachments: more } : {}) };
  }
  const { type, payload } = attachment as Json;
  if (type === 'like_heart') return { kind: 'sticker', text: '❤️' };
  if (type === 'MEDIA_SHARE') return { kind: 'text', text: `Post ${String((payload as Json).id)}` };
  if (type === 'template') return drawStructured(payload as Json, find);
  const file = find(payload as Json);
  return { kind: KINDS[String(type)] ?? 'document', mediaUrl: file.url, filename: file.filename };
}

/** Words as they are; links can be pressed. */
function withLinks(text: string): View {
  const entities = [...text.matchAll(/\bhttps?:\/\/[^\s<>"]+[^\s<>".,;:!?)]/g)].map((match) => ({
    type: 'link' as const,
    offset: match.index,
    length: match[0].length,
    url: match[0],
  }));
  return { kind: 'text', text, ...(entities.length > 0 ? { entities } : {}) };
}

function drawStructured(payload: Json, find: FindFile): View {
  const elements = objects(payload.elements);
  switch (payload.template_type) {
    case 'button':
      return { ...withLinks(String(payload.text)), buttons: rowsOf(payload.buttons) };
    case 'media': {
      const [element = {}] = elements;
      const file = find(element);
      return {
        kind: element.media_type === 'video' ? 'video' : 'image',
        mediaUrl: file.url,
        buttons: rowsOf(element.buttons),
      };
    }
    default:
      return {
        kind: 'text',
        cards: elements.map((element) => ({
          ...(typeof element.image_url === 'string' ? { mediaUrl: element.image_url } : {}),
          title: String(element.title),
          ...(typeof element.subtitle === 'string' ? { text: element.subtitle } : {}),
          buttons: rowsOf(element.buttons),
        })),
      };
  }
}

const rowsOf = (value: unknown): Button[][] => objects(value).map((button) => [toButton(button)]);

function toButton({ type, title, url, payload, webview_height_ratio }: Json): Button {
  const text = String(title);
  if (type === 'web_url') {
    return { id: String(url), text, kind: webview_height_ratio ? 'webview' : 'link', url: String(url) };
  }
  if (type === 'phone_number') return { id: String(payload), text, kind: 'call', url: `tel:${String(payload)}` };
  return { id: String(payload), text, kind: 'postback' };
}

function toPill({ content_type, title, payload, image_url }: Json): Button {
  if (content_type !== 'text') {
    const text = content_type === 'user_email' ? 'Send my e-mail' : 'Send my number';
    return { id: String(content_type), text, kind: 'contact_request', style: 'quick' };
  }
  const picture = typeof image_url === 'string' ? { imageUrl: image_url } : {};
  return { id: String(payload), text: String(title).slice(0, 20), kind: 'reply', style: 'quick', ...picture };
}

/** An approved template, filled in. */
function drawTemplate(asked: Json, templates: readonly Template[]): View {
  const language = isObject(asked.language) ? asked.language.code : undefined;
  const template = templates.find((one) => one.name === asked.name && sameLanguage(one.language, language));
  if (template?.status !== 'APPROVED')
    throw param(`Template name does not exist in the translation: ${String(asked.name)}`);
  const given = objects(asked.components);
  const parameters = (type: string): Json[] =>
    objects(given.find((one) => String(one.type).toLowerCase() === type)?.parameters);
  const body = parameters('body');
  const slots = [...new Set([...template.body.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1] ?? ''))];
  if (body.length !== slots.length)
    throw param(`Number of parameters does not match: ${slots.length} expected, ${body.length} given.`);
  const text = template.body.replace(/\{\{(\w+)\}\}/g, (_, slot: string) => {
    const named = body.find((one) => one.parameter_name === slot) ?? body[slots.indexOf(slot)];
    return String(named?.text ?? '');
  });
  const presses = parameters('buttons');
  const buttons = (template.buttons ?? []).map((button, at): Button[] => {
    const press = presses[at];
    if (button.type === 'url') {
      const url = String(press?.url ?? 'https://shop.example.com/');
      return [{ id: url, text: button.text, kind: 'link', url }];
    }
    return [{ id: String(press?.payload ?? button.text), text: button.text, kind: 'postback' }];
  });
  return { ...withLinks(text), ...(buttons.length > 0 ? { buttons } : {}) };
}

/** `en` finds `en_US`. */
const sameLanguage = (kept: string, asked: unknown): boolean => kept === asked || kept.split('_')[0] === asked;

const objects = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isObject) : []);
