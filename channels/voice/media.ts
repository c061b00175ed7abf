import { type ContentOf, type Media, SendError } from '@tributary/protocol';
import type { Io, OpenMedia } from '../adapter.ts';
import { accountPath, authorization } from '../common/twilio.ts';
import type { VoiceConfig } from './config.ts';

/** No recording is longer than a day of speech in mp3. */
const MAX_BYTES = 512 * 1024 * 1024;

/** A recording as content; its file is fetched by its id. */
export function recordingContent(recording: string, text?: string): ContentOf<'audio'> {
  return {
    type: 'audio',
    ...(text ? { text } : {}),
    media: { ref: { recordingSid: recording }, mimeType: 'audio/mpeg', filename: `${recording}.mp3`, voice: true },
  };
}

/** Opens a recording as mp3, with the account's credentials. It may take a moment until Twilio has it. */
export async function fetchMedia(media: Media, config: VoiceConfig, io: Io): Promise<OpenMedia> {
  const recording = media.ref?.recordingSid;
  if (typeof recording !== 'string' || !/^RE\w{1,64}$/.test(recording))
    throw new SendError('content_refused', { providerMessage: 'The file is no recording of Twilio’s.' });
  const path = accountPath(config, 'Recordings', recording).replace(/\.json$/, '.mp3');
  const file = await io.download(
    { method: 'GET', url: `${io.baseUrl}${path}`, headers: authorization(config) },
    { maxBytes: MAX_BYTES },
  );
  if (file.status === 401 || file.status === 403) throw new SendError('bad_credentials');
  // Not there yet, as far as anybody can tell.
  if (file.status !== 200)
    throw new SendError('unavailable', { providerMessage: `The recording answered ${file.status}.` });
  return { ...file, mimeType: 'audio/mpeg', filename: `${recording}.mp3` };
}
