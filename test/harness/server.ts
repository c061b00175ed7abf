import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbedded } from '../../server/src/engine/embedded.ts';

/** The PostgreSQL server of one test run: its URL, and how to be done with it. */
export interface TestServer {
  url: string;
  stop(): Promise<void>;
}

/**
 * The server that the tests' databases live on: the one TRIBUTARY_TEST_DATABASE_URL names, or an embedded one in a
 * temporary folder. The temporary one does without fsync: a test run has nothing to keep.
 */
export async function openTestServer(): Promise<TestServer> {
  const given = process.env.TRIBUTARY_TEST_DATABASE_URL;
  if (given) return { url: given, stop: async () => {} };
  const folder = await mkdtemp(join(tmpdir(), 'tributary-test-'));
  // As root, PostgreSQL runs as an unprivileged user, who must be able to walk through.
  await chmod(folder, 0o755);
  try {
    const engine = await startEmbedded({
      dataDir: folder,
      log: () => {},
      settings: { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off', max_connections: '100' },
    });
    const { host, user, database } = engine.connection;
    return {
      url: `postgres://${user}@${encodeURIComponent(String(host))}/${database}`,
      async stop() {
        await engine.stop();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** The same server's URL for another database. */
export function databaseUrl(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}
