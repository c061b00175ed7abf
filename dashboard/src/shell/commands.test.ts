import { expect, test } from 'vitest';
import { type Command, matching } from './commands.ts';

const command = (title: string, keywords?: string): Command => ({
  id: title,
  group: 'Person',
  title,
  keywords,
  run() {},
});

test('a command is found by words of its title, its group and its keywords, in any order', () => {
  const commands = [command('Write as Ana'), command('Write as Ben', 'Okafor')];
  expect(matching(commands, '').length).toBe(2);
  expect(matching(commands, 'ana PERSON').map((found) => found.title)).toEqual(['Write as Ana']);
  expect(matching(commands, 'okafor').map((found) => found.title)).toEqual(['Write as Ben']);
  expect(matching(commands, 'ana ben')).toEqual([]);
});
