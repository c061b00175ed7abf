import { type Content, fromLinktor } from '@tributary/protocol';
import { invalid } from '../errors.ts';

/** What a caller wants said, in any of the forms programs write it in. Throws 400 with the path of each fault, below `prefix`. */
export function readContent(input: unknown, prefix: string): Content {
  const read = fromLinktor(input);
  if ('content' in read) return read.content;
  throw invalid(...read.faults.map(({ field, message }) => ({ field: joinPath(prefix, field), message })));
}

function joinPath(prefix: string, field: string): string {
  if (!prefix || !field) return prefix || field || 'body';
  return field.startsWith('[') ? `${prefix}${field}` : `${prefix}.${field}`;
}
