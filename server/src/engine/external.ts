import pg from 'pg';
import { EngineError } from './error.ts';

/** Our SQL stays within what this version can do. */
const OLDEST = 14;

/** Makes sure that the server of DATABASE_URL answers and is new enough; else throws EngineError with one sentence, without the password. */
export async function checkServerVersion(connection: pg.PoolConfig): Promise<string> {
  const client = new pg.Client({ connectionTimeoutMillis: 10_000, ...connection });
  client.on('error', () => {});
  const place = `${client.host}:${client.port}`;
  let number: number;
  let version: string;
  let encoding: string;
  try {
    await client.connect();
    const { rows } = await client.query<{ number: string; version: string; encoding: string }>(
      `select current_setting('server_version_num') as number, current_setting('server_version') as version,
        current_setting('server_encoding') as encoding`,
    );
    number = Number(rows[0]?.number);
    version = rows[0]?.version ?? '';
    encoding = rows[0]?.encoding ?? '';
  } catch (error) {
    throw new EngineError(`The database at ${place} cannot be used (${reason(error)}): check DATABASE_URL.`, {
      cause: error,
    });
  } finally {
    await client.end().catch(() => {});
  }
  const fault = versionFault(number, version, place);
  if (fault) throw new EngineError(fault);
  if (encoding !== 'UTF8')
    throw new EngineError(
      `The database ${client.database} at ${place} is encoded in ${encoding}, which cannot hold every message: make one with create database … encoding 'UTF8' template template0.`,
    );
  return version;
}

/** The sentence about a server that is too old, if it is. */
export function versionFault(number: number, version: string, place: string): string | undefined {
  if (number >= OLDEST * 10_000) return undefined;
  return `The database at ${place} is PostgreSQL ${version}, and Tributary needs ${OLDEST} or newer: upgrade it, or unset DATABASE_URL to use the embedded one.`;
}

/** Two addresses that both refuse come as an AggregateError without a message. */
function reason(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reason(error.errors[0]);
  return error instanceof Error
    ? error.message || String((error as NodeJS.ErrnoException).code ?? error.name)
    : String(error);
}
