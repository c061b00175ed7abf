import { type ContentOf, type Media, SendError } from '@tributary/protocol';
import type { Io, OpenMedia } from '../adapter.ts';
import { accountPath, downloadTwilio } from '../common/twilio.ts';
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
  try {
    const file = await downloadTwilio(path, config, io, MAX_BYTES);
    return { ...file, mimeType: 'audio/mpeg', filename: `${recording}.mp3` };
  } catch (error) {
    // Not there yet, as far as anybody can tell.
    if (error instanceof SendError && error.detail.providerCode === '404')
      throw new SendError('unavailable', error.detail);
    throw error;
  }
}
