import { type Content, type Media, mapFiles, newUuid } from '@tributary/protocol';
import type { WantedFile } from '../store/accept.ts';
import type { NamedFile } from '../store/media.ts';

/**
 * Gives every file that a provider names an id of ours, so that there is a link to it from the first moment, and answers what is to be fetched. An id
 * that came from outside means nothing. `known`: files that an edited message had before; one that is still there is not fetched again.
 */
export function wantFiles(
  content: Content,
  known: readonly NamedFile[] = [],
): { content: Content; files?: WantedFile[] } {
  const files: WantedFile[] = [];
  const named = mapFiles(content, ({ mediaId: _mediaId, ...source }, place) => {
    if (source.url === undefined && source.ref === undefined) return source;
    const before = known.find((file) => isSame(file.source, source));
    if (before) return tellKnown(source, before);
    const id = newUuid();
    files.push({ id, place, source });
    return { ...source, mediaId: `media_${id}` };
  });
  return files.length > 0 ? { content: named, files } : { content: named };
}

/** Handles are unique: one value in common is enough. Telegram gives a new `file_id` with the same `file_unique_id`. */
function isSame(one: Media, other: Media): boolean {
  if (one.url !== undefined && one.url === other.url) return true;
  return Object.entries(one.ref ?? {}).some(
    ([name, value]) => typeof value === 'string' && other.ref?.[name] === value,
  );
}

function tellKnown({ url: _url, ...source }: Media, { id, mimeType, size, filename }: NamedFile): Media {
  return {
    ...source,
    mediaId: `media_${id}`,
    ...(mimeType === null ? {} : { mimeType }),
    ...(size === null ? {} : { size }),
    ...(filename === null ? {} : { filename }),
  };
}
