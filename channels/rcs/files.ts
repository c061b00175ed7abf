import { type Media, SendError } from '@tributary/protocol';
import type { Io, OpenMedia } from '../adapter.ts';
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

/** What Google takes of any file, and passes on. */
export const FILE_MAX = 100 * 1024 * 1024;

/** Opens a file that somebody sent: its link is open to whoever has it, and dies soon. */
export async function fetchMedia(media: Media, io: Io): Promise<OpenMedia> {
  const url = readText(media.ref?.fileUri) ?? media.url;
  if (!url) throw new SendError('content_refused', { providerMessage: 'The file has no link to open it by.' });
  const file = await io.download({ method: 'GET', url }, { maxBytes: FILE_MAX });
  if (file.status === 200) return { ...file, mimeType: media.mimeType ?? file.mimeType, filename: media.filename };
  throw new SendError('content_refused', { providerMessage: `The file’s link answered ${file.status}.` });
}
