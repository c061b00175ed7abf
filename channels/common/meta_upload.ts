import { SendError, UnknownOutcome } from '@tributary/protocol';
import type { Io, OpenMedia } from '../adapter.ts';
import { formOf } from './form.ts';
import { readText } from './json.ts';
import { callGraph, type GraphCall } from './meta.ts';
import type { Manner, Upload } from './meta_payloads.ts';

const MAX_BYTES = 25 * 1024 * 1024;

/** Hands a file to Meta, which keeps it for ninety days: by its link, or, where it is stored with us, byte for byte. Answers its id there. */
export async function uploadFile(
  { kind, media }: Upload,
  node: string,
  credentials: Pick<GraphCall, 'token' | 'secrets'>,
  manner: Manner,
  io: Io,
): Promise<string> {
  const call = { method: 'POST', path: `${node}/message_attachments`, ...credentials };
  const platform: Record<string, string> = manner.instagram ? { platform: 'instagram' } : {};
  const attachment = (payload: object) => ({ attachment: { type: kind, payload: { ...payload, is_reusable: true } } });
  if (!media.mediaId)
    return uploaded(callGraph({ ...call, body: { ...platform, message: attachment({ url: media.url }) } }, io));
  const opened = await io.open(media, { maxBytes: MAX_BYTES });
  const mimeType = media.mimeType ?? opened.mimeType ?? 'application/octet-stream';
  const filename = media.filename ?? opened.filename ?? kind;
  const fields = { ...platform, message: JSON.stringify(attachment({})) };
  const form = formOf(fields, [{ field: 'filedata', media: opened, mimeType, filename }]);
  return uploaded(callGraph({ ...call, form }, io));
}

/** An upload whose answer was lost has told nobody anything: it is simply made again. */
async function uploaded(answering: Promise<Record<string, unknown>>): Promise<string> {
  const answer = await answering.catch((error: unknown) => {
    throw error instanceof UnknownOutcome ? new SendError('unavailable', {}, { cause: error }) : error;
  });
  const id = readText(answer.attachment_id);
  if (!id) throw new SendError('unexpected', { providerMessage: 'Meta took a file without naming it.' });
  return id;
}

/** Opens a file of an inbound message: Meta’s links are signed and ask for no credentials, and end after some days. */
export async function openLink(url: string | undefined, io: Io, maxBytes: number): Promise<OpenMedia> {
  if (!url) throw new SendError('content_refused', { providerMessage: 'Meta named no link to the file.' });
  const download = await io.download({ method: 'GET', url }, { maxBytes });
  if (download.status >= 200 && download.status < 300) return download;
  if (download.status === 429 || download.status >= 500) throw new SendError('unavailable');
  const providerMessage = `Meta’s link to the file answered ${download.status}; such links end after some days.`;
  throw new SendError('content_refused', { providerMessage });
}
