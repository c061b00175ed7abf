import { fileTypeFromFile } from 'file-type';

const UNKNOWN = 'application/octet-stream';

/** Containers that tell little of what is inside: there the declared type may say more, within its family. */
const CONTAINERS: Readonly<Record<string, RegExp>> = {
  'application/zip':
    /^application\/(vnd\.(openxmlformats-officedocument|oasis\.opendocument|android\.package-archive)|java-archive|epub\+zip|x-zip)/,
  'application/x-cfb': /^application\/(msword|vnd\.ms-|x-msi)/,
  'application/gzip': /^application\/(x-tgsticker|x-gzip|x-tar)$/,
  'application/xml': /^(text\/xml|application\/([\w.-]+\+)?xml)$/,
  'video/mp4': /^(audio|video)\/(mp4|m4a|x-m4a|quicktime|3gpp2?|aac)$/,
  'audio/mp4': /^audio\/(mp4|m4a|x-m4a|aac)$/,
  'audio/x-m4a': /^audio\/(mp4|m4a|x-m4a|aac)$/,
  'video/webm': /^audio\/webm/,
  'video/matroska': /^(audio|video)\/(webm|x-matroska)/,
  'video/3gpp': /^audio\/3gpp/,
  'application/ogg': /^(audio|video)\/ogg/,
  'audio/ogg': /^audio\/ogg/,
};

/** What a few first bytes say for certain, for files that are damaged further in. */
const SIGNATURES: readonly [RegExp, string][] = [
  [/^\x89PNG\r\n/, 'image/png'],
  [/^\xff\xd8\xff/, 'image/jpeg'],
  [/^GIF8[79]a/, 'image/gif'],
  [/^RIFF....WEBP/s, 'image/webp'],
];

/**
 * The type of a file by its bytes, of which `head` is the first; what they do not tell is taken from what was declared, but never that it is a
 * picture, sound or film. So nothing is shown in a page as something it is not.
 */
export async function typeOf(path: string, head: Uint8Array, declared: string | undefined): Promise<string> {
  const said = /^[\w.+-]+\/[\w.+-]+( ?;[ -~]*)?$/.test(declared ?? '') ? declared!.toLowerCase().trim() : undefined;
  const start = Buffer.from(head).toString('latin1');
  const read = head.length > 0 ? (await fileTypeFromFile(path).catch(() => undefined))?.mime : undefined;
  const found = read ?? SIGNATURES.find(([signature]) => signature.test(start))?.[1];
  if (found) return said && CONTAINERS[found]?.test(said) ? said : found;
  if (!said || /^(image|audio|video)\//.test(said)) return said && isText(said, start) ? said : UNKNOWN;
  return said;
}

/** Pictures that are written as text have no signature: SVG, which is never shown but always saved. AMR and AAC streams without a header pass too. */
function isText(said: string, start: string): boolean {
  if (said.startsWith('image/svg')) return true;
  return said.startsWith('audio/') && !/^\s*[<{#/]/.test(start);
}

/** May a browser show it within a page? Everything else is saved instead. */
export const isShown = (mimeType: string): boolean =>
  /^(image|audio|video)\//.test(mimeType) && !mimeType.startsWith('image/svg');
