import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { withLock } from './lock.ts';
import { rotate } from './logfile.ts';
import { identify, lives } from './processes.ts';
import { Ground } from './testing/folders.ts';

const ground = new Ground();
afterAll(() => ground.sweep());

it('lets one at a time in, whoever comes', async () => {
  const folder = await ground.folder();
  let inside = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: 12 }, () =>
      withLock(
        folder,
        () => {},
        async () => {
          most = Math.max(most, ++inside);
          await sleep(1);
          inside--;
        },
      ),
    ),
  );
  expect(most).toBe(1);
});

it('is free again after work that threw, and after a holder was killed with -9', async () => {
  const folder = await ground.folder();
  const throwing = withLock(
    folder,
    () => {},
    async () => {
      throw new Error('no');
    },
  );
  await expect(throwing).rejects.toThrow('no');
  const child = ground.spawn('sleep', ['60']);
  await writeFile(join(folder, 'lock.7'), (await identify(child.pid as number)) as string);
  let done = false;
  const waiting = withLock(
    folder,
    () => {},
    async () => {
      done = true;
    },
  );
  await sleep(100);
  expect(done).toBe(false);
  child.kill('SIGKILL');
  await waiting;
  expect(done).toBe(true);
});

it('knows a process from another that has its number now', async () => {
  const identity = (await identify(process.pid)) as string;
  expect(await lives(identity)).toBe(true);
  expect(await lives(`${process.pid}-1`)).toBe(false);
  expect(await lives('')).toBe(false);
});

it('keeps the log small: a full one is cut, with one old copy', async () => {
  const file = join(await ground.folder(), 'postgres.log');
  await writeFile(file, 'x'.repeat(100));
  await rotate(file, 101);
  expect(readFileSync(file, 'utf8')).toHaveLength(100);
  await rotate(file, 100);
  expect(readFileSync(file, 'utf8')).toBe('');
  expect(readFileSync(`${file}.old`, 'utf8')).toHaveLength(100);
});
