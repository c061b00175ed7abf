import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The program as `npm start` leaves it running: its own database, its own Lab, and the link it printed. */
export interface Program {
  /** Where it listens, without a trailing slash. */
  origin: string;
  /** The link that signs a browser in. */
  labLink: string;
  /** The link that makes the first account, once. */
  setupLink: string;
  /** Ends it as Ctrl+C does, and forgets its data. */
  stop(): Promise<void>;
}

const SERVER = fileURLToPath(new URL('../../build/server.js', import.meta.url));
const START_MS = 60_000;
const STOP_MS = 15_000;
/** What a developer's shell may say about their own installation is not ours. */
const SETTING = /^(TRIBUTARY_|DATABASE_URL$|PUBLIC_URL$|HOST$|PORT$)/;

/** Starts the built program on an empty data folder and a free port, and waits for the link to the Lab. */
export async function startProgram(): Promise<Program> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tributary-browser-'));
  // The database server leaves root's rights behind, and must still reach its folder.
  await chmod(dataDir, 0o755);
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !SETTING.test(name)));
  const child = spawn(process.execPath, [SERVER], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...inherited, TRIBUTARY_DATA: dataDir, TRIBUTARY_LAB: 'auto', TRIBUTARY_LOG: 'warn', PORT: '0' },
  });
  const forget = (): Promise<void> => rm(dataDir, { recursive: true, force: true });
  try {
    const { labLink, setupLink } = await linksOf(child);
    return {
      origin: new URL(labLink).origin,
      labLink,
      setupLink,
      async stop() {
        await end(child);
        await forget();
      },
    };
  } catch (error) {
    await end(child);
    await forget();
    throw error;
  }
}

/** The links of the last words of the start; what the program said instead, when it says none. */
function linksOf(child: ChildProcess): Promise<{ labLink: string; setupLink: string }> {
  let said = '';
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`It printed no link to the Lab in time.\n${said}`)), START_MS);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`It ended while starting (exit code ${code}).\n${said}`)));
    createInterface({ input: child.stderr! }).on('line', (line) => {
      said += `${line}\n`;
    });
    createInterface({ input: child.stdout! }).on('line', (line) => {
      said += `${line}\n`;
      const labLink = /Open the Lab\s+(\S+)/.exec(said)?.[1];
      const setupLink = /Dashboard\s+(\S+)/.exec(said)?.[1];
      if (!labLink || !setupLink) return;
      clearTimeout(timer);
      resolve({ labLink, setupLink });
    });
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await gone;
  clearTimeout(timer);
}
