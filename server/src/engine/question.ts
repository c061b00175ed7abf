import pg from 'pg';
import { NAME } from './cluster.ts';
import { codeOf, EngineError } from './error.ts';
import { PORT } from './socket.ts';

/** How a database at a socket is doing: open, starting or stopping or full, or nobody there. */
export type Answer = { state: 'open'; version: string; hasDatabase: boolean } | { state: 'busy' } | { state: 'absent' };

/** How to connect through a socket's folder. Everything is said, so that no PG* variable is asked. */
export function connectionTo(socketFolder: string, database: string = NAME): pg.PoolConfig {
  return { host: socketFolder, port: PORT, user: NAME, database, ssl: false };
}

/** Connects once and asks for the version. */
export async function ask(socketFolder: string, database: string = NAME): Promise<Answer> {
  const client = new pg.Client({ ...connectionTo(socketFolder, database), connectionTimeoutMillis: 5_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ server_version: string }>('show server_version');
    return { state: 'open', version: rows[0]?.server_version ?? '', hasDatabase: database === NAME };
  } catch (error) {
    const code = codeOf(error);
    // It is there and has no such database yet.
    if (code === '3D000' && database === NAME)
      return { ...(await ask(socketFolder, 'postgres')), hasDatabase: false } as Answer;
    // Starting, stopping, recovering; full.
    if (code === '57P03' || code === '57P01' || code === '53300') return { state: 'busy' };
    if (code === 'EACCES' || code === 'EPERM')
      throw new EngineError(
        `The database's socket in ${socketFolder} belongs to another user: start Tributary as that user or as root.`,
        { cause: error },
      );
    // Any other five-letter code is PostgreSQL's own refusal; without one the line broke.
    if (/^[0-9A-Z]{5}$/.test(code) && 'severity' in (error as object))
      throw new EngineError(`The embedded PostgreSQL refuses us: ${(error as Error).message}.`, { cause: error });
    return { state: /timeout/.test((error as Error).message) ? 'busy' : 'absent' };
  } finally {
    await client.end().catch(() => {});
  }
}

/** Makes our database in a new cluster. Called under the lock. */
export async function createDatabase(socketFolder: string): Promise<void> {
  const client = new pg.Client(connectionTo(socketFolder, 'postgres'));
  await client.connect();
  try {
    await client.query(`create database ${NAME} template template0 encoding 'UTF8'`);
  } finally {
    await client.end();
  }
}
