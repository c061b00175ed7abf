// Runs a TypeScript program of this repository: node scripts/run.mjs test/bench/main.ts [arguments]
import { basename, dirname } from 'node:path';
import { buildAll, bundle } from './build.mjs';

const [entry, ...args] = process.argv.slice(2);
const name = basename(dirname(entry));
await buildAll({ pages: false, say: (line) => console.error(line) });
await bundle(entry, `${name}.js`);
process.argv = [process.argv[0], `build/${name}.js`, ...args];
await import(`../build/${name}.js`);
