import { SendError } from '@tributary/protocol';
import type { Io } from '../adapter.ts';
import type { MailFile } from './mail.ts';

/** A file with its bytes. */
export interface OpenFile extends MailFile {
  bytes: Buffer;
}

/** Opens the files of a mail, all of them together within `maxBytes`. */
export async function openFiles(files: readonly MailFile[], maxBytes: number, io: Io): Promise<OpenFile[]> {
  const opened: OpenFile[] = [];
  let left = maxBytes;
  for (const file of files) {
    const bytes = file.media ? await readAll(file, left, io) : Buffer.from(file.content ?? '');
    left -= bytes.length;
    if (left < 0)
      throw new SendError('too_large', { providerMessage: 'The files of the mail are too large together.' });
    opened.push({ ...file, bytes });
  }
  return opened;
}

async function readAll(file: MailFile, maxBytes: number, io: Io): Promise<Buffer> {
  const { body } = await io.open(file.media!, { maxBytes });
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}
