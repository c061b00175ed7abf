import { type Media, SendError } from '@tributary/protocol';
import type { InboundRequest, Io, OpenMedia } from '../adapter.ts';
import { readNumber, readText } from '../common/json.ts';
import type { EmailConfig } from './config.ts';
import { readForm } from './form.ts';
import { authorizationOf } from './mailgun.ts';
import { parseMime } from './mime.ts';

/** Mail of more than this is not taken in. */
const MOST_BYTES = 25 * 1024 * 1024;

/** Opens a file of a mail: out of the raw request it came in, or where Mailgun keeps it for three days. */
export async function fetchMedia(
  media: Media,
  config: EmailConfig,
  io: Io,
  request: InboundRequest,
): Promise<OpenMedia> {
  const url = readText(media.ref?.url);
  if (url) return fetchStored(url, config, io);
  const part = readText(media.ref?.part);
  const bytes = part
    ? readForm(request).find((field) => field.name === part && field.filename !== undefined)?.value
    : await readAttachment(readNumber(media.ref?.file), request);
  if (!bytes) throw new SendError('content_refused', { providerMessage: 'The mail holds no such file any more.' });
  return {
    body: whole(bytes),
    size: bytes.length,
    ...(media.mimeType ? { mimeType: media.mimeType } : {}),
    ...(media.filename ? { filename: media.filename } : {}),
  };
}

async function* whole(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function readAttachment(no: number | undefined, request: InboundRequest): Promise<Uint8Array | undefined> {
  if (no === undefined) return undefined;
  const raw =
    request.via === 'listen' ? request.body : readForm(request).findLast((one) => one.name === 'body-mime')?.value;
  return raw && (await parseMime(raw)).attachments[no]?.content;
}

/** The key goes to Mailgun’s own storage and nowhere else. */
async function fetchStored(url: string, config: EmailConfig, io: Io): Promise<OpenMedia> {
  const isTheirs =
    URL.canParse(url) && (isMailgunHost(new URL(url)) || new URL(url).origin === new URL(io.baseUrl).origin);
  if (!isTheirs)
    throw new SendError('content_refused', { providerMessage: 'The file is not where Mailgun keeps files.' });
  const headers = { authorization: authorizationOf(config) };
  const file = await io.download({ method: 'GET', url, headers }, { maxBytes: MOST_BYTES });
  if (file.status !== 200)
    throw new SendError('content_refused', {
      providerMessage: `Mailgun’s storage answered ${file.status}; files are kept for three days.`,
    });
  return file;
}

const isMailgunHost = (url: URL): boolean => url.protocol === 'https:' && /\.mailgun\.(?:net|org)$/.test(url.hostname);
