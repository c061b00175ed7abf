import type { ContactCard, ContentOf } from '../content.ts';
import { plan } from './actions.ts';
import { withFiles } from './files.ts';
import { read } from './lay.ts';
import { escapeHtml } from './markup.ts';
import { carriage } from './media.ts';
import { isNative, type Page } from './page.ts';
import { join, MARK, plain } from './rich.ts';
import { speak, speakList, speakMedia } from './speak.ts';

/** A sticker: itself, a picture, or its emoji. */
export function fitSticker(page: Page, content: ContentOf<'sticker'>): void {
  const carried = carriage(page, 'sticker', content.media);
  if (carried.kind === 'sticker') page.part(content);
  else if (carried.kind) speakMedia(page, carried.kind, content.media, plain(content.emoji));
  else speak(page, join('\n', plain(content.emoji), plain(carried.line)));
}

/** A place on the map, or its name, address and a link. */
export function fitLocation(page: Page, content: ContentOf<'location'>): void {
  const { location } = content;
  const words = read(page, content.text);
  if (isNative(page.can.location.out)) {
    page.part({ type: 'location', location });
    if (!content.text && !content.actions?.length) return;
    page.lose('location_text_apart', 'shows a place without words or buttons; they follow it.');
    speak(page, words, content.actions);
    return;
  }
  const { latitude, longitude } = location;
  if (page.can.heard) {
    page.lose('location_to_text', 'shows no maps; the place is read aloud.');
    const named = [location.name, location.address].filter(Boolean).join('\n') || `${latitude}, ${longitude}`;
    speak(page, join('\n\n', words, plain(named)), content.actions);
    return;
  }
  const link = page.options.mapLink?.(latitude, longitude) ?? `https://www.google.com/maps?q=${latitude},${longitude}`;
  page.lose('location_to_text', 'shows no maps; the place stands in the text, with a link to a map.');
  const place = [location.name, location.address, link].filter(Boolean).join('\n');
  speak(page, join('\n\n', words, plain(place)), content.actions);
}

/** Contact cards, or names and numbers as people write them down. */
export function fitContact(page: Page, content: ContentOf<'contact'>): void {
  const { contact } = page.can;
  if (isNative(contact.out)) {
    const most = contact.max ?? content.contacts.length;
    if (content.contacts.length > most)
      page.lose('contacts_split', `takes at most ${most} contacts at once; they come in several messages.`);
    for (let at = 0; at < content.contacts.length; at += most)
      page.part(
        content.contacts.length <= most ? content : { ...content, contacts: content.contacts.slice(at, at + most) },
      );
    return;
  }
  page.lose('contact_to_text', 'has no contact cards; names and numbers stand in the text.');
  speak(page, plain(content.contacts.map(contactLines).join('\n\n')));
}

/** A contact as people write it down; what only its vCard tells is read from there. */
function contactLines(contact: ContactCard): string {
  const fromCard = (field: string): string[] =>
    [...(contact.vcard ?? '').matchAll(new RegExp(`^(?:item\\d+\\.)?${field}[^:\\r\\n]*:([^\\r\\n]+)`, 'gim'))].map(
      (match) => match[1]!.trim(),
    );
  return [
    contact.name,
    contact.organization ?? fromCard('ORG')[0]?.replace(/;+$/, ''),
    ...(contact.phones ?? fromCard('TEL')),
    ...(contact.emails ?? fromCard('EMAIL')),
  ]
    .filter(Boolean)
    .join('\n');
}

/** A list, or its rows as buttons or numbers. */
export function fitList(page: Page, content: ContentOf<'list'>): void {
  const groups = content.sections.map((section) => ({
    ...(section.title ? { heading: section.title } : {}),
    answers: section.rows.map((row) => ({
      type: 'reply' as const,
      text: row.title,
      payload: row.payload,
      description: row.description,
    })),
  }));
  speakList(page, read(page, content.text), groups, {
    header: content.header,
    footer: content.footer,
    button: content.button,
  });
}

/** A template, or what it says. */
export function fitTemplate(page: Page, content: ContentOf<'template'>): void {
  if (isNative(page.can.template.out)) {
    page.part(content);
    return;
  }
  const words = content.text || variablesOf(content.template).join('\n');
  if (!words && !content.actions?.length) {
    page.lose(
      'template_dropped',
      `has no templates, and “${content.template.name}” has no text of its own.`,
      'dropped',
    );
    return;
  }
  page.lose('template_to_text', 'has no templates; its words are sent as a message.');
  speak(page, read(page, words), content.actions);
}

/** The texts put into a template, in order: all that is left of one whose own words are not known. */
function variablesOf(template: ContentOf<'template'>['template']): string[] {
  const found: string[] = [];
  const walk = (value: unknown, key: string): void => {
    if (typeof value === 'string' && ['text', 'fallback_value'].includes(key)) found.push(value);
    else if (Array.isArray(value)) for (const item of value) walk(item, '');
    else if (typeof value === 'object' && value !== null)
      for (const [name, item] of Object.entries(value)) walk(item, name);
  };
  walk(template.components ?? [], '');
  for (const value of Object.values(template.variables ?? {})) {
    if (typeof value === 'string' || typeof value === 'number') found.push(String(value));
  }
  return found;
}

/** A reaction, where the channel has them. */
export function fitReaction(page: Page, content: ContentOf<'reaction'>): void {
  const { out } = page.can.reaction;
  if (isNative(out)) {
    page.part(content);
    return;
  }
  if (out === 'fallback' && content.emoji) {
    page.lose('reaction_to_text', 'has no reactions; the sign is sent as a message.');
    speak(page, plain(content.emoji));
    return;
  }
  page.lose('reaction_dropped', 'has no reactions; nothing is sent.', 'dropped');
}

/** A mail whole; elsewhere its subject and words. */
export function fitEmail(page: Page, content: ContentOf<'email'>): void {
  if (!isNative(page.can.email?.out)) {
    const body = content.html !== undefined ? read(page, content.html, 'html') : read(page, content.text);
    page.lose('email_to_text', 'is no mail; the subject is the first line.');
    const apart = { attachments: content.attachments, actions: content.actions };
    const words = join('\n\n', plain(content.subject, MARK.bold), body);
    withFiles(page, apart, () => speak(page, words, content.actions));
    return;
  }
  if (!content.actions?.length) {
    page.part(content);
    return;
  }
  // Both forms of a mail say the same, so what is written out stands below both.
  const decided = plan(page, content.actions);
  const rows = (decided.sections ?? []).flatMap((section) =>
    section.rows.map((row) => page.number(row.title, row.payload)),
  );
  const added = [decided.lines, decided.choices, rows]
    .map((lines) => lines.join('\n'))
    .filter(Boolean)
    .join('\n\n');
  const { actions: _, html, text, ...mail } = content;
  page.part({
    ...mail,
    ...(html === undefined
      ? {}
      : { html: added ? `${html}<p>${escapeHtml(added).replaceAll('\n', '<br>')}</p>` : html }),
    ...(text === undefined && html !== undefined ? {} : { text: [text, added].filter(Boolean).join('\n\n') }),
    ...(decided.buttons.length > 0 ? { actions: decided.buttons } : {}),
  });
}

/** Events and what we have no kind for: their words, if any. */
export function fitNote(page: Page, content: ContentOf<'event' | 'unsupported'>): void {
  if (content.text) {
    page.lose(`${content.type}_to_text`, 'is told its words only.');
    speak(page, plain(content.text));
    return;
  }
  page.lose(`${content.type}_dropped`, 'has nothing to show for this.', 'dropped');
}
