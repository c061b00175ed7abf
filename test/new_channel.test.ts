import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** `npm run new:channel` and the page that tells how to go on, tried in a copy of the tree. */

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGE = join(ROOT, 'docs/adding-a-channel.md');
let copy: string;

interface Report {
  numPassedTests: number;
  numFailedTests: number;
  testResults: {
    message: string;
    assertionResults: { status: string; fullName: string; failureMessages: string[] }[];
  }[];
}

/** The scaffold in the copy. */
const make = (...args: string[]) =>
  spawnSync(process.execPath, [join(copy, 'scripts/new_channel.mjs'), ...args], { encoding: 'utf8' });

/** The contract suite of one channel of the copy. */
function prove(name: string): Report {
  const report = join(copy, `${name}.json`);
  spawnSync(
    process.execPath,
    [
      join(ROOT, 'node_modules/vitest/vitest.mjs'),
      'run',
      `channels/${name}/`,
      '--reporter=json',
      `--outputFile=${report}`,
    ],
    { cwd: copy, encoding: 'utf8' },
  );
  return JSON.parse(readFileSync(report, 'utf8')) as Report;
}

const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(copy, path)), { recursive: true });
  writeFileSync(join(copy, path), text);
};

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'tributary-channel-'));
  for (const room of ['channels', 'protocol', 'scripts'])
    cpSync(join(ROOT, room), join(copy, room), { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(copy, 'package.json'));
  writeFileSync(
    join(copy, 'vitest.config.ts'),
    "export default { test: { include: ['channels/**/*.test.ts'], pool: 'forks', maxWorkers: 1 } };\n",
  );
  // The libraries are those of this tree; our own rooms are the copy's.
  mkdirSync(join(copy, 'node_modules/@tributary'), { recursive: true });
  for (const name of readdirSync(join(ROOT, 'node_modules'))) {
    if (name !== '@tributary') symlinkSync(join(ROOT, 'node_modules', name), join(copy, 'node_modules', name));
  }
  for (const room of ['channels', 'protocol'])
    symlinkSync(join(copy, room), join(copy, 'node_modules/@tributary', room));
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

describe('npm run new:channel', () => {
  it('refuses names that are none, and channels that exist', () => {
    for (const name of ['', 'Matrix', 'two words', '../x', 'common']) expect(make(name).status, name).toBe(1);
    expect(make('telegram')).toMatchObject({ status: 1, stderr: expect.stringContaining('exists already') });
  });

  it('makes every file of a channel, and the suite says in words what is not written yet', () => {
    expect(make('matrix', 'Matrix')).toMatchObject({ status: 0, stderr: '' });
    const files = ['index', 'config', 'capabilities', 'verify', 'parse', 'render', 'send', 'payloads', 'matrix.test'];
    for (const name of files) expect(existsSync(join(copy, `channels/matrix/${name}.ts`)), name).toBe(true);
    expect(readFileSync(join(copy, 'protocol/capability.ts'), 'utf8')).toContain("  'matrix',\n] as const");

    const report = prove('matrix');
    const failures = report.testResults.flatMap(({ assertionResults }) =>
      assertionResults.flatMap(({ failureMessages }) => failureMessages),
    );
    expect(report.numFailedTests).toBeGreaterThan(20);
    const missing = [
      'Not written yet: index.ts, baseUrl',
      'Not written yet: index.ts, address',
      'Not written yet: verify.ts',
      'Not written yet: parse.ts',
      'Not written yet: render.ts',
      'Not written yet: send.ts',
      'title of apiToken',
      'source: where it comes from',
      "not to contain 'Not written yet'",
    ];
    for (const one of missing)
      expect(
        failures.some((says) => says.includes(one)),
        one,
      ).toBe(true);
    // Nothing fails for a reason that nobody could act on. Properties tell theirs as a cause, which this reporter leaves out.
    missing.push('Property failed');
    for (const says of failures)
      expect(
        missing.some((one) => says.includes(one)),
        says,
      ).toBe(true);
  }, 120_000);

  it('followed by docs/adding-a-channel.md ends with a channel that passes', () => {
    expect(make('pigeon', 'Pigeon').status).toBe(0);
    const untouched = new Set(readdirSync(join(copy, 'channels/pigeon')));
    const blocks = readFileSync(PAGE, 'utf8').matchAll(/^`(channels\/pigeon\/\S+)`\n\n```\w+\n([\s\S]*?)^```$/gm);
    for (const [, path = '', text = ''] of blocks) {
      write(path, text);
      untouched.delete(path.slice('channels/pigeon/'.length));
    }
    expect([...untouched], 'what the page does not tell of').toEqual(['fixtures']);
    const report = prove('pigeon');
    const failed = report.testResults.flatMap(({ message, assertionResults }) => [
      ...(assertionResults.length === 0 ? [message] : []),
      ...assertionResults
        .filter(({ status }) => status === 'failed')
        .map(({ fullName, failureMessages }) => [fullName, failureMessages]),
    ]);
    expect(failed).toEqual([]);
    expect(report.numPassedTests).toBeGreaterThan(40);
  }, 120_000);
});
