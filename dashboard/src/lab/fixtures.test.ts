import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fixturesOf, tar } from './fixtures.ts';
import type { WireEvent } from './wire.ts';

const webhook = (body: string, base64?: true): WireEvent => ({
  type: 'webhook',
  seq: 1,
  at: '2026-11-24T10:00:00.000Z',
  provider: 'line',
  account: '1',
  person: 'ana',
  url: 'http://127.0.0.1:3000/webhooks/line/ch_1',
  status: 200,
  ms: 3,
  body: {},
  wire: { method: 'POST', headers: { 'x-line-signature': 'abc=' }, body, ...(base64 ? { base64 } : {}) },
});

it('saves recorded webhooks as inbound fixtures, byte for byte, in an archive that tar unpacks', () => {
  const files = fixturesOf([webhook('{"é":1}'), webhook('//4=', true)], new Date('2026-11-24'));
  expect(files.map(({ name, text }) => [name, JSON.parse(text)])).toEqual([
    [
      'recorded-01.json',
      {
        source: 'Recorded in the Lab',
        date: '2026-11-24',
        request: {
          method: 'POST',
          url: 'http://127.0.0.1:3000/webhooks/line/ch_1',
          headers: { 'x-line-signature': 'abc=' },
          body: '{"é":1}',
        },
        receivedAt: '2026-11-24T10:00:00.000Z',
        events: [],
      },
    ],
    ['recorded-02.json', expect.objectContaining({ request: expect.objectContaining({ bodyBase64: '//4=' }) })],
  ]);
  const folder = mkdtempSync(join(tmpdir(), 'recorded-'));
  try {
    writeFileSync(join(folder, 'all.tar'), tar(files));
    execFileSync('tar', ['xf', 'all.tar'], { cwd: folder });
    expect(readdirSync(folder).sort()).toEqual(['all.tar', 'recorded-01.json', 'recorded-02.json']);
    for (const { name, text } of files) expect(readFileSync(join(folder, name), 'utf8')).toBe(text);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
