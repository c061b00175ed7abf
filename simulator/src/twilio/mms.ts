import type { PhoneMessage } from '../control.ts';
import type { Lab } from '../lab.ts';
import { isLoopback } from '../post.ts';

const megabyte = 1024 * 1024;
/** Made smaller for the carrier, and so may be larger. */
const recoded = ['image/jpeg', 'image/png', 'image/gif'];
const accepted =
  /^(image\/(jpeg|png|gif|bmp|tiff)|video\/(mpeg|mp4|quicktime|webm|3gpp|3gpp2|h261|h263|h264)|audio\/(basic|l24|mp4|mpeg|ogg|vorbis|vnd\.rn-realaudio|vnd\.wave|3gpp|3gpp2|ac3|webm|amr|amr-nb)|text\/(vcard|x-vcard|csv|rtf|richtext|calendar|directory)|application\/(pdf|vcard|vnd\.apple\.pkpass))$/;

/** A file that Twilio has fetched, or the code of the error that this made of the message. */
type Fetched = { mimeType: string } | { code: number };

/** Twilio asks for the head first and then for the whole, and believes the Content-Type alone. The Lab looks on this machine only. */
export async function fetchFiles(lab: Lab, urls: readonly string[]): Promise<Fetched[]> {
  const found: Fetched[] = [];
  let sum = 0;
  for (const url of urls) {
    if (!isLoopback(url)) {
      found.push({ mimeType: typeByName(url) });
      continue;
    }
    const head = await lab.postman.head(url, 10_000);
    if (head.status !== 200) return [{ code: 11200 }];
    const type = head.mimeType.split(';')[0]!.trim().toLowerCase();
    if (!accepted.test(type)) return [{ code: 12300 }];
    const limit = recoded.includes(type) ? 5 * megabyte : 500 * 1024;
    const fetched = await lab.postman.download(url, limit);
    if ('error' in fetched) return [{ code: fetched.error === 'too big' ? 30019 : 11200 }];
    if (fetched.status !== 200) return [{ code: 11200 }];
    sum += fetched.bytes.length;
    if (sum > 5 * megabyte) return [{ code: 30019 }];
    found.push({ mimeType: type });
  }
  return found;
}

const typeByName = (url: string): string => {
  const ending = /\.(\w+)(?:[?#]|$)/.exec(url)?.[1]?.toLowerCase();
  if (ending === 'mp4') return 'video/mp4';
  return ending === 'mp3' ? 'audio/mpeg' : 'image/jpeg';
};

/** How a phone shows a file of that type. */
export function kindOf(mimeType: string): 'image' | 'video' | 'audio' | 'document' {
  const family = mimeType.split('/')[0];
  return family === 'image' || family === 'video' || family === 'audio' ? family : 'document';
}

/** The files of an MMS on the phone: the first is the message, the others stand beside it. */
export function drawFiles(urls: readonly string[], types: readonly string[]): Partial<PhoneMessage> {
  const [first, ...others] = urls;
  if (first === undefined) return { kind: 'text' };
  const nameOf = (url: string) =>
    decodeURIComponent(/\/([^/?#]*)(?:[?#]|$)/.exec(url.replace(/^\w+:\/\/[^/]*/, ''))?.[1] || 'file');
  return {
    kind: kindOf(types[0] ?? 'image/jpeg'),
    mediaUrl: first,
    filename: nameOf(first),
    ...(others.length > 0
      ? {
          attachments: others.map((url, at) => ({
            url,
            filename: nameOf(url),
            mimeType: types[at + 1] ?? 'image/jpeg',
          })),
        }
      : {}),
  };
}
