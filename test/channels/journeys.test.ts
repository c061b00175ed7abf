import { readdirSync, readFileSync } from 'node:fs';
import { startSimulator } from '@tributary/simulator';
import { expect, it } from 'vitest';
import { ADAPTERS } from '../../channels/index.ts';

/** The tests that walk the whole road: a real server, the Lab at the other end. */
const journeys = ['./', '../journeys/'].flatMap((folder) =>
  readdirSync(new URL(folder, import.meta.url))
    .filter((name) => name.endsWith('.test.ts') && name !== 'journeys.test.ts')
    .map((name) => readFileSync(new URL(`${folder}${name}`, import.meta.url), 'utf8')),
);

it('every provider that the Lab plays is walked by a journey, and speaks for a channel that is registered', async () => {
  const lab = await startSimulator({ port: 0 });
  await lab.stop();
  const played = Object.keys(lab.baseUrls);
  expect(played.filter((provider) => !(provider in ADAPTERS))).toEqual([]);
  const walked = (provider: string): boolean =>
    journeys.some((text) => /\bopenStage\(|\bstartPlatform\(/.test(text) && text.includes(`'${provider}'`));
  expect(
    played.filter((provider) => !walked(provider)),
    'played, and walked by no journey',
  ).toEqual([]);
});
