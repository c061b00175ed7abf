import { readdirSync, readFileSync } from 'node:fs';
import { CHANNEL_TYPES } from '@tributary/protocol';
import { describe, expect, test } from 'vitest';
import { ADAPTERS } from './index.ts';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
const folders = readdirSync(new URL('.', import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !['common', 'testing'].includes(entry.name))
  .map(({ name }) => name);

describe.each(Object.keys(ADAPTERS))('%s may be registered', (type) => {
  test('under its own type, which the protocol knows', () => {
    expect(ADAPTERS[type as keyof typeof ADAPTERS]?.type).toBe(type);
    expect(CHANNEL_TYPES).toContain(type);
  });

  test('because it passes the contract in a run of its own', () => {
    const tests = read(`./${type}/${type}.test.ts`);
    expect(tests, 'imports the suite').toMatch(/import \{[^}]*\btestChannel\b[^}]*\} from '\.\.\/testing\/suite\.ts'/);
    expect(tests, 'imports the adapter that is registered').toMatch(
      new RegExp(`import \\{[^}]*\\b${type}\\b[^}]*\\} from '\\./index\\.ts'`),
    );
    expect(tests, 'runs the one on the other').toMatch(new RegExp(`^\\s*testChannel\\(\\s*${type}\\b`, 'm'));
    expect(tests, 'leaves nothing out').not.toMatch(/\b(describe|test|it)\.(skip|only|todo)\b/);
  });
});

test('every folder is a channel that is registered', () => {
  expect(folders.sort()).toEqual(Object.keys(ADAPTERS).sort());
});
