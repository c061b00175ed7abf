import { chmod, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type pg from 'pg';
import { chooseAccount, closedFolder } from './account.ts';
import { findPackage, prepareBinaries } from './binaries.ts';
import { prepareCluster } from './cluster.ts';
import { codeOf, EngineError } from './error.ts';
import { signIn, signOut } from './guests.ts';
import { withLock } from './lock.ts';
import { rotate } from './logfile.ts';
import { type Postmaster, raisePostmaster, type Site, stopPostmaster } from './postmaster.ts';
import { isAlive } from './processes.ts';
import { ask, connectionTo, createDatabase } from './question.ts';
import { closeSocketFolder } from './socket.ts';

/** The database of a data folder, running and watched over. */
export interface Embedded {
  readonly connection: pg.PoolConfig;
  /** As in `18.4`. */
  readonly version: string;
  /** It ran already: another process uses it, or one that was killed left it behind. */
  readonly adopted: boolean;
  /** Changes when the database died and was started again. */
  readonly postmasterPid: number;
  /** Leaves the database; the last process to leave stops it. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  dataDir: string;
  /** Gets a sentence now and then: waiting, adopted, started again. */
  log: (line: string) => void;
  /** Further settings of PostgreSQL, for tests. */
  settings?: Readonly<Record<string, string>>;
  /** Where the package with PostgreSQL's programs is, for tests. */
  packageFolder?: string;
}

/**
 * Starts or joins the PostgreSQL of a data folder and makes the database `tributary` in it. Throws EngineError with one
 * sentence when that cannot be. The folder holds `postgres/`, the cluster, and `engine/`: lock, guests, log, copied programs.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const dataDir = resolve(options.dataDir);
  const engine = join(dataDir, 'engine');
  const cluster = join(dataDir, 'postgres');
  const packageFolder = options.packageFolder ?? findPackage();
  const account = await chooseAccount(cluster);
  try {
    await makeFolder(engine, account !== undefined);
  } catch (error) {
    throw new EngineError(
      `The data folder ${dataDir} cannot be written to (${codeOf(error)}): choose another, or mend its owner and mode.`,
      { cause: error },
    );
  }
  const closed = await closedFolder(dataDir, account);
  if (closed !== undefined)
    throw new EngineError(
      `PostgreSQL does not run as root but as ${account?.name}, who cannot reach ${dataDir}, because ${closed} is closed to others: choose a data folder such as /var/lib/tributary, run chmod o+x ${closed}, or start Tributary as an ordinary user.`,
    );

  const lock = <T>(work: () => Promise<T>) =>
    withLock(
      engine,
      (holder) =>
        options.log(`Waiting for process ${Number.parseInt(holder, 10)}, which is starting or stopping the database.`),
      work,
    );
  return lock(async () => {
    const guests = join(engine, 'guests');
    const guest = await signIn(guests);
    try {
      const binaries = await prepareBinaries(packageFolder, engine, account);
      await prepareCluster(cluster, binaries, account);
      const site: Site = {
        cluster,
        account,
        binaries,
        logFile: join(engine, 'postgres.log'),
        settings: options.settings ?? {},
        log: options.log,
      };
      const postmaster = await raisePostmaster(site);
      if (!postmaster.hasDatabase) await createDatabase(postmaster.socketFolder);
      return new Supervisor(site, postmaster, lock, () => signOut(guests, guest));
    } catch (error) {
      await signOut(guests, guest);
      throw error;
    }
  });
}

/** As root, what we make must let the account pass, whatever the umask; folders that were there stay as they are. */
async function makeFolder(folder: string, forOthers: boolean): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined || !forOthers) return;
  for (let made = folder; made.length >= first.length; made = resolve(made, '..')) await chmod(made, 0o755);
}

const WATCH_EVERY_MS = 1_000;
const ROTATE_EVERY = 3_600;

/** Watches the postmaster, starts it again when it dies, and leaves in order. */
class Supervisor implements Embedded {
  readonly connection: pg.PoolConfig;
  readonly version: string;
  readonly adopted: boolean;
  #postmaster: Postmaster;
  #watch: NodeJS.Timeout;
  #looking: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;
  #looks = 0;
  #waitLooks = 0;

  constructor(
    private readonly site: Site,
    postmaster: Postmaster,
    private readonly lock: <T>(work: () => Promise<T>) => Promise<T>,
    private readonly leave: () => Promise<boolean>,
  ) {
    this.#postmaster = postmaster;
    this.connection = connectionTo(postmaster.socketFolder);
    this.version = postmaster.version;
    this.adopted = postmaster.adopted;
    this.#watch = setInterval(() => {
      this.#looking ??= this.#look().finally(() => {
        this.#looking = undefined;
      });
    }, WATCH_EVERY_MS);
    this.#watch.unref();
  }

  get postmasterPid(): number {
    return this.#postmaster.pid;
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    clearInterval(this.#watch);
    await this.#looking;
    await this.lock(async () => {
      const othersLeft = await this.leave();
      if (othersLeft) return;
      await stopPostmaster(this.site);
      await closeSocketFolder(this.#postmaster.socketFolder, this.site.cluster);
    });
  }

  async #look(): Promise<void> {
    if (++this.#looks % ROTATE_EVERY === 0) await rotate(this.site.logFile);
    if (this.#looks < this.#waitLooks || (await isAlive(this.#postmaster.pid))) return;
    try {
      // Its pid is not ours to see when it runs in another container.
      if ((await ask(this.#postmaster.socketFolder)).state !== 'absent') return;
      this.site.log('The database died; starting it again.');
      this.#postmaster = await this.lock(() => raisePostmaster(this.site, this.#postmaster.socketFolder));
      this.site.log(`The database runs again (process ${this.#postmaster.pid}).`);
    } catch (error) {
      // Queries fail meanwhile and say so; a full disk may be emptied, so it is tried again.
      this.#waitLooks = this.#looks + 10;
      this.site.log(`The database could not be started again: ${(error as Error).message}`);
    }
  }
}
