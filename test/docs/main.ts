import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { matrixPage } from '../../channels/testing/matrix.ts';

/** npm run docs: writes the pages that are made from code. */
writeFileSync(join(process.cwd(), 'docs/channels.md'), matrixPage());
console.log('docs/channels.md');
