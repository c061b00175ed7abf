import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import { chooseAccount } from './account.ts';
import { startEmbedded } from './embedded.ts';
import { EngineError } from './error.ts';
import { isAlive } from './processes.ts';
import { Ground, gone, isRoot, query } from './testing/folders.ts';

const ground = new Ground();
afterAll(() => ground.sweep());

describe('a data folder of its own', () => {
  it('gets a durable UTF-8 database without a TCP port, and opens again with all that was in it', async () => {
    const folder = join(await ground.folder(), 'not', 'yet', 'there');
    const first = await ground.start(folder);
    expect(first).toMatchObject({ version: expect.stringMatching(/^18\./), adopted: false });
    await query(first.connection, 'create table kept as select 1 as one');
    const [settings] = await query(
      first.connection,
      `select current_setting('fsync') as fsync, current_setting('full_page_writes') as pages, current_setting('synchronous_commit') as commit,
        current_setting('listen_addresses') as addresses, current_setting('timezone') as zone, current_setting('max_connections') as connections,
        pg_encoding_to_char(encoding) as encoding, datlocprovider as provider, datlocale as locale
        from pg_database where datname = current_database()`,
    );
    expect(settings).toEqual({
      ...{ fsync: 'on', pages: 'on', commit: 'on', addresses: '', zone: 'UTC', connections: '60' },
      ...{ encoding: 'UTF8', provider: 'b', locale: 'C.UTF-8' },
    });
    await first.stop();
    expect(await isAlive(first.postmasterPid)).toBe(false);

    const second = await ground.start(folder);
    expect(second).toMatchObject({ adopted: false, connection: first.connection });
    expect(await query(second.connection, 'select one from kept')).toEqual([{ one: 1 }]);
    await second.stop();
  });

  it.runIf(isRoot)('runs as an unprivileged user when we are root, and nobody else can enter it', async () => {
    const folder = await ground.usedFolder();
    const engine = await ground.start(folder);
    const account = await chooseAccount('/none');
    expect((await stat(`/proc/${engine.postmasterPid}`)).uid).toBe(account?.uid);
    expect((await stat(join(folder, 'postgres'))).mode & 0o777).toBe(0o700);
    await engine.stop();
  });

  it('is made once when three processes come at the same moment', async () => {
    const folder = await ground.folder();
    const guests = await Promise.all([ground.guest(folder), ground.guest(folder), ground.guest(folder)]);
    const ins = await Promise.all(guests.map((guest) => guest.hears((line) => line.in === true)));
    expect(new Set(ins.map((line) => line.postmasterPid)).size).toBe(1);
    expect(ins.filter((line) => line.adopted === false)).toHaveLength(1);
    for (const guest of guests) guest.tell('stop');
    await gone(ins[0]?.postmasterPid as number);
  });

  it('is shared by two processes; the last one out stops the database, and a killed one does not count', async () => {
    const folder = await ground.usedFolder();
    const [killed, first] = [await ground.guest(folder), await ground.guest(folder)];
    await Promise.all([killed, first].map((guest) => guest.hears((line) => line.in === true)));
    const last = await ground.start(folder);
    expect(last.adopted).toBe(true);
    first.tell('stop');
    while (first.process.exitCode === null) await sleep(5);
    expect(await query(last.connection, 'select 1 as one')).toEqual([{ one: 1 }]);
    await killed.kill();
    await last.stop();
    expect(await isAlive(last.postmasterPid)).toBe(false);
  });
});

describe('kill -9', () => {
  it('of us leaves the database running: the next start adopts it, with every acknowledged row', async () => {
    const folder = await ground.usedFolder();
    const guest = await ground.guest(folder);
    const { postmasterPid } = await guest.hears((line) => line.in === true);
    guest.tell('write');
    await guest.hears((line) => (line.n ?? 0) > 50);
    await guest.kill();
    const heir = await ground.start(folder);
    expect(heir).toMatchObject({ adopted: true, postmasterPid });
    const acknowledged = Math.max(...guest.said.map((line) => line.n ?? 0));
    const [row] = await query(heir.connection, 'select count(*) as rows from acknowledged');
    expect(Number(row?.rows)).toBeGreaterThanOrEqual(acknowledged);
    await heir.stop();
    expect(await isAlive(heir.postmasterPid)).toBe(false);
  });

  it('of both, with a backend still computing, is waited out: every acknowledged row is there', async () => {
    const folder = await ground.usedFolder();
    const guest = await ground.guest(folder);
    const { postmasterPid } = await guest.hears((line) => line.in === true);
    guest.tell('busy');
    guest.tell('write');
    await guest.hears((line) => (line.n ?? 0) > 50);
    await guest.kill();
    process.kill(postmasterPid as number, 'SIGKILL');
    const heir = await ground.start(folder);
    expect(heir.adopted).toBe(false);
    const acknowledged = Math.max(...guest.said.map((line) => line.n ?? 0));
    const [row] = await query(heir.connection, 'select count(*) as rows from acknowledged');
    expect(Number(row?.rows)).toBeGreaterThanOrEqual(acknowledged);
    await heir.stop();
  });

  it('of the database alone: it is started again, and the same pool goes on', async () => {
    const lines: string[] = [];
    const engine = await ground.start(await ground.usedFolder(), { log: (line) => lines.push(line) });
    const pool = new pg.Pool(engine.connection);
    pool.on('error', () => {});
    await pool.query('select 1');
    const before = engine.postmasterPid;
    process.kill(before, 'SIGKILL');
    while (engine.postmasterPid === before) await sleep(20);
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    expect(lines[0]).toBe('The database died; starting it again.');
    await pool.end();
    await engine.stop();
  });

  it('in the first second, during initdb, leaves nothing half made', async () => {
    const folder = await ground.folder();
    const guest = await ground.guest(folder);
    while (!(await readdir(folder)).some((name) => name.startsWith('postgres-setup-'))) await sleep(5);
    await sleep(100);
    await guest.kill();
    expect(await readdir(folder)).not.toContain('postgres');
    const engine = await ground.start(folder);
    expect(await query(engine.connection, 'select 1 as one')).toEqual([{ one: 1 }]);
    await engine.stop();
    // The killed starter's initdb may still have been writing; a later start sweeps what it left.
    do await (await ground.start(folder)).stop();
    while ((await readdir(folder)).length > 2);
    expect((await readdir(folder)).sort()).toEqual(['engine', 'postgres']);
  });
});

describe('a stale postmaster.pid', () => {
  async function startWithPid(pid: number): Promise<void> {
    const folder = await ground.usedFolder();
    const cluster = join(folder, 'postgres');
    await writeFile(
      join(cluster, 'postmaster.pid'),
      `${pid}\n${cluster}\n1700000000\n5432\n${cluster}\n\n123 456\nready   \n`,
    );
    const engine = await ground.start(folder);
    expect(engine.adopted).toBe(false);
    expect(engine.postmasterPid).not.toBe(pid);
    await engine.stop();
  }

  it('whose pid now belongs to somebody else is removed', async () => {
    // PostgreSQL itself only sees through strangers of other users.
    const account = await chooseAccount('/none');
    const stranger = ground.spawn('sleep', ['60'], account && { uid: account.uid, gid: account.gid });
    await startWithPid(stranger.pid as number);
    expect(stranger.exitCode).toBeNull();
  });

  it.runIf(process.platform === 'linux')('whose pid is a zombie that nobody reaps is removed', async () => {
    const account = await chooseAccount('/none');
    const parent = ground.spawn(
      'sh',
      ['-c', 'sleep 0.1 & echo $!; exec sleep 60'],
      account && { uid: account.uid, gid: account.gid },
    );
    const pid = Number(await new Promise((resolve) => parent.stdout?.once('data', resolve)));
    while (!/\) Z /.test(await readFile(`/proc/${pid}/stat`, 'utf8'))) await sleep(5);
    expect(await isAlive(pid)).toBe(false);
    await startWithPid(pid);
  });

  it('whose pid is the postgres of another folder is removed, and that one goes on', async () => {
    const other = await ground.start(await ground.usedFolder());
    await startWithPid(other.postmasterPid);
    expect(await query(other.connection, 'select 1 as one')).toEqual([{ one: 1 }]);
    await other.stop();
  });
});

describe('a data folder too deep for a socket', () => {
  it('has its socket in a short temporary folder, which another process and a start after a crash find', async () => {
    const folder = join(await ground.folder(), 'deep, and "odd" '.repeat(8));
    await mkdir(folder);
    const engine = await ground.start(folder);
    const host = String(engine.connection.host);
    expect(host.length).toBeLessThan(90);
    const guest = await ground.guest(folder);
    expect(await guest.hears((line) => line.in === true)).toMatchObject({ host, adopted: true });
    const before = engine.postmasterPid;
    process.kill(before, 'SIGKILL');
    while (engine.postmasterPid === before) await sleep(20);
    expect(await query(engine.connection, 'select 1 as one')).toEqual([{ one: 1 }]);
    await engine.stop();
    await guest.kill();
    process.kill(engine.postmasterPid, 'SIGKILL');
    const heir = await ground.start(folder);
    expect(heir).toMatchObject({ adopted: false, connection: { host } });
    await heir.stop();
    await expect(stat(host)).rejects.toThrow('ENOENT');
  });
});

describe('a database that cannot be had is one clear sentence', () => {
  async function fault(dataDir: string): Promise<string> {
    const error = await startEmbedded({ dataDir, log: () => {} }).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(EngineError);
    const { message } = error as EngineError;
    expect(message).not.toContain('\n');
    return message;
  }

  it('when another major version made the folder', async () => {
    const folder = await ground.usedFolder();
    await writeFile(join(folder, 'postgres', 'PG_VERSION'), '15\n');
    expect(await fault(folder)).toMatch(/made by PostgreSQL 15, and this Tributary brings PostgreSQL 18/);
  });

  it('when the folder is something else', async () => {
    const folder = await ground.folder();
    await mkdir(join(folder, 'postgres'));
    await writeFile(join(folder, 'postgres', 'holiday.jpg'), '');
    expect(await fault(folder)).toContain('is not a PostgreSQL data folder');
  });

  it('when the database is damaged, in the words of PostgreSQL, and the next start may try again', async () => {
    const folder = await ground.usedFolder();
    await rm(join(folder, 'postgres', 'global', 'pg_control'));
    expect(await fault(folder)).toMatch(/could not start on .*pg_control.*its log: .*postgres\.log/);
    expect(await readdir(join(folder, 'engine', 'guests'))).toEqual([]);
  });

  it('when the data folder cannot be made', async () => {
    const file = join(await ground.folder(), 'file');
    await writeFile(file, '');
    expect(await fault(join(file, 'data'))).toContain('cannot be written to (ENOTDIR)');
  });

  it.runIf(isRoot)('when we are root and a closed folder lies above', async () => {
    const parent = join(await ground.folder(), 'closed');
    await mkdir(parent);
    await chmod(parent, 0o700);
    expect(await fault(join(parent, 'data'))).toContain(
      `nobody, who cannot reach ${join(parent, 'data')}, because ${parent} is closed`,
    );
  });
});
