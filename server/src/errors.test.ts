import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ERRORS } from './errors.ts';

const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');

it('documents exactly the codes the API can answer with, each with its status and sentence', () => {
  const rows = [...page.matchAll(/^\| (\d{3}) +\| `([A-Z_]+)` +\| (.+?) +\|$/gm)].map(([, status, code, says]) => [
    code,
    { status: Number(status), says },
  ]);
  expect(Object.fromEntries(rows)).toEqual(ERRORS);
});
