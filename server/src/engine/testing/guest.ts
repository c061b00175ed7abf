import { createInterface } from 'node:readline';
import pg from 'pg';
import { startEmbedded } from '../embedded.ts';

// A process that uses the database of a data folder, for tests to kill: DATA_FOLDER [PACKAGE_FOLDER].
// It says one JSON line when it is in; `write` on its input makes it insert for ever, saying each number once it is committed; `busy` keeps
// a backend computing; `stop` makes it leave.
const [dataDir = '', packageFolder] = process.argv.slice(2);

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function write(connection: pg.PoolConfig): Promise<void> {
  const client = new pg.Client(connection);
  await client.connect();
  await client.query('create table if not exists acknowledged (n int primary key)');
  for (let n = 1; ; n++) {
    await client.query('insert into acknowledged values ($1)', [n]);
    say({ n });
  }
}

try {
  const engine = await startEmbedded({ dataDir, packageFolder, log: (log) => say({ log }) });
  say({ in: true, postmasterPid: engine.postmasterPid, adopted: engine.adopted, host: engine.connection.host });
  createInterface(process.stdin).on('line', async (word) => {
    if (word === 'write') await write(engine.connection);
    if (word === 'busy')
      await new pg.Pool(engine.connection).query('select sum(i) from generate_series(1, 20000000) i');
    if (word === 'stop') {
      await engine.stop();
      process.exit(0);
    }
  });
} catch (error) {
  say({ error: (error as Error).name, message: (error as Error).message });
  process.exit(1);
}
