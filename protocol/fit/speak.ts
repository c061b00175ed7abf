import type { Action, Content, ContentOf, Media, MediaKind } from '../content.ts';
import { type Plan, plan } from './actions.ts';
import type { AnswerGroup } from './answers.ts';
import { slotOfReplies } from './label.ts';
import { lay, layWhole } from './lay.ts';
import { escapeHtml } from './markup.ts';
import { measure, shorten } from './measure.ts';
import { carriage } from './media.ts';
import type { Page } from './page.ts';
import { isBlank, join, MARK, plain, type Rich, textOf } from './rich.ts';

/** The kinds of files that may have words beside them. */
export type CaptionKind = Exclude<MediaKind, 'sticker'>;

/** The frame of a list: what stands around the rows. */
export interface ListFrame {
  header?: string;
  footer?: string;
  button?: string;
}

/** Says words with the actions under the last of them. */
export function speak(page: Page, body: Rich, actions: readonly Action[] = []): void {
  const decided = plan(page, actions);
  say(page, compose(page, body, decided), decided);
}

/** Says a list, natively where the channel has lists and this one fits, else as words with buttons or numbers. */
export function speakList(page: Page, body: Rich, groups: readonly AnswerGroup[], frame: ListFrame): void {
  const decided = plan(page, [], groups);
  if (decided.sections) {
    say(page, compose(page, body, decided), decided, frame);
    return;
  }
  const framed = join('\n\n', plain(frame.header, MARK.bold), body);
  say(page, join('\n\n', compose(page, framed, decided), plain(frame.footer)), decided);
}

/** Says a file with words and actions: in one message where all of it fits, else the file first and the words after it. */
export function speakMedia(
  page: Page,
  kind: MediaKind,
  media: Media,
  body: Rich,
  actions: readonly Action[] = [],
  rest: Pick<ContentOf<'image'>, 'attachments'> = {},
): void {
  const decided = plan(page, actions);
  const carried = carriage(page, kind, media);
  if (!carried.kind) {
    say(page, compose(page, join('\n', body, plain(carried.line)), decided), decided);
    return;
  }
  const words = compose(page, body, decided);
  const { caption, buttons } = page.can;
  const standing = standsUnder(page, decided);
  const roomy =
    isBlank(words) || (caption !== undefined && (caption.on as readonly MediaKind[]).includes(carried.kind));
  const dressed = !standing || (buttons.headerKinds ?? []).includes(carried.kind);
  const max = isBlank(words)
    ? null
    : Math.min(caption?.max ?? 0, standing ? (buttons.bodyMax ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY);
  const bare = standing && buttons.bodyRequired === true && isBlank(words);
  const written = roomy && dressed && !bare && !decided.sections ? layWhole(page, words, max) : undefined;
  if (written) {
    const text = written.text === '' ? {} : { text: written.text };
    const under = decided.buttons.length > 0 ? { actions: decided.buttons } : {};
    page.part({ type: carried.kind, ...text, media, ...under, ...rest } as Content, written.markup);
    return;
  }
  page.part({ type: carried.kind, media, ...rest } as Content);
  if (isBlank(words) && decided.buttons.length === 0 && !decided.sections) return;
  if (!isBlank(words))
    page.lose('caption_to_text', `shows ${captionReason(page, carried.kind, standing)}; the words follow the file.`);
  else page.lose('actions_after_file', 'shows no buttons under a file; they follow it.');
  say(page, words, decided);
}

function captionReason(page: Page, kind: MediaKind, standing: boolean): string {
  const { caption, buttons } = page.can;
  if (!caption || !(caption.on as readonly MediaKind[]).includes(kind)) return 'no words beside such a file';
  if (standing && !(buttons.headerKinds ?? []).includes(kind)) return 'no buttons under a file';
  return `at most ${caption.max} characters beside a file`;
}

/** Are there buttons that stay with the message, which their body has to be short for? */
function standsUnder(page: Page, decided: Plan): boolean {
  return decided.buttons.some((action) => action.type !== 'reply' || slotOfReplies(page.can) === 'button');
}

/** The words with everything that had to be written out below them. */
function compose(page: Page, body: Rich, decided: Plan): Rich {
  const lines = plain(decided.lines.join('\n'));
  const choices = plain(decided.choices.join('\n'));
  const whole = join('\n\n', join(textOf(body).includes('\n') ? '\n\n' : '\n', body, lines), choices);
  if (body.raw === undefined || whole === body) return whole;
  // A mail keeps the layout its author gave it; what is added stands below as a paragraph.
  if (page.can.text.markup !== 'html') return whole;
  const added = textOf(join('\n\n', lines, choices));
  return { ...whole, raw: `${body.raw}<p>${escapeHtml(added).replaceAll('\n', '<br>')}</p>` };
}

/** Sends the words off, in several parts if need be; buttons and lists stand under the last, which is kept short enough for them. */
function say(page: Page, words: Rich, decided: Plan, frame: ListFrame = {}): void {
  const { text, buttons, list } = page.can;
  const actions = decided.buttons.length > 0 ? { actions: decided.buttons } : {};
  const bodyMax = decided.sections ? (list.bodyMax ?? null) : standsUnder(page, decided) ? buttons.bodyMax : null;
  let body = words;
  if (isBlank(body)) {
    if (decided.buttons.length === 0 && !decided.sections) return;
    page.lose('body_added', 'shows no buttons without words; a line was added.');
    body = plain(page.words.choose);
  }
  const framed = decided.sections ? frameOf(page, frame) : undefined;
  if (framed) body = join('\n\n', plain(framed.headline, MARK.bold), body, plain(framed.below));
  const parts = lay(page, body, text.max, bodyMax);
  if (parts.length > 1 && bodyMax !== null && bodyMax < (text.max ?? Number.POSITIVE_INFINITY))
    page.lose('body_split', `takes at most ${bodyMax} characters above buttons; the longer text comes first.`);
  parts.forEach((part, index) => {
    if (index < parts.length - 1) page.part({ type: 'text', text: part.text }, part.markup);
    else if (decided.sections && framed)
      page.part({ type: 'list', text: part.text, ...framed.frame, sections: decided.sections }, part.markup);
    else page.part({ type: 'text', text: part.text, ...actions }, part.markup);
  });
}

/** Header, footer and label as far as the channel's list has room for them; the rest goes into the body. */
function frameOf(page: Page, frame: ListFrame): { frame: ListFrame; headline?: string; below?: string } {
  const { list, text } = page.can;
  const fitsIn = (words: string | undefined, max: number | undefined): boolean =>
    words !== undefined && (max === undefined || measure(words, text.countAs) <= max);
  const kept: ListFrame = {};
  let headline: string | undefined;
  const below: string[] = [];
  if (fitsIn(frame.header, list.headerMax)) kept.header = frame.header;
  else if (frame.header) {
    headline = frame.header;
    page.lose(
      'header_to_text',
      `shows ${list.headerMax} characters above a list; the longer heading stands in the text.`,
    );
  }
  if (fitsIn(frame.footer, list.footerMax)) kept.footer = frame.footer;
  else if (frame.footer) {
    below.push(frame.footer);
    page.lose('footer_to_text', `shows ${list.footerMax} characters below a list; the longer words stand in the text.`);
  }
  // A list whose channel names a limit for the label cannot do without one.
  const button = frame.button ?? (list.buttonLabelMax === undefined ? undefined : page.words.options);
  kept.button =
    button && list.buttonLabelMax !== undefined ? shorten(button, list.buttonLabelMax, text.countAs) : button;
  if (button !== undefined && button !== kept.button) {
    page.lose(
      'title_shortened',
      `shows ${list.buttonLabelMax} characters on a list’s button; “${button}” is shortened.`,
    );
  }
  for (const key of ['header', 'footer', 'button'] as const) if (kept[key] === undefined) delete kept[key];
  return { frame: kept, headline, below: below.join('\n') || undefined };
}
