import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface LabProcess {
  /** The Lab's origin. */
  origin: string;
  /** Where each provider it plays is to be found, by channel type. */
  baseUrls: Record<string, string>;
  stop(): Promise<void>;
}

/** The Lab's first line. */
interface Greeting {
  lab: string;
  baseUrls: Record<string, string>;
}

const START_MS = 15_000;

/** Starts the Lab as a process of its own; it ends by itself when this one does, however that happens. */
export async function startLab(program: string, port: number): Promise<LabProcess> {
  const child = spawn(process.execPath, [program], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH, NODE_ENV: process.env.NODE_ENV, LAB_PORT: String(port), LAB_HOST: '127.0.0.1' },
  });
  const { lab: origin, baseUrls } = await new Promise<Greeting>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('The Lab did not start in time.')), START_MS);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`The Lab ended while starting (exit code ${code}).`)));
    createInterface({ input: child.stdout! }).on('line', (line) => {
      if (!line.startsWith('{"lab":')) return;
      clearTimeout(timer);
      resolve(JSON.parse(line) as Greeting);
    });
  });
  return { origin, baseUrls, stop: () => end(child) };
}

function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}
