import type pg from 'pg';

export interface Embedded {
  readonly connection: pg.PoolConfig;
  readonly version: string;
  readonly adopted: boolean;
  readonly postmasterPid: number;
  stop(): Promise<void>;
}

export async function startEmbedded(_options: {
  dataDir: string;
  log: (line: string) => void;
  settings?: Readonly<Record<string, string>>;
}): Promise<Embedded> {
  throw new Error('The embedded database is not here yet: set TRIBUTARY_TEST_DATABASE_URL.');
}
