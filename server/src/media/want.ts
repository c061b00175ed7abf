import { type Content, mapFiles, newUuid } from '@tributary/protocol';
import type { WantedFile } from '../store/accept.ts';

/**
 * Gives every file that a provider names an id of ours, so that there is a link to it from the first moment, and answers what is to be fetched. An id
 * that came from outside means nothing.
 */
export function wantFiles(content: Content): { content: Content; files?: WantedFile[] } {
  const files: WantedFile[] = [];
  const named = mapFiles(content, ({ mediaId: _mediaId, ...source }, place) => {
    if (source.url === undefined && source.ref === undefined) return source;
    const id = newUuid();
    files.push({ id, place, source });
    return { ...source, mediaId: `media_${id}` };
  });
  return files.length > 0 ? { content: named, files } : { content };
}
