import { type Media, SendError } from '@tributary/protocol';
import { readText } from '../common/json.ts';
import type { OutboundFile } from './payloads.ts';

/**
 * A file for a message: one stored with us is uploaded by `send`; a link is for Google to fetch, which follows no redirect; one that was uploaded
 * before is named. The same link always means the same file, so Google need not look again.
 */
export function toOutboundFile(media: Media): OutboundFile {
  if (media.mediaId) {
    const { mediaId, mimeType, filename } = media;
    const known = { ...(mimeType ? { mimeType } : {}), ...(filename ? { filename } : {}) };
    return { uploadedRbmFile: { upload: { mediaId, ...known } } };
  }
  const fileName = readText(media.ref?.fileName);
  if (fileName) {
    const thumbnailName = readText(media.ref?.thumbnailName);
    return { uploadedRbmFile: { fileName, ...(thumbnailName ? { thumbnailName } : {}) } };
  }
  const fileUrl = media.url ?? readText(media.ref?.fileUri);
  if (!fileUrl) {
    throw new SendError('content_refused', { providerMessage: 'The file has no link that Google could fetch.' });
  }
  const thumbnail = media.thumbnailUrl ? { thumbnailUrl: media.thumbnailUrl } : {};
  return { contentInfo: { fileUrl, ...thumbnail, forceRefresh: false } };
}
