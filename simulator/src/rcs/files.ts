import type { IncomingMessage, ServerResponse } from 'node:http';
import { mimeTypeOf } from '../files.ts';
import { answerText, isObject, readBody } from '../http.ts';
import type { Lab } from '../lab.ts';
import { isLoopback } from '../post.ts';
import { GoogleError, invalid } from './error.ts';
import { checkShape } from './shapes.ts';

type Json = Record<string, unknown>;

const FILE_MAX = 100 * 1024 * 1024;
const TYPES =
  /^(image\/(jpeg|jpg|png|gif)|video\/(h263|m4v|mp4|mpeg|mpeg4|webm)|audio\/(aac|mp3|mpeg|mpg|mp4|mp4-latm|3gpp|ogg)|application\/(ogg|pdf))$/;

/** A file of a message as the phone will show it. */
export interface ShownFile {
  url: string;
  mimeType: string;
  filename?: string;
}

/** Fetches what a message links to and finds what it names, as Google does before it takes the message. By the object that speaks of the file. */
export async function findFiles(lab: Lab, content: Json): Promise<Map<Json, ShownFile>> {
  const found = new Map<Json, ShownFile>();
  for (const holder of holdersIn(content)) found.set(holder, await findFile(lab, holder));
  return found;
}

function holdersIn(content: Json): Json[] {
  const rich = isObject(content.richCard) ? content.richCard : {};
  const alone = isObject(rich.standaloneCard) ? [rich.standaloneCard.cardContent] : [];
  const row = isObject(rich.carouselCard) ? (rich.carouselCard.cardContents as unknown[]) : [];
  const media = [...alone, ...row].flatMap((card) => (isObject(card) && isObject(card.media) ? [card.media] : []));
  return [content, ...media].filter(
    (holder) => holder.contentInfo !== undefined || holder.uploadedRbmFile !== undefined,
  );
}

async function findFile(lab: Lab, holder: Json): Promise<ShownFile> {
  if (isObject(holder.uploadedRbmFile)) {
    const name = String(holder.uploadedRbmFile.fileName);
    const file = lab.files.get(name.replace(/^files\//, ''));
    if (!file || !name.startsWith('files/')) throw new GoogleError(404);
    return { url: file.url ?? `/lab/files/${file.id}`, mimeType: file.mimeType, filename: file.filename };
  }
  return fetchLink(lab, String((holder.contentInfo as Json).fileUrl), 0);
}

/** The Lab looks on this machine only; what lives elsewhere is believed. A link in a message may not lead on to another. */
async function fetchLink(lab: Lab, url: string, redirects: number): Promise<ShownFile> {
  const { pathname } = new URL(url);
  const filename = decodeURIComponent(pathname.slice(pathname.lastIndexOf('/') + 1));
  if (!isLoopback(url)) return { url, mimeType: mimeTypeOf(pathname) ?? 'image/jpeg', filename };
  const answer = await lab.postman.download(url, FILE_MAX);
  if ('error' in answer) throw invalid(`Failed to fetch ${url}: ${answer.error}.`);
  if (answer.status >= 300 && answer.status < 400 && redirects === 0) throw invalid(`${url} redirects.`);
  if (answer.status !== 200) throw invalid(`Failed to fetch ${url}: HTTP ${answer.status}.`);
  const mimeType = answer.mimeType.split(';')[0]!.trim();
  if (!TYPES.test(mimeType)) throw invalid(`The MIME type ${mimeType} of ${url} is not supported.`);
  return { url, mimeType, filename };
}

/** `files.create` by a link. */
export async function takeLink(lab: Lab, body: Json): Promise<Json> {
  checkShape(body, 'FileRequest', 'create_file_request');
  if (typeof body.fileUrl !== 'string') throw invalid('file_url is required.');
  const { url, mimeType, filename } = await fetchLink(lab, body.fileUrl, 1);
  const file = lab.files.put({ url, mimeType, ...(filename ? { filename } : {}) });
  return { name: `files/${file.id}` };
}

/** `files.create` by the bytes themselves. */
export async function takeUpload(lab: Lab, request: IncomingMessage): Promise<Json> {
  const bytes = await readBody(request, FILE_MAX);
  if (!bytes) throw new GoogleError(413, 'The file is larger than 100 MB.');
  const mimeType = (request.headers['content-type'] ?? '').split(';')[0]!.trim();
  if (!TYPES.test(mimeType)) throw invalid(`The MIME type ${mimeType} is not supported.`);
  if (bytes.length === 0) throw invalid('The file is empty.');
  return { name: `files/${lab.files.put({ bytes, mimeType }).id}` };
}

/** What a person sent, by its link: open to whoever has it. */
export function answerMedia(lab: Lab, response: ServerResponse, id: string): void {
  const file = lab.files.get(id);
  if (!file?.bytes) {
    answerText(response, 404, JSON.stringify(new GoogleError(404).body));
    return;
  }
  response.writeHead(200, { 'content-type': file.mimeType, 'content-length': file.bytes.length });
  response.end(file.bytes);
}
