import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const ROOM = fileURLToPath(new URL('.', import.meta.url));

/** The promise of the README: what a page has to load, compressed. */
export const MOST_BYTES_GZIPPED = 20_000;

/** Bundles the widget into `widget.js` of a folder. Answers its size, plain and gzipped; throws when it has grown past its promise. */
export async function buildWidget(folder = fileURLToPath(new URL('../build/public/', import.meta.url))) {
  const outfile = join(folder, 'widget.js');
  await build({
    absWorkingDir: ROOM,
    entryPoints: ['src/main.ts'],
    outfile,
    bundle: true,
    minify: true,
    format: 'iife',
    target: ['es2022', 'safari16'],
    loader: { '.css': 'text' },
    plugins: [
      {
        // Style sheets come in as text; they are made small on the way.
        name: 'small-css',
        setup(plugin) {
          plugin.onLoad({ filter: /\.css$/ }, async ({ path }) => {
            const { code } = await plugin.esbuild.transform(await readFile(path, 'utf8'), {
              loader: 'css',
              minify: true,
            });
            return { contents: code, loader: 'text' };
          });
        },
      },
    ],
    legalComments: 'none',
    logLevel: 'error',
  });
  const bytes = await readFile(outfile);
  const gzipped = gzipSync(bytes, { level: 9 }).length;
  if (gzipped > MOST_BYTES_GZIPPED) {
    throw new Error(`The widget is ${gzipped} bytes gzipped; it promises at most ${MOST_BYTES_GZIPPED}.`);
  }
  return { bytes: bytes.length, gzipped };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { bytes, gzipped } = await buildWidget(process.argv[2]);
  console.log(`widget.js: ${bytes} bytes, ${gzipped} gzipped`);
}
