import type { Content, Media } from './content.ts';

/** Where a file stands in the content: `['media']`, `['attachments', '0', 'media']`, `['cards', '2', 'media']`. */
export type FilePlace = readonly string[];

/** Every file of a message, each with its place. */
export function filesIn(content: Content): { place: FilePlace; media: Media }[] {
  const found: { place: FilePlace; media: Media }[] = [];
  mapFiles(content, (media, place) => {
    found.push({ place, media });
    return media;
  });
  return found;
}

/** The content with each of its files changed. The same object where nothing is. */
export function mapFiles(content: Content, change: (media: Media, place: FilePlace) => Media): Content {
  let changed: Content = content;
  if ('media' in content && content.media) {
    const media = change(content.media, ['media']);
    if (media !== content.media) changed = { ...changed, media } as Content;
  }
  for (const list of ['attachments', 'cards'] as const) {
    const items = (content as Partial<Record<typeof list, { media?: Media }[]>>)[list];
    if (!items?.length) continue;
    const mapped = items.map((item, no) => {
      const media = item.media && change(item.media, [list, String(no), 'media']);
      return media === item.media ? item : { ...item, media };
    });
    if (mapped.some((item, no) => item !== items[no])) changed = { ...changed, [list]: mapped } as Content;
  }
  return changed;
}
