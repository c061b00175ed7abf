import type { Action, Attachment, ContentOf } from '../content.ts';
import { read } from './lay.ts';
import { takes } from './media.ts';
import type { Page } from './page.ts';
import { plain } from './rich.ts';
import { type CaptionKind, speakMedia } from './speak.ts';

/** Says content and the files beside it. Where actions stand under the words the files come first, so that the buttons end the message. */
export function withFiles(
  page: Page,
  content: { attachments?: Attachment[]; actions?: Action[] },
  sayRest: () => void,
): void {
  const files = content.attachments ?? [];
  if (files.length === 0) {
    sayRest();
    return;
  }
  if (takesTogether(page, files)) {
    const before = page.fitted.parts.length;
    sayRest();
    const first = page.fitted.parts[before];
    if (first && first.content.type === 'text') {
      first.content = { ...first.content, attachments: files };
      return;
    }
    for (const file of files) speakMedia(page, file.type, file.media, plain(''));
    return;
  }
  const first = (content.actions?.length ?? 0) > 0;
  page.lose('attachments_apart', 'takes one file a message; the files come one by one.');
  if (!first) sayRest();
  for (const file of files) speakMedia(page, file.type, file.media, plain(''));
  if (first) sayRest();
}

/** May the files travel with the words in one message (mail, MMS)? Albums hold no words of their own and no buttons, so they do not count. */
function takesTogether(page: Page, files: readonly Attachment[]): boolean {
  const { attachments } = page.can;
  if (!attachments || attachments.album || files.length > attachments.max) return false;
  return files.every((file) => takes(page.can[file.type], file.media));
}

/** A picture, film, sound or paper with its words, and the files that come with it. */
export function fitMedia(page: Page, content: ContentOf<CaptionKind>): void {
  const files = content.attachments ?? [];
  const words = read(page, content.text, content.format);
  if (files.length === 0) {
    speakMedia(page, content.type, content.media, words, content.actions);
    return;
  }
  const { attachments } = page.can;
  const sameAlbum = files.every(
    (file) => file.type === content.type || `${file.type}${content.type}`.match(/^(image|video){2}$/),
  );
  const together =
    attachments !== undefined &&
    files.length + 1 <= attachments.max &&
    (!attachments.album || (sameAlbum && !content.actions?.length)) &&
    [...files, content].every((file) => takes(page.can[file.type], file.media));
  if (together) {
    speakMedia(page, content.type, content.media, words, content.actions, { attachments: files });
    return;
  }
  page.lose('attachments_apart', 'does not show these files together; they come one by one.');
  const last = (content.actions?.length ?? 0) > 0;
  if (!last) speakMedia(page, content.type, content.media, words);
  for (const file of files) speakMedia(page, file.type, file.media, plain(''));
  if (last) speakMedia(page, content.type, content.media, words, content.actions);
}
