import type { Action, Card, Choice, ContactCard, ContentOf } from '@tributary/protocol';
import type { Body, MailFile } from './mail.ts';

/** How words and buttons look in a mail: as HTML blocks, and as text beside them. An answer is a link that writes a mail, and has a number to write back. */

/** What links of answers need: where answers go, under which subject, and which number each has. */
export interface Answering {
  address: string;
  subject: string;
  choices: readonly Choice[];
}

const TEXT_STYLE = 'margin:0 0 12px';
const BUTTON_STYLE =
  'display:inline-block;margin:0 8px 8px 0;padding:8px 16px;border:1px solid #0b7a75;border-radius:8px;color:#0b7a75;text-decoration:none';
const CARD_STYLE = 'margin:0 0 16px;padding:16px;border:1px solid #d5dbe1;border-radius:8px;max-width:480px';

export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

/** Plain words as paragraphs. */
export const paragraphs = (text: string): string =>
  text
    .split(/\n{2,}/)
    .filter((part) => part.trim() !== '')
    .map((part) => `<p style="${TEXT_STYLE}">${escapeHtml(part).replaceAll('\n', '<br>')}</p>`)
    .join('\n');

/** Words, in whatever form they came, with actions below. */
export function speak(words: Body, actions: readonly Action[] | undefined, answering: Answering): Body {
  if (!actions?.length) return words;
  const lines = actions.map((action) => lineOf(action, answering)).filter(Boolean);
  const buttons = actions.map((action) => buttonOf(action, answering)).join('\n');
  return {
    ...words,
    text: [words.text, lines.join('\n')].filter(Boolean).join('\n\n'),
    html: `${words.html ?? paragraphs(words.text)}\n<p>${buttons}</p>`,
  };
}

/** A card as a block: picture, title, words, buttons. `no` names its picture. */
export function cardBlock(card: Card, no: number, answering: Answering): Body {
  const picture = card.media ? pictureOf(card, no) : undefined;
  const text = [card.title, card.text].filter(Boolean).join('\n');
  const image = picture?.cid
    ? `<img src="cid:${picture.cid}" alt="${escapeHtml(card.title)}" style="max-width:100%;border-radius:8px"><br>`
    : '';
  const html = `${image}<p style="${TEXT_STYLE}"><strong>${escapeHtml(card.title)}</strong></p>\n${paragraphs(card.text ?? '')}`;
  const said = speak({ text, html, files: picture ? [picture] : [] }, card.actions, answering);
  return { ...said, html: `<div style="${CARD_STYLE}">\n${said.html}\n</div>` };
}

/** A picture is shown where it belongs; a film hangs below the mail. */
function pictureOf({ media = {} }: Card, no: number): MailFile {
  const mimeType = media.mimeType ?? 'image/jpeg';
  const ending =
    /\.[a-z0-9]{1,5}$/i.exec(media.filename ?? media.url ?? '')?.[0] ??
    `.${mimeType.split('/')[1]!.replace(/\W.*$/, '')}`;
  const filename = `card-${no}${ending}`;
  return { filename, mimeType, media, ...(mimeType.startsWith('image/') ? { cid: filename } : {}) };
}

/** Blocks one below the other. */
export function stack(blocks: readonly Body[]): Body {
  const shown = blocks.filter((block) => block.text || block.html || block.files.length > 0);
  const html = shown.map((block) => block.html ?? paragraphs(block.text)).join('\n');
  return {
    text: shown.map((block) => block.text).join('\n\n'),
    ...(shown.some((block) => block.html !== undefined) ? { html } : {}),
    files: shown.flatMap((block) => block.files),
  };
}

/** A list as numbered lines under their headings. */
export function listBlock(list: ContentOf<'list'>, answering: Answering): Body {
  const text: string[] = [];
  const html: string[] = [];
  for (const section of list.sections) {
    if (section.title) {
      text.push(section.title);
      html.push(`<p style="${TEXT_STYLE}"><strong>${escapeHtml(section.title)}</strong></p>`);
    }
    const rows = section.rows.map(({ title, description, payload }) => {
      const answer = { type: 'postback' as const, text: title, payload };
      const more = description ? ` – ${description}` : '';
      text.push(`${lineOf(answer, answering)}${more}`);
      return `<li style="list-style:none">${answerLink(answer, answering, '')}${escapeHtml(more)}</li>`;
    });
    html.push(`<ul style="margin:0 0 12px;padding:0">${rows.join('')}</ul>`);
    text.push('');
  }
  return { text: text.join('\n').trim(), html: html.join('\n'), files: [] };
}

function lineOf(action: Action, answering: Answering): string {
  switch (action.type) {
    case 'reply':
    case 'postback':
      return `${numberOf(action, answering)}${action.text}`;
    case 'link':
      return action.text === action.url ? action.url : `${action.text}: ${action.url}`;
    case 'call':
      return action.text === action.phone ? action.phone : `${action.text}: ${action.phone}`;
    default:
      return action.text ?? '';
  }
}

function buttonOf(action: Action, answering: Answering): string {
  switch (action.type) {
    case 'reply':
    case 'postback':
      return answerLink(action, answering, BUTTON_STYLE);
    case 'link':
      return anchor(action.url, action.text, BUTTON_STYLE);
    case 'call':
      return anchor(`tel:${action.phone.replace(/[^\d+*#]/g, '')}`, action.text, BUTTON_STYLE);
    default:
      return escapeHtml(action.text ?? '');
  }
}

type AnswerAction = Extract<Action, { type: 'reply' | 'postback' }>;

/** A link that writes a mail with the answer’s own words, which count as the choice; with its number where others have the same words. */
function answerLink(action: AnswerAction, answering: Answering, style: string): string {
  const number = numberOf(action, answering);
  const alone = answering.choices.filter((one) => one.text === action.text).length <= 1;
  const words = alone || number === '' ? action.text : number.replace(/\D/g, '');
  const query = `subject=${encodeURIComponent(answering.subject)}&body=${encodeURIComponent(words)}`;
  return anchor(`mailto:${answering.address}?${query}`, `${number}${action.text}`, style);
}

const anchor = (target: string, words: string, style: string): string =>
  `<a href="${escapeHtml(target)}"${style ? ` style="${style}"` : ''}>${escapeHtml(words)}</a>`;

/** `2) `; none where the answer was not numbered. */
function numberOf(action: AnswerAction, { choices }: Answering): string {
  const choice = choices.find((one) => one.text === action.text && one.payload === (action.payload ?? action.text));
  return choice ? `${choice.number}) ` : '';
}

/** Somebody’s card as text, and as a file that address books read (RFC 6350). */
export function contactBlock(contact: ContactCard, no: number): Body {
  const text = [contact.name, contact.organization, ...(contact.phones ?? []), ...(contact.emails ?? [])].filter(
    Boolean,
  );
  const content = contact.vcard ?? toVcard(contact);
  return { text: text.join('\n'), files: [{ filename: `contact-${no}.vcf`, mimeType: 'text/vcard', content }] };
}

function toVcard({ name, organization, phones = [], emails = [] }: ContactCard): string {
  const escaped = (value: string): string => value.replace(/[\\,;]/g, '\\$&').replaceAll('\n', '\\n');
  return [
    'BEGIN:VCARD',
    'VERSION:4.0',
    `FN:${escaped(name)}`,
    ...(organization ? [`ORG:${escaped(organization)}`] : []),
    ...phones.map((phone) => `TEL:${escaped(phone)}`),
    ...emails.map((email) => `EMAIL:${escaped(email)}`),
    'END:VCARD',
    '',
  ].join('\r\n');
}
