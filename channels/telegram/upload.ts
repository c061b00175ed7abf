import type { Media } from '@tributary/protocol';
import { SendError } from '@tributary/protocol';
import type { HttpRequest, Io, OpenMedia } from '../adapter.ts';
import { type FormFile, formOf } from '../common/form.ts';
import { isStored, type StoredFile } from './stored.ts';

type Body = Record<string, unknown>;
/** A call, and the files that go up with it, by the name of their field. */
export interface Upload {
  body: Body;
  files: ReadonlyMap<string, Media>;
}

/** What bots may upload: https://core.telegram.org/bots/api#sending-files */
const UPLOAD_MAX = 50 * 1024 * 1024;
const UPLOAD_TIMEOUT_MS = 120_000;

/** The files stored with us that a call names. */
export function storedFiles(body: Body): Map<string, Media> {
  return new Map(Object.entries(body).filter((entry): entry is [string, StoredFile] => isStored(entry[1])));
}

const FILE_FIELDS = ['photo', 'video', 'animation', 'audio', 'voice', 'document', 'sticker'];
const isLink = (value: unknown): value is string => typeof value === 'string' && /^https?:\/\//.test(value);

/** The same call with the files behind its links, for links that Telegram does not fetch: documents other than PDF and ZIP, hosts it cannot reach. */
export function linkedFiles({ body, files: known }: Upload): Upload | undefined {
  const files = new Map(known);
  const rest: Record<string, unknown> = { ...body };
  for (const field of FILE_FIELDS) {
    const link = body[field];
    if (!isLink(link)) continue;
    files.set(field, { url: link });
    delete rest[field];
  }
  const attached = (item: { media?: unknown }): unknown => {
    if (!isLink(item?.media)) return item;
    const field = `link${files.size}`;
    files.set(field, { url: item.media });
    return { ...item, media: `attach://${field}` };
  };
  const { media } = body;
  const album = Array.isArray(media) ? media.map(attached) : isAlbumItem(media) ? attached(media) : media;
  if (files.size === known.size) return undefined;
  return { body: album === undefined ? rest : { ...rest, media: album }, files };
}

const isAlbumItem = (value: unknown): value is { media?: unknown } => typeof value === 'object' && value !== null;

/** A call with files, as a form: what is no text is written as JSON. */
export async function uploadForm(
  { body, files }: Upload,
  io: Io,
): Promise<Pick<HttpRequest, 'headers' | 'stream' | 'timeoutMs'>> {
  const fields: Record<string, string> = {};
  for (const [field, value] of Object.entries(body)) {
    if (!files.has(field) && value !== undefined)
      fields[field] = (typeof value === 'string' ? value : JSON.stringify(value)).toWellFormed();
  }
  const opened: FormFile[] = [];
  for (const [field, file] of files) {
    const media = await io.open(file, { maxBytes: UPLOAD_MAX });
    opened.push({ field, media, ...nameOf(media) });
  }
  return { ...formOf(fields, opened), timeoutMs: UPLOAD_TIMEOUT_MS };
}

const ENDINGS: Readonly<Record<string, string>> = {
  jpeg: 'jpg',
  mpeg: 'mp3',
  'octet-stream': 'bin',
  plain: 'txt',
  quicktime: 'mov',
};

/** Telegram goes by the name’s ending where it shows a file, so a name is made where there is none. */
function nameOf({ mimeType = '', filename }: OpenMedia): Pick<FormFile, 'filename' | 'mimeType'> {
  const type = /^[\w.+-]+\/[\w.+-]+/.exec(mimeType)?.[0] ?? 'application/octet-stream';
  const ending = type.slice(type.indexOf('/') + 1);
  return { filename: filename || `file.${ENDINGS[ending] ?? ending}`, mimeType: type };
}

/** The largest file that getFile gives: https://core.telegram.org/bots/api#getfile */
export const DOWNLOAD_MAX = 20 * 1024 * 1024;

/** Where getFile says a file lies, below the host that also answers the methods. A server of one’s own in local mode names a place on its disk. */
export function filePath(result: Body): string {
  const path = result.file_path;
  if (typeof path !== 'string' || path === '' || path.startsWith('/') || path.split('/').includes('..'))
    throw new SendError('content_refused', { providerMessage: 'Telegram named no place to fetch the file from.' });
  return path.split('/').map(encodeURIComponent).join('/');
}
