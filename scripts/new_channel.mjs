// npm run new:channel NAME [TITLE]: a folder for a new channel type, whose contract suite fails until it is written. See docs/adding-a-channel.md.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TEMPLATES = join(ROOT, 'scripts/new_channel');
const FILES = {
  'index.ts': 'index.ts.txt',
  'config.ts': 'config.ts.txt',
  'capabilities.ts': 'capabilities.ts.txt',
  'verify.ts': 'verify.ts.txt',
  'parse.ts': 'parse.ts.txt',
  'render.ts': 'render.ts.txt',
  'send.ts': 'send.ts.txt',
  'payloads.ts': 'payloads.ts.txt',
  'NAME.test.ts': 'test.ts.txt',
  'README.md': 'README.md.txt',
  'fixtures/inbound/text.json': 'inbound.json.txt',
  'fixtures/outbound/text.json': 'outbound.json.txt',
  'fixtures/answers/text-accepted.json': 'answer.json.txt',
};

const [name = '', given] = process.argv.slice(2);
const title = given ?? name.charAt(0).toUpperCase() + name.slice(1);
if (!/^[a-z][a-z0-9]{1,30}$/.test(name) || ['common', 'testing', 'adapter', 'index'].includes(name)) {
  stop('Name the channel type in small letters and digits: npm run new:channel matrix "Matrix"');
}
const folder = join(ROOT, 'channels', name);
if (existsSync(folder)) stop(`channels/${name} exists already.`);

for (const [file, template] of Object.entries(FILES)) {
  const path = join(folder, file.replace('NAME', name));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, fill(readFileSync(join(TEMPLATES, template), 'utf8')));
}
nameType();
console.log(`channels/${name} is there, and protocol/capability.ts knows the type.

  npx vitest run channels/${name}      says what is not written yet
  docs/adding-a-channel.md             tells how to write it, file by file
`);

function fill(text) {
  const Type = name.charAt(0).toUpperCase() + name.slice(1);
  return text.replaceAll('{{type}}', name).replaceAll('{{Type}}', Type).replaceAll('{{title}}', title);
}

/** The type joins the list of all types, without which nothing of it compiles. */
function nameType() {
  const path = join(ROOT, 'protocol/capability.ts');
  const text = readFileSync(path, 'utf8');
  const list = /export const CHANNEL_TYPES = \[\n([\s\S]*?)\] as const;/.exec(text);
  if (!list) stop('protocol/capability.ts has no list CHANNEL_TYPES to add the type to.');
  if (list[1].includes(`'${name}'`)) return;
  writeFileSync(path, text.replace(list[0], list[0].replace('] as const;', `  '${name}',\n] as const;`)));
}

function stop(says) {
  console.error(says);
  process.exit(1);
}
