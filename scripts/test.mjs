// npm test: lint, types, borders between rooms, unused code, then every test. Arguments are passed to Vitest: npm test -- protocol
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildAll, ROOT } from './build.mjs';

const args = process.argv.slice(2);
const REPORT = join(ROOT, 'artifacts/tests.json');

function step(name, program, programArgs) {
  const started = Date.now();
  process.stdout.write(`\n— ${name}\n`);
  const { status } = spawnSync(process.execPath, [join(ROOT, 'node_modules', program), ...programArgs], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  process.stdout.write(`  ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
  if (status !== 0) {
    process.stdout.write(`\n${name} failed.\n`);
    process.exit(1);
  }
}

if (args.length === 0) {
  step('Lint and format', '@biomejs/biome/bin/biome', ['check', '.']);
  step('Types', 'typescript/bin/tsc', ['--noEmit']);
  step('Borders between rooms', 'dependency-cruiser/bin/dependency-cruise.mjs', [
    '--config',
    '.dependency-cruiser.cjs',
    'protocol',
    'channels',
    'server',
    'widget',
    'dashboard',
    'simulator',
    'test',
    'scripts',
  ]);
  step('Unused code', 'knip/bin/knip.js', []);
}
await buildAll({ say: (line) => console.log(`\n— ${line}`) });

process.stdout.write('\n— Tests\n');
mkdirSync(join(ROOT, 'artifacts'), { recursive: true });
rmSync(REPORT, { force: true });
const { status } = spawnSync(
  process.execPath,
  [
    join(ROOT, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${REPORT}`,
    ...args,
  ],
  { cwd: ROOT, stdio: 'inherit' },
);
const report = JSON.parse(readFileSync(REPORT, 'utf8'));
// A file that could not be loaded has no failed test of its own.
const failed =
  report.numFailedTests +
  report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length;
process.stdout.write(`\nTests: ${report.numPassedTests} passed, ${failed} failed, ${report.numPendingTests} skipped\n`);
process.exit(status === 0 && failed === 0 && report.numPassedTests > 0 ? 0 : 1);
