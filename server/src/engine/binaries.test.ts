import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findPackage } from './binaries.ts';
import { EngineError } from './error.ts';
import { Ground, isRoot, query } from './testing/folders.ts';

const ground = new Ground();
afterAll(() => ground.sweep());

/** The installed package again, as `npm install --ignore-scripts` leaves it: without its links. */
async function barePackage(): Promise<string> {
  const folder = join(await ground.folder(), 'package');
  execFileSync('cp', ['-aL', '--reflink=auto', findPackage(), folder]);
  const links = JSON.parse(await readFile(join(folder, 'native', 'pg-symlinks.json'), 'utf8')) as { target: string }[];
  for (const { target } of links) await rm(join(folder, target));
  return folder;
}

describe('a platform without programs of ours', () => {
  it.each([
    ['win32', 'x64'],
    ['linux', 'riscv64'],
    ['freebsd', 'x64'],
  ])('is told to set DATABASE_URL: %s %s', (platform, arch) => {
    expect(() => findPackage(platform, arch)).toThrow(EngineError);
    expect(() => findPackage(platform, arch)).toThrow(/set DATABASE_URL/);
  });

  it('hears it too when npm left the optional package out', () => {
    const other = process.platform === 'darwin' ? 'linux' : 'darwin';
    expect(() => findPackage(other, 'arm64')).toThrow(/is not installed.*--omit=optional.*DATABASE_URL/);
  });
});

describe('programs installed with --ignore-scripts', () => {
  it('get their missing links at the first start, where they lie', async () => {
    const packageFolder = await barePackage();
    const folder = await ground.usedFolder();
    const engine = await ground.start(folder, { packageFolder });
    expect(await query(engine.connection, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(await readdir(join(packageFolder, 'native', 'lib'))).toContain('libicuuc.so.60');
    expect((await readdir(join(folder, 'engine'))).filter((name) => name.startsWith('postgresql-'))).toEqual([]);
    await engine.stop();
  });

  it.runIf(isRoot)(
    'are copied beside the data when an ordinary user may not write to them; that user needs no root',
    async () => {
      const packageFolder = await barePackage();
      const folder = await ground.folder();
      const data = join(folder, 'data');
      await mkdir(data);
      execFileSync('chown', ['65534:65534', data]);
      const guest = await ground.guest(data, { packageFolder, uid: 65_534, gid: 65_534 });
      const { host } = await guest.hears((line) => line.in === true);
      expect(host).toBe(join(data, 'postgres'));
      expect((await readdir(join(data, 'engine'))).filter((name) => name.startsWith('postgresql-'))).toHaveLength(1);
      expect(await readdir(join(packageFolder, 'native', 'lib'))).not.toContain('libicuuc.so.60');

      // Root may join it, and leaves it that user's.
      const root = await ground.start(data);
      expect(root.adopted).toBe(true);
      guest.tell('stop');
      await root.stop();
    },
  );
});

describe('programs that the unprivileged user cannot reach', () => {
  it.runIf(isRoot)('are copied beside the data, once', async () => {
    const packageFolder = await barePackage();
    await chmod(join(packageFolder, '..'), 0o700);
    const folder = await ground.usedFolder();
    const first = await ground.start(folder, { packageFolder });
    const copies = (await readdir(join(folder, 'engine'))).filter((name) => name.startsWith('postgresql-'));
    expect(copies).toHaveLength(1);
    expect(await readFile(`/proc/${first.postmasterPid}/cmdline`, 'utf8')).toContain(
      `${copies[0]}/native/bin/postgres`,
    );
    await first.stop();
    // The package can go; only its version is asked again.
    await rm(join(packageFolder, 'native', 'bin', 'initdb'));
    const second = await ground.start(folder, { packageFolder });
    await second.stop();
  });
});

describe('a data folder that was copied back by root', () => {
  it.runIf(isRoot)('is given to the unprivileged user again', async () => {
    const folder = await ground.usedFolder();
    execFileSync('chown', ['-R', 'root:root', join(folder, 'postgres')]);
    await chmod(join(folder, 'postgres'), 0o755);
    const engine = await ground.start(folder);
    expect(await query(engine.connection, 'select 1 as one')).toEqual([{ one: 1 }]);
    await engine.stop();
  });
});
