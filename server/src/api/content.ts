import { type Content, fromLinktor } from '@tributary/protocol';
import { invalid } from '../errors.ts';

/** What a caller wants said, in any of the forms programs write it in. Throws 400 with the path of each fault, as it stands in the body at `at`. */
export function readContent(input: unknown, at: string): Content {
  const read = fromLinktor(input, at);
  if (read.content) return read.content;
  throw invalid(...(read.faults ?? []).map(({ field, message }) => ({ field: field || 'body', message })));
}
