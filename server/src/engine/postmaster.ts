import type { ChildProcess } from 'node:child_process';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from './account.ts';
import type { Binaries } from './binaries.ts';
import { readPidFile, removePidFile } from './cluster.ts';
import { codeOf, EngineError } from './error.ts';
import { readFault, rotate, size } from './logfile.ts';
import { isAlive, isPostgresOn } from './processes.ts';
import { startProgram } from './program.ts';
import { ask } from './question.ts';
import { postmasterArgs } from './settings.ts';
import { openSocketFolder } from './socket.ts';

/** All that is needed to start the database of one data folder again. */
export interface Site {
  cluster: string;
  logFile: string;
  account: Account | undefined;
  binaries: Binaries;
  settings: Readonly<Record<string, string>>;
  log: (line: string) => void;
}

/** A running, answering database. */
export interface Postmaster {
  pid: number;
  socketFolder: string;
  version: string;
  hasDatabase: boolean;
  /** It ran already: another process uses it, or one that was killed left it behind. */
  adopted: boolean;
}

/** How long leftovers of a killed database, such as a backend still at its last statement, may keep a new one from starting. */
const LEFTOVERS_MS = 30_000;
/** How long a living postmaster may stay without a socket before we call it strange. Recovery happens behind an open socket and may take its time. */
const NO_SOCKET_MS = 60_000;
const TELL_EVERY_MS = 5_000;

/** Adopts the database that runs on the cluster, or starts one; answers when it answers. Called under the lock. */
export async function raisePostmaster(site: Site, previousSocket?: string): Promise<Postmaster> {
  const giveUpAt = Date.now() + LEFTOVERS_MS;
  // A killed database left the name of its temporary socket folder behind.
  previousSocket ??= (await readPidFile(site.cluster))?.socketFolder;
  for (;;) {
    const running = await findRunning(site);
    if (running) return running;
    const started = await launch(site, previousSocket);
    if (typeof started !== 'string') return started;
    const leftover = /lock file .* already exists|pre-existing shared memory block|is already in use/.test(started);
    if (!leftover || Date.now() > giveUpAt)
      throw new EngineError(
        `The embedded PostgreSQL could not start on ${site.cluster}: ${started} (its log: ${site.logFile}).`,
      );
    await sleep(200);
  }
}

/** Waits out a database that is starting or stopping; removes the pid file of one that is gone. */
async function findRunning(site: Site): Promise<Postmaster | undefined> {
  const since = Date.now();
  for (let toldAt = since; ; await sleep(20)) {
    const file = await readPidFile(site.cluster);
    if (!file) return undefined;
    const { pid, socketFolder } = file;
    // The socket is asked first: a database in another container on the same volume answers, though its pid is unknown here.
    const answer = socketFolder === undefined ? ({ state: 'absent' } as const) : await ask(socketFolder);
    if (answer.state === 'open' && socketFolder !== undefined) return { ...answer, pid, socketFolder, adopted: true };
    if (answer.state === 'absent' && !(await isPostgresOn(pid, site.cluster))) {
      // Gone, perhaps in the moment between the two questions; PostgreSQL itself would take a stranger with this pid for a postmaster.
      await removePidFile(site.cluster);
      return undefined;
    }
    if (answer.state === 'absent' && Date.now() - since > NO_SOCKET_MS)
      throw new EngineError(
        `PostgreSQL runs on ${site.cluster} as process ${pid} but does not answer at its socket in ${socketFolder ?? 'an unknown folder'}: stop that process and start again.`,
      );
    if (Date.now() - toldAt > TELL_EVERY_MS) {
      toldAt = Date.now();
      site.log(`Waiting for the database that already runs on ${site.cluster} (process ${pid}).`);
    }
  }
}

/** Starts a postmaster and waits until it answers, however long its recovery takes. Answers PostgreSQL's own reason if it ends instead. */
async function launch(site: Site, previousSocket: string | undefined): Promise<Postmaster | string> {
  const { cluster, logFile, account } = site;
  const socketFolder = await openSocketFolder(cluster, previousSocket, account);
  await rotate(logFile);
  const from = await size(logFile);
  const log = await open(logFile, 'a', 0o600);
  let child: ChildProcess;
  try {
    // In a session of its own: Ctrl-C in a terminal is for us, and we stop it when we have written everything.
    child = await startProgram(
      join(site.binaries.folder, 'bin', 'postgres'),
      postmasterArgs(cluster, socketFolder, site.settings),
      account,
      {
        stdio: ['ignore', log.fd, log.fd],
        detached: true,
      },
    );
  } finally {
    await log.close();
  }
  child.unref();
  for (let toldAt = Date.now(); ; await sleep(10)) {
    if (child.exitCode !== null || child.signalCode !== null) return readFault(logFile, from);
    const answer = await ask(socketFolder);
    // The answer may come from a rival that kept ours from starting; then ours is about to exit.
    if (answer.state === 'open' && (await readPidFile(cluster))?.pid === child.pid)
      return { ...answer, pid: child.pid as number, socketFolder, adopted: false };
    if (Date.now() - toldAt > TELL_EVERY_MS) {
      toldAt = Date.now();
      site.log(`The database is still starting; after a crash it first replays its journal (${logFile}).`);
    }
  }
}

/** Stops the database: its clients are cut off, everything is written. Called under the lock, by the last one out. */
export async function stopPostmaster(site: Site): Promise<void> {
  // Read anew: another process may have started it again. A pid that is no postgres of ours is long gone, or in another container.
  const pid = (await readPidFile(site.cluster))?.pid;
  if (pid === undefined || !(await isPostgresOn(pid, site.cluster))) return;
  for (const [signal, seconds] of [
    ['SIGINT', 60],
    ['SIGQUIT', 10],
  ] as const) {
    if (signal !== 'SIGINT')
      site.log(`The database did not stop in time; sending ${signal}, after which it recovers at the next start.`);
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (codeOf(error) === 'ESRCH') return;
      throw error;
    }
    const until = Date.now() + seconds * 1000;
    while (Date.now() < until) {
      if (!(await isAlive(pid))) return;
      await sleep(10);
    }
  }
}
