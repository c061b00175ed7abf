import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPidFile } from '../../server/src/engine/cluster.ts';
import { startEmbedded } from '../../server/src/engine/embedded.ts';
import { signOut } from '../../server/src/engine/guests.ts';
import { isPostgresOn } from '../../server/src/engine/processes.ts';

const PREFIX = 'tributary-test-';

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
  await sweepKilledRuns();
  const folder = await mkdtemp(join(tmpdir(), PREFIX));
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

/** A run killed with -9 leaves its folder and a database that idles in it. */
async function sweepKilledRuns(): Promise<void> {
  for (const name of (await readdir(tmpdir())).filter((name) => name.startsWith(PREFIX))) {
    const folder = join(tmpdir(), name);
    // The guests' list is there only once somebody signed in; a run that is just beginning is left alone.
    const inUse = await signOut(join(folder, 'engine', 'guests'), 'nobody').catch(() => true);
    if (inUse) continue;
    const cluster = join(folder, 'postgres');
    const pid = (await readPidFile(cluster).catch(() => undefined))?.pid;
    if (pid !== undefined && (await isPostgresOn(pid, cluster))) process.kill(pid, 'SIGQUIT');
    await rm(folder, { recursive: true, force: true, maxRetries: 20 }).catch(() => {});
  }
}

/** The same server's URL for another database. */
export function databaseUrl(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}
