import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { type Browser, chromium as playwright } from 'playwright-core';

const run = promisify(execFile);
const require = createRequire(import.meta.url);

/**
 * Starts the headless browser that came with `npm install`. Needs nothing else on the machine: the package carries the shared libraries and
 * fonts, and they are unpacked once beside it. Close it with `browser.close()`.
 */
export async function launchChromium(options: { args?: readonly string[] } = {}): Promise<Browser> {
  const home = await unpack();
  return playwright.launch({
    executablePath: join(home, 'chromium'),
    // The package's own list is made for one page in one process. We leave out `--single-process`, which dies with its first context, and
    // `--disable-web-security`, which would hide what a real browser refuses.
    args: [
      '--no-sandbox',
      '--disable-setuid-sandbox',
      '--disable-dev-shm-usage',
      '--disable-gpu',
      '--font-render-hinting=none',
      '--force-color-profile=srgb',
      ...(options.args ?? []),
    ],
    env: {
      ...(process.env as Record<string, string>),
      LD_LIBRARY_PATH: join(home, 'al2023', 'lib'),
      FONTCONFIG_FILE: join(home, 'fonts.conf'),
    },
  });
}

/**
 * Unpacks the browser once and answers its folder. The package unpacks into the temporary folder without a lock, so two test files that start
 * together could meet half a binary; a child process with a temporary folder of its own, and one rename, cannot.
 */
async function unpack(): Promise<string> {
  const entry = require.resolve('@sparticuz/chromium');
  const root = resolve(dirname(entry), '..', '..');
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  const cache = resolve(root, '..', '..', '.cache');
  const home = join(cache, `chromium-${version}-${process.arch}`);
  if (await exists(join(home, 'chromium'))) return home;

  await mkdir(cache, { recursive: true });
  const staging = await mkdtemp(join(cache, 'chromium-unpacking-'));
  // The shared libraries are unpacked only where the package believes itself in Lambda.
  const environment = { ...process.env, TMPDIR: staging, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x' };
  try {
    await run(process.execPath, ['-e', `require(${JSON.stringify(entry)}).executablePath()`], { env: environment });
    await writeFile(join(staging, 'fonts.conf'), fontsConfig(home));
    await rename(staging, home);
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    // A rival finished first: its copy is as good as ours.
    if (!(await exists(join(home, 'chromium')))) throw error;
  }
  return home;
}

/** The package's own list of font folders names only Lambda's, and with no font at all a page is drawn without its letters. */
function fontsConfig(home: string): string {
  const folders = [join(home, 'fonts'), '/usr/share/fonts', '/usr/local/share/fonts'];
  return [
    '<?xml version="1.0"?>',
    '<!DOCTYPE fontconfig SYSTEM "fonts.dtd">',
    '<fontconfig>',
    ...folders.map((folder) => `  <dir>${folder}</dir>`),
    `  <cachedir>${join(home, 'fonts-cache')}</cachedir>`,
    '</fontconfig>',
    '',
  ].join('\n');
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
