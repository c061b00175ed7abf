import { mimeTypeOf, type StoredFile, sizeOf } from '../files.ts';
import { isObject, type Upload } from '../http.ts';
import type { Lab } from '../lab.ts';
import { isLoopback } from '../post.ts';
import { badRequest, TelegramError } from './error.ts';

const MB = 1024 * 1024;

/** How Telegram marks the kinds of files in their ids. */
const prefixes: Record<string, string> = {
  photo: 'AgACAgEAAxkBAAI-',
  document: 'BQACAgEAAxkBAAI-',
  audio: 'CQACAgEAAxkBAAI-',
  voice: 'AwACAgEAAxkBAAI-',
  video: 'BAACAgEAAxkBAAI-',
  video_note: 'DQACAgEAAxkBAAI-',
  animation: 'CgACAgEAAxkBAAI-',
  sticker: 'CAACAgEAAxkBAAI-',
};
const usualTypes: Record<string, string> = {
  photo: 'image/jpeg',
  document: 'application/octet-stream',
  audio: 'audio/mpeg',
  voice: 'audio/ogg',
  video: 'video/mp4',
  video_note: 'video/mp4',
  animation: 'video/mp4',
  sticker: 'image/webp',
};

/** The file behind a file_id of any kind; sizes of one photo end in their letter. */
export function fileOf(lab: Lab, fileId: string): StoredFile | undefined {
  const id = /^[A-Za-z]{4}AgEAAxkBAAI-(\d+)(?:-[smx])?$/.exec(fileId)?.[1];
  return id ? lab.files.get(id) : undefined;
}

/** Finds, fetches or keeps the file that a request names: an upload, a URL, or the id of a file sent before. */
export async function takeFile(
  lab: Lab,
  kind: string,
  value: unknown,
  uploads: Map<string, Upload>,
): Promise<StoredFile> {
  const name = typeof value === 'string' && value.startsWith('attach://') ? value.slice('attach://'.length) : undefined;
  const upload = uploads.get(name ?? kind);
  if (upload && (name !== undefined || value === undefined || value === kind)) {
    const most = kind === 'photo' ? 10 * MB : 50 * MB;
    if (upload.bytes.length > most) throw new TelegramError(413, 'Request Entity Too Large');
    if (upload.bytes.length === 0) throw badRequest('file must be non-empty');
    return lab.files.put({ mimeType: upload.mimeType, filename: upload.filename, bytes: upload.bytes });
  }
  if (typeof value !== 'string' || value === '')
    throw badRequest(`there is no ${kind.replaceAll('_', ' ')} in the request`);
  const known = fileOf(lab, value);
  if (known) return known;
  if (!/^https?:\/\//i.test(value)) throw badRequest('wrong file identifier/HTTP URL specified');
  return fetchFile(lab, kind, value);
}

/** Telegram fetches what it is given a link to. The Lab does so on this machine, and takes links elsewhere on trust. */
async function fetchFile(lab: Lab, kind: string, url: string): Promise<StoredFile> {
  let path: string;
  try {
    path = new URL(url).pathname;
  } catch {
    throw badRequest('wrong file identifier/HTTP URL specified');
  }
  const filename = decodeURIComponent(path.split('/').at(-1) ?? '') || undefined;
  const mimeType = (filename && mimeTypeOf(filename)) || usualTypes[kind]!;
  const found = filename ? { filename } : {};
  if (!isLoopback(url)) return lab.files.put({ url, mimeType, ...found });
  const fetched = await lab.postman.download(url, kind === 'photo' ? 5 * MB : 20 * MB);
  if ('error' in fetched || fetched.status !== 200 || fetched.bytes.length === 0) {
    throw badRequest('failed to get HTTP URL content');
  }
  if (kind === 'photo' && !fetched.mimeType.startsWith('image/'))
    throw badRequest('wrong type of the web page content');
  return lab.files.put({ bytes: fetched.bytes, mimeType: fetched.mimeType.split(';')[0]!, ...found });
}

/** The file as the field of a message. */
export function describe(kind: string, file: StoredFile, more: Record<string, unknown> = {}): unknown {
  const size = sizeOf(file.bytes) ?? { width: 800, height: 600 };
  const fileId = (letter = '') => ({
    file_id: `${prefixes[kind]}${file.id}${letter && `-${letter}`}`,
    file_unique_id: `AQAD${file.id}${letter}`,
  });
  const length = file.bytes ? { file_size: file.bytes.length } : {};
  if (kind === 'photo') {
    const small = { width: 90, height: Math.max(1, Math.round((90 * size.height) / size.width)) };
    return [
      { ...fileId('s'), ...small, file_size: 1243 },
      { ...fileId('x'), ...size, ...length },
    ];
  }
  const named = { file_name: file.filename, mime_type: file.mimeType, ...length };
  switch (kind) {
    case 'voice':
      return { ...fileId(), duration: 6, mime_type: file.mimeType, ...length, ...more };
    case 'video_note':
      return { ...fileId(), duration: 4, length: 384, ...length, ...more };
    case 'sticker':
      return {
        ...fileId(),
        type: 'regular',
        width: 512,
        height: 512,
        is_animated: false,
        is_video: false,
        ...length,
        ...more,
      };
    case 'audio':
      return { ...fileId(), duration: 183, ...named, ...more };
    case 'video':
    case 'animation':
      return { ...fileId(), duration: 12, width: 1280, height: 720, ...named, ...more };
    default:
      return { ...fileId(), ...named, ...more };
  }
}

/** Where the phone finds the picture: in the Lab, or where the business keeps it. */
export const mediaUrl = (file: StoredFile): string => (file.bytes ? `/lab/files/${file.id}` : (file.url ?? ''));

/** The path under which a bot downloads a file. */
export function filePath(fileId: string, file: StoredFile): string {
  const folder = fileId.startsWith('AgAC') ? 'photos' : fileId.startsWith('CAAC') ? 'stickers' : 'documents';
  const ending = /\.\w+$/.exec(file.filename)?.[0] ?? '.bin';
  return `${folder}/file_${file.id}${ending}`;
}

/** The duration, title and the like that the caller gave with a file. */
export function given(params: Record<string, unknown>, ...names: string[]): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const name of names) if (params[name] !== undefined && !isObject(params[name])) found[name] = params[name];
  return found;
}
