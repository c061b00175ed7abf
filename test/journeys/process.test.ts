import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { startPlatform } from '../stage/processes.ts';

/** The built program, as a process: how it starts, refuses to start, and comes back. */

const SERVER = fileURLToPath(new URL('../../build/server.js', import.meta.url));

function run(env: Record<string, string>): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, [SERVER], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, TRIBUTARY_LAB: 'off', PORT: '0', ...env },
  });
  let said = '';
  child.stdout.on('data', (chunk) => {
    said += chunk;
  });
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  return new Promise((resolve) => child.once('exit', (code) => resolve({ code, said })));
}

beforeAll(async () => {
  // @ts-expect-error The build is a script of its own, without types.
  await (await import('../../scripts/build.mjs')).buildAll({ pages: false });
}, 120_000);

describe('a start that cannot be', () => {
  const sentence = async (env: Record<string, string>): Promise<string> => {
    const { code, said } = await run(env);
    expect(code).toBe(1);
    expect(said.trim().split('\n')).toHaveLength(1);
    return said;
  };

  it('says in one sentence that the data folder cannot be written to', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tributary-process-'));
    await writeFile(join(folder, 'file'), '');
    expect(await sentence({ TRIBUTARY_DATA: join(folder, 'file', 'data'), TRIBUTARY_KEY: '11'.repeat(32) })).toContain(
      folder,
    );
    await rm(folder, { recursive: true });
  });

  it('says in one sentence that the server of DATABASE_URL is not there', async () => {
    expect(
      await sentence({ DATABASE_URL: 'postgres://nobody:secret@127.0.0.1:1/none', TRIBUTARY_KEY: '11'.repeat(32) }),
    ).not.toContain('secret');
  });

  it('says in one sentence which setting is wrong', async () => {
    expect(await sentence({ PORT: 'many' })).toContain('PORT');
    expect(await sentence({ DATABASE_URL: 'postgres://127.0.0.1:1/none' })).toContain('TRIBUTARY_KEY');
  });
});

describe('a process that was killed', () => {
  it('comes back on the same data with what it had accepted', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'tributary-process-'));
    await chmod(dataDir, 0o755);
    const platform = await startPlatform({ dataDir });
    try {
      const made = await platform.api<{ id: string }>('/channels', 'POST', {
        type: 'webchat',
        name: 'Site',
        config: {},
      });
      await platform.kill();
      await platform.restart();
      expect(await platform.api(`/channels/${made.id}`)).toMatchObject({ id: made.id, name: 'Site', type: 'webchat' });
    } finally {
      await platform.stop();
      await rm(dataDir, { recursive: true, force: true });
    }
  }, 60_000);
});
