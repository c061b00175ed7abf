import { randomUUID } from 'node:crypto';
import type { HttpRequest, OpenMedia } from '../adapter.ts';

/** A file in a form: the name of its field, and what its bytes are called. */
export interface FormFile {
  field: string;
  filename: string;
  mimeType: string;
  media: OpenMedia;
}

/**
 * A form with files (`multipart/form-data`) as part of a request: its bytes go out as they come in, so that a large file is never held whole. The
 * length is told where every file's is known.
 */
export function formOf(
  fields: Readonly<Record<string, string>>,
  files: readonly FormFile[],
): Required<Pick<HttpRequest, 'headers' | 'stream'>> {
  const boundary = `----tributary${randomUUID()}`;
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  const heads = files.map(({ field, filename, mimeType }) =>
    encode(
      `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(field)}"; filename="${quoted(filename)}"\r\nContent-Type: ${mimeType}\r\n\r\n`,
    ),
  );
  const start = encode(
    Object.entries(fields)
      .map(
        ([name, value]) =>
          `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(name)}"\r\n\r\n${value}\r\n`,
      )
      .join(''),
  );
  const between = encode('\r\n');
  const end = encode(`--${boundary}--\r\n`);
  let length: number | undefined = start.length + end.length;
  files.forEach(({ media }, no) => {
    length = length === undefined || media.size === undefined ? undefined : length + heads[no]!.length + media.size + 2;
  });

  async function* stream(): AsyncGenerator<Uint8Array> {
    yield start;
    for (const [no, { media }] of files.entries()) {
      yield heads[no]!;
      yield* media.body;
      yield between;
    }
    yield end;
  }
  return {
    headers: {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      ...(length === undefined ? {} : { 'content-length': String(length) }),
    },
    stream: stream(),
  };
}

/** Some providers refuse names that are not ASCII, and a line break would end the header: other letters become `_`. */
const quoted = (text: string): string => text.replace(/[^\x20-\x7e]|["\\]/g, '_');
