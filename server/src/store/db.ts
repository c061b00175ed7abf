import pg from 'pg';

/** A connection inside a transaction: the first parameter of everything in store/. */
export interface Tx {
  query<Row extends pg.QueryResultRow = pg.QueryResultRow>(
    text: string | pg.QueryConfig,
    values?: unknown[],
  ): Promise<pg.QueryResult<Row>>;
}

export interface Db extends Tx {
  /** Commits what `work` returns, rolls back what it throws. */
  tx<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  end(): Promise<void>;
  readonly pool: pg.Pool;
}

// bigint counts and sequences stay below 2^53 for longer than anybody lives; xid8 stays text.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

/**
 * Every statement of the roads looks rows up by their keys, a batch at a time. A plan made while the tables were empty, and kept with the prepared
 * statement, would scan them for ever; so for these connections the planner is told to look up and never to scan, hash or sort whole tables.
 */
const BY_KEYS = 'set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off; set jit = off';

/** Opens a pool. `connection` is what the engine handed out, or `{connectionString}`. `use` tells what it is for: the roads, or lists and pages. */
export function openDb(connection: pg.PoolConfig, use: 'roads' | 'pages' = 'pages'): Db {
  const pool = new pg.Pool({
    max: 12,
    application_name: 'tributary',
    // A server that is cut off rather than down never answers: whoever waits for a connection is told, and what is broken is found out.
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    ...connection,
    // Awaited before a new connection is handed out.
    onConnect: async (client) => {
      if (use === 'roads') await client.query(BY_KEYS);
    },
  });
  // An idle connection that breaks is replaced by the pool; the next query reports what is wrong.
  pool.on('error', () => {});
  // The pool listens to idle connections only. One that breaks between two statements of a transaction would end the process; the next statement says so.
  pool.on('connect', (client) => client.on('error', () => {}));
  return {
    pool,
    query: (text, values) => pool.query(text as string, values),
    async tx(work) {
      const client = await pool.connect();
      let broken: Error | undefined;
      try {
        await client.query('begin');
        const result = await work(client as unknown as Tx);
        await client.query('commit');
        return result;
      } catch (error) {
        await client.query('rollback').catch((lost) => {
          broken = lost as Error;
        });
        throw error;
      } finally {
        // A connection that could not even roll back is not given to the next caller.
        client.release(broken);
      }
    },
    end: () => pool.end(),
  };
}

/** A step of a transaction that may fail by itself: what it wrote is undone, and the transaction goes on. */
export async function tryStep<T>(tx: Tx, work: () => Promise<T>): Promise<T> {
  await tx.query('savepoint step');
  try {
    const result = await work();
    await tx.query('release savepoint step');
    return result;
  } catch (error) {
    await tx.query('rollback to savepoint step');
    throw error;
  }
}

/** PostgreSQL takes neither NUL nor lone surrogates in text and jsonb; both become U+FFFD. Raw bytes are kept elsewhere, untouched. */
export function cleanText(text: string): string {
  const formed = text.isWellFormed() ? text : text.toWellFormed();
  return formed.includes('\u0000') ? formed.replaceAll('\u0000', '\ufffd') : formed;
}

/** JSON for a jsonb column. */
export function cleanJson(value: unknown): string {
  const text = JSON.stringify(value);
  // JSON.stringify escapes both: NUL as \u0000, lone surrogates as \udXXX (well-formed JSON.stringify). A backslash before the escape means it is only text.
  if (!text.includes('\\u0000') && !/\\ud[89a-f]/i.test(text)) return text;
  return text.replace(/(\\\\)|\\u0000|\\ud[89ab][0-9a-f]{2}|\\ud[c-f][0-9a-f]{2}/gi, (found, escaped) =>
    escaped ? found : '\\ufffd',
  );
}
