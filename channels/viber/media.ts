import { type Media, SendError } from '@tributary/protocol';
import type { Io, OpenMedia } from '../adapter.ts';
import type { ViberConfig } from './config.ts';

/** Somewhat more than any file Viber carries. */
const FILE_MAX = 200 * 1024 * 1024;

/** Opens what a message holds: Viber’s links are public, without a credential, and die soon. */
export async function fetchMedia(media: Media, _config: ViberConfig, io: Io): Promise<OpenMedia> {
  if (!media.url) throw new SendError('content_refused', { providerMessage: 'Viber gave no link to this file.' });
  const file = await io.download({ method: 'GET', url: media.url }, { maxBytes: FILE_MAX });
  if (file.status === 200) return file;
  throw new SendError(file.status >= 500 ? 'unavailable' : 'content_refused', {
    providerCode: `HTTP ${file.status}`,
    providerMessage: 'Viber’s link to this file does not open; it is good for about an hour.',
  });
}
