import { type Media, SendError } from '@tributary/protocol';
import type { Io, OpenMedia } from '../adapter.ts';
import { readText } from '../common/json.ts';
import type { LineConfig } from './config.ts';
import { ask } from './send.ts';

/** The largest film that LINE takes. */
const FILE_MAX = 200 * 1024 * 1024;
const TRANSCODING_MS = 3000;

/** Opens what a message holds. Films and sounds are prepared first: until then LINE answers 202, and it is tried again. */
export async function fetchMedia(media: Media, config: LineConfig, io: Io): Promise<OpenMedia> {
  if (media.url) return opened(await io.download({ method: 'GET', url: media.url }, { maxBytes: FILE_MAX }));
  const id = readText(media.ref?.messageId);
  if (!id) throw new SendError('content_refused', { providerMessage: 'LINE hands out no file of this.' });
  const path = `/v2/bot/message/${encodeURIComponent(id)}/content`;
  const file = await io.download(
    {
      method: 'GET',
      url: `${io.hosts.data}${path}`,
      headers: { authorization: `Bearer ${config.channelAccessToken}` },
    },
    { maxBytes: FILE_MAX },
  );
  if (file.status !== 202) return opened(file);
  const { status } = await ask('GET', `${path}/transcoding`, undefined, config, {
    ...io,
    baseUrl: io.hosts.data ?? '',
  });
  if (status === 'failed') {
    throw new SendError('content_refused', { providerMessage: 'LINE could not prepare this file.' });
  }
  throw new SendError('unavailable', {
    providerMessage: 'LINE is still preparing this file.',
    retryAfterMs: TRANSCODING_MS,
  });
}

function opened(file: OpenMedia & { status: number }): OpenMedia {
  if (file.status === 200) return file;
  const code = file.status >= 500 || file.status === 429 ? 'unavailable' : 'content_refused';
  throw new SendError(file.status === 401 ? 'bad_credentials' : code, {
    providerCode: String(file.status),
    providerMessage: 'LINE does not give this file; it keeps files for a limited time, and unsent ones not at all.',
  });
}
