import { type Attachment, type Media, SendError } from '@tributary/protocol';
import type { Io, OpenMedia } from '../adapter.ts';
import { downloadTwilio, type Form, openDownload, readField, type TwilioAccount } from './twilio.ts';

/** An MMS holds ten files at most; a form that promises more is not believed. */
const MOST_FILES = 10;
/** Where Twilio keeps what came in; what stands elsewhere is fetched without credentials. */
const OURS = /\/2010-04-01\/Accounts\/[A-Za-z0-9]+\/Messages\/[A-Za-z0-9]+\/Media\/[A-Za-z0-9]+$/;

/** The files of an inbound message, in order. */
export function readFiles(form: Form): Attachment[] {
  const count = Math.min(Number(readField(form, 'NumMedia')) || 0, MOST_FILES);
  const files: Attachment[] = [];
  for (let no = 0; no < count; no++) {
    const url = readField(form, `MediaUrl${no}`);
    if (!url || !URL.canParse(url)) continue;
    const mimeType = readField(form, `MediaContentType${no}`);
    files.push({ type: kindOf(mimeType), media: { ...toMedia(url), ...(mimeType ? { mimeType } : {}) } });
  }
  return files;
}

/** Only the path is kept: credentials go to the base URL of the settings, whatever host a form names. */
function toMedia(url: string): Media {
  const path = OURS.exec(new URL(url).pathname)?.[0];
  return path ? { ref: { path } } : { url };
}

function kindOf(mimeType: string | undefined): Attachment['type'] {
  const family = mimeType?.split('/')[0];
  return family === 'image' || family === 'video' || family === 'audio' ? family : 'document';
}

/** Opens a file that came by MMS. */
export async function fetchMedia(media: Media, config: TwilioAccount, io: Io): Promise<OpenMedia> {
  const path = media.ref?.path;
  if (typeof path === 'string' && OURS.exec(path)?.[0] === path) return downloadTwilio(path, config, io, LARGEST_FILE);
  if (!media.url) throw new SendError('content_refused', { providerMessage: 'The message names no file.' });
  return openDownload(await io.download({ method: 'GET', url: media.url }, { maxBytes: LARGEST_FILE }));
}

/** Far above what carriers pass on. */
const LARGEST_FILE = 25 * 1024 * 1024;

/** Links for Twilio to fetch: it takes no uploads. */
export function toMediaUrls(files: readonly Media[]): string[] {
  return files.map(({ url }) => {
    if (url) return url;
    throw new SendError('content_refused', { providerMessage: 'The file has no link that Twilio could fetch.' });
  });
}
