// Builds everything into build/: the server, the Lab, the command line and the tools as bundles, the pages and the widget as files.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BUILD = join(ROOT, 'build');
const SOURCES = ['protocol', 'channels', 'server', 'widget', 'dashboard', 'simulator', 'scripts', 'package-lock.json'];

/** Our own packages are bundled; everything from npm stays where npm put it. */
const externals = {
  name: 'externals',
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, (args) =>
      args.path.startsWith('@tributary/') || args.kind === 'entry-point'
        ? undefined
        : { path: args.path, external: true },
    );
  },
};

/** Bundles one program for Node. */
export async function bundle(entry, outfile) {
  const { build } = await import('esbuild');
  await build({
    entryPoints: [join(ROOT, entry)],
    outfile: join(BUILD, outfile),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    sourcemap: true,
    loader: { '.json': 'json' },
    plugins: [externals],
    absWorkingDir: ROOT,
    logLevel: 'warning',
  });
}

async function* walk(path) {
  const info = await stat(path).catch(() => undefined);
  if (!info) return;
  if (!info.isDirectory()) {
    yield { path, info };
    return;
  }
  for (const name of (await readdir(path)).sort()) {
    if (name !== 'node_modules' && !name.endsWith('.test.ts') && name !== 'fixtures') yield* walk(join(path, name));
  }
}

/** A fingerprint of the sources, so that a build is made once and again only when something changed. */
async function fingerprint() {
  const hash = createHash('sha256');
  for (const source of SOURCES)
    for await (const { path, info } of walk(join(ROOT, source)))
      hash.update(`${path.slice(ROOT.length)} ${info.size} ${info.mtimeMs}\n`);
  return hash.digest('hex');
}

/** Runs a program of node_modules/.bin and waits for it. */
function run(name, args, cwd = ROOT) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(ROOT, 'node_modules', name), ...args], {
      env: { ...process.env, NODE_ENV: 'production' },
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    child.stdout.on('data', (chunk) => (said += chunk));
    child.stderr.on('data', (chunk) => (said += chunk));
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${name} failed:\n${said}`))));
  });
}

/** Builds what is out of date. `pages: false` leaves the browser's part out, for tools that need only the server. */
export async function buildAll({ pages = true, say = () => {} } = {}) {
  await mkdir(BUILD, { recursive: true });
  const stamp = join(BUILD, pages ? 'stamp-all' : 'stamp-server');
  const now = await fingerprint();
  const made = async (file) => (await readFile(join(BUILD, file), 'utf8').catch(() => '')) === now;
  if ((await made('stamp-all')) || (await made(stamp.slice(BUILD.length + 1)))) return;
  say('Building (once, a few seconds) …');
  await rm(join(BUILD, 'migrations'), { recursive: true, force: true });
  const jobs = [
    bundle('server/src/main.ts', 'server.js'),
    bundle('server/src/cli/main.ts', 'cli.js'),
    bundle('simulator/src/main.ts', 'simulator.js'),
    cp(join(ROOT, 'server/src/store/migrations'), join(BUILD, 'migrations'), { recursive: true }),
  ];
  if (pages) jobs.push(buildPages());
  await Promise.all(jobs);
  await writeFile(stamp, now);
}

async function buildPages() {
  await rm(join(BUILD, 'public'), { recursive: true, force: true });
  await run('vite/bin/vite.js', ['build', '--logLevel', 'warn'], join(ROOT, 'dashboard'));
  const { buildWidget } = await import('../widget/build.mjs');
  await buildWidget(join(BUILD, 'public'));
  await compressPages(join(BUILD, 'public'));
}

/** Writes each text file's compressed forms beside it, so that the server has nothing to compress. */
async function compressPages(folder) {
  for await (const { path, info } of walk(folder)) {
    if (!/\.(js|css|svg|html)$/.test(path) || info.size < 1_000) continue;
    const plain = await readFile(path);
    await writeFile(`${path}.gz`, gzipSync(plain, { level: 9 }));
    await writeFile(`${path}.br`, brotliCompressSync(plain));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildAll({ say: console.log });
