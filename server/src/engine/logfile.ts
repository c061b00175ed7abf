import { copyFile, open, stat, truncate } from 'node:fs/promises';

const MAX_BYTES = 5 * 1024 * 1024;

/** PostgreSQL's log in the data folder. It appends to an open file that outlives us, so a full one is copied aside and cut, not renamed. */
export async function rotate(file: string, maxBytes = MAX_BYTES): Promise<void> {
  if ((await size(file)) < maxBytes) return;
  await copyFile(file, `${file}.old`);
  await truncate(file);
}

/** The log's length now, to read later what was said since. */
export async function size(file: string): Promise<number> {
  return (await stat(file).catch(() => undefined))?.size ?? 0;
}

/** Why a start failed: the last fatal line written after `from`, or else the last line, without time and pid. */
export async function readFault(file: string, from: number): Promise<string> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(65_536), position: from });
    const lines = buffer
      .toString('utf8', 0, bytesRead)
      .split('\n')
      .filter((line) => line.trim() !== '');
    const last = lines.findLast((line) => /\b(FATAL|PANIC):/.test(line)) ?? lines.at(-1) ?? 'it said nothing';
    return last.replace(/^.*?\b(FATAL|PANIC):\s*/, '').trim();
  } finally {
    await handle.close();
  }
}
