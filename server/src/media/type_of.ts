import { fileTypeFromBuffer } from 'file-type';

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

/**
 * The type of a file by its first bytes; what they do not tell is taken from what was declared, but never that it is a picture, sound or film. So
 * nothing is shown in a page as something it is not.
 */
export async function typeOf(head: Uint8Array, declared: string | undefined): Promise<string> {
  const said = /^[\w.+-]+\/[\w.+-]+(\s*;.*)?$/.test(declared ?? '') ? declared!.toLowerCase().trim() : undefined;
  const found = head.length > 0 ? (await fileTypeFromBuffer(head).catch(() => undefined))?.mime : undefined;
  if (found) return said && CONTAINERS[found]?.test(said) ? said : found;
  if (!said || /^(image|audio|video)\//.test(said)) return said && isText(said, head) ? said : UNKNOWN;
  return said;
}

/** Pictures that are written as text have no signature: SVG, which is never shown but always saved. AMR and AAC streams without a header pass too. */
function isText(said: string, head: Uint8Array): boolean {
  if (said.startsWith('image/svg')) return true;
  return said.startsWith('audio/') && !/^\s*[<{#/]/.test(Buffer.from(head.subarray(0, 64)).toString('latin1'));
}

/** May a browser show it within a page? Everything else is saved instead. */
export const isShown = (mimeType: string): boolean =>
  /^(image|audio|video)\//.test(mimeType) && !mimeType.startsWith('image/svg');
