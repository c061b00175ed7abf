import { existsSync, readFileSync } from 'node:fs';
import { CHANNEL_TYPES } from '@tributary/protocol';
import { describe, expect, test } from 'vitest';
import { ADAPTERS } from './index.ts';
import { evidenceOf } from './testing/evidence.ts';
import { matrixPage } from './testing/matrix.ts';

const PAGE = new URL('../docs/channels.md', import.meta.url);

test('there is an adapter for every channel type of the mission', () => {
  expect(Object.keys(ADAPTERS).sort()).toEqual([...CHANNEL_TYPES].sort());
});

describe.each(Object.entries(ADAPTERS))('the row of %s', (type, adapter) => {
  test('promises nothing that no fixture shows', () => {
    const configs = [{}, ...(adapter.providers ?? []).map((provider) => ({ provider }))];
    for (const config of configs)
      expect(evidenceOf(type, adapter.capabilities(config)).missing, JSON.stringify(config)).toEqual([]);
  });
});

test('the page of the documents is the one the adapters make', () => {
  expect(readFileSync(PAGE, 'utf8'), 'run: npm run docs').toBe(matrixPage());
});

test('every link of the page leads to a file', () => {
  const links = [...readFileSync(PAGE, 'utf8').matchAll(/\]\((\.\.\/[^)#]+)\)/g)].map((match) => match[1]!);
  expect(links.length).toBeGreaterThan(100);
  expect(links.filter((link) => !existsSync(new URL(link, PAGE)))).toEqual([]);
});
