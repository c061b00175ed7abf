import type { StoredFile } from '../../files.ts';
import { isObject } from '../../http.ts';
import type { Lab } from '../../lab.ts';
import { isLoopback } from '../../post.ts';
import type { PageAccount } from './account.ts';
import { param } from './error.ts';
import { FILES } from './validate.ts';

type Json = Record<string, unknown>;

/** The files of a message, with the kind each has to be. */
function filesOf(message: Json): { kind: string; file: Json }[] {
  const { attachment, attachments } = message;
  const all = [
    ...(isObject(attachment) ? [attachment] : []),
    ...(Array.isArray(attachments) ? attachments.filter(isObject) : []),
  ];
  return all.flatMap(({ type, payload }) => {
    if (!isObject(payload)) return [];
    if (Object.hasOwn(FILES, String(type))) return [{ kind: String(type), file: payload }];
    if (payload.template_type !== 'media' || !Array.isArray(payload.elements)) return [];
    return payload.elements.filter(isObject).map((element) => ({ kind: String(element.media_type), file: element }));
  });
}

/** Meta fetches links before it answers, and refuses what it cannot get or what is of another kind. The Lab looks on this machine only. */
export async function fetchFiles(lab: Lab, account: PageAccount, message: Json): Promise<void> {
  for (const { kind, file } of filesOf(message)) {
    if (typeof file.url === 'string') await fetchLink(lab, account, kind, file.url);
    else fileOf(lab, account, file);
  }
}

/** Fetches a link; answers what lies there, or nothing where the Lab does not look. */
export async function fetchLink(
  lab: Lab,
  account: PageAccount,
  kind: string,
  url: string,
): Promise<StoredFile | undefined> {
  if (!isLoopback(url)) return undefined;
  const limits = FILES[kind] ?? { megabytes: 25, facebook: /./, instagram: /./ };
  const megabytes = limits.byLink ?? limits.megabytes;
  const fetched = await lab.postman.download(url, megabytes * 1024 * 1024);
  if ('error' in fetched || fetched.status !== 200) throw param('Failed to fetch the file from the url', 2018008);
  const mimeType = (fetched.mimeType.split(';')[0] ?? '').trim();
  if (!limits[account.product].test(mimeType)) throw param('Upload attachment failure.', 2018047);
  return lab.files.put({ mimeType, filename: new URL(url).pathname.split('/').at(-1) ?? '', bytes: fetched.bytes });
}

/** A file as the phone sees it; by id only where it is the account's own. */
export function fileOf(lab: Lab, account: PageAccount, file: Json): { url: string; filename: string } {
  if (typeof file.url === 'string')
    return { url: file.url, filename: new URL(file.url).pathname.split('/').at(-1) ?? '' };
  const id = String(file.attachment_id);
  const stored = account.attachments.has(id) ? lab.files.get(id) : undefined;
  if (!stored) throw param('Possible invalid ID or you do not own the attachment', 2018074);
  return { url: stored.bytes ? `/lab/files/${stored.id}` : (stored.url ?? ''), filename: stored.filename };
}

/** A link that is to be used again gets an id. */
export function reusedFile(lab: Lab, account: PageAccount, message: Json): Json {
  const reused = filesOf(message).find(({ file }) => file.is_reusable === true && typeof file.url === 'string');
  if (!reused) return {};
  const { id } = lab.files.put({ mimeType: 'application/octet-stream', url: String(reused.file.url) });
  account.attachments.add(id);
  return { attachment_id: id };
}
