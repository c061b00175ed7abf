import { type Media, SendError, UnknownOutcome } from '@tributary/protocol';
import type { Io, OpenMedia } from '../adapter.ts';
import { formOf } from '../common/form.ts';
import { readObject, readText } from '../common/json.ts';
import { callGraph, graphPath } from '../common/meta.ts';
import { toCall } from './call.ts';
import type { WhatsAppConfig } from './config.ts';

/** Meta takes and hands out no larger file: https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media#supported-media-types */
const LARGEST = 100 * 1024 * 1024;

/** A message with the id of an uploaded file wherever one was to be uploaded. Meta keeps it for thirty days. */
export async function withUploads(value: unknown, config: WhatsAppConfig, io: Io): Promise<unknown> {
  if (Array.isArray(value)) {
    const done: unknown[] = [];
    for (const item of value) done.push(await withUploads(item, config, io));
    return done;
  }
  const record = readObject(value);
  if (!record) return value;
  const done: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(record)) {
    const file = name === 'upload' ? readObject(member) : undefined;
    if (file) done.id = await upload(file as Media, config, io);
    else done[name] = await withUploads(member, config, io);
  }
  return done;
}

async function upload(media: Media, config: WhatsAppConfig, io: Io): Promise<string> {
  const file = await io.open(media, { maxBytes: LARGEST });
  // Meta compares the type with the file’s own, and takes none with parameters but the codecs of a voice note.
  const mimeType = media.mimeType ?? file.mimeType ?? 'application/octet-stream';
  const filename = media.filename ?? file.filename ?? 'file';
  const form = formOf({ messaging_product: 'whatsapp', type: mimeType }, [
    { field: 'file', media: file, mimeType, filename },
  ]);
  const path = graphPath(config, config.phoneNumberId, 'media');
  const answer = await callGraph({ ...toCall({ method: 'POST', path }, config), form }, io).catch((error: unknown) => {
    // Nothing was said to anybody yet: it is simply uploaded again.
    throw error instanceof UnknownOutcome ? new SendError('unavailable', {}, { cause: error }) : error;
  });
  const id = readText(answer.id);
  if (!id) throw new SendError('unexpected', { providerMessage: 'WhatsApp took a file without naming it.' });
  return id;
}

/**
 * Opens a file that a customer sent. Its id is good for a week or so, and gives a link that is good for five minutes and for the holder of the
 * token; so it is asked for anew each time. https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media
 */
export async function fetchMedia(media: Media, config: WhatsAppConfig, io: Io): Promise<OpenMedia> {
  const id = readText(media.ref?.id);
  if (!id) throw new SendError('content_refused', { providerMessage: 'WhatsApp named no file.' });
  const told = await callGraph(toCall({ method: 'GET', path: graphPath(config, id) }, config), io);
  const url = readText(told.url);
  if (!url || !URL.canParse(url))
    throw new SendError('content_refused', { providerMessage: 'WhatsApp named no place to fetch the file from.' });
  const headers = isMetas(url, io.baseUrl) ? { authorization: `Bearer ${config.accessToken}` } : undefined;
  const file = await io.download({ method: 'GET', url, ...(headers ? { headers } : {}) }, { maxBytes: LARGEST });
  if (file.status === 200) return { ...file, mimeType: readText(told.mime_type) ?? file.mimeType };
  const passing = file.status === 404 || file.status === 429 || file.status >= 500;
  // 404: the link was older than five minutes by the time it was followed; the next try gets a fresh one.
  throw new SendError(passing ? 'unavailable' : 'content_refused', {
    providerCode: String(file.status),
    providerMessage: `WhatsApp answered ${file.status} instead of the file.`,
  });
}

/** The token goes to Meta's own hosts, and to the place that settings put in its stead. */
function isMetas(url: string, baseUrl: string): boolean {
  const { origin, protocol, hostname } = new URL(url);
  return (
    origin === new URL(baseUrl).origin ||
    (protocol === 'https:' && /(^|\.)(fbsbx|facebook|fbcdn)\.(com|net)$/.test(hostname))
  );
}
