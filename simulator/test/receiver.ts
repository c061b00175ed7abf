import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Simulator } from '../src/simulator.ts';

/** One request that reached the platform's place. */
export interface Received {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  raw: Buffer;
  // biome-ignore lint/suspicious/noExplicitAny: tests look deep into bodies whose shape is what they are about.
  json: any;
  at: number;
}

/** A platform of a few lines: keeps what comes and answers as told. */
export interface Receiver {
  url: string;
  got: Received[];
  /** How to answer; 200 and nothing unless set. */
  answer: (request: Received) => { status: number; body?: string; contentType?: string; afterMs?: number };
  /** The n-th request that fits, waited for. */
  wait(fits?: (request: Received) => boolean, count?: number): Promise<Received>;
  stop(): Promise<void>;
}

/** Starts a receiver on a free port. */
export async function startReceiver(): Promise<Receiver> {
  const receiver: Receiver = {
    url: '',
    got: [],
    answer: () => ({ status: 200 }),
    wait: async (fits = () => true, count = 1) => {
      for (let tries = 0; tries < 800; tries++) {
        const found = receiver.got.filter(fits)[count - 1];
        if (found) return found;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      throw new Error(`waited in vain; got ${JSON.stringify(receiver.got.map(({ url, json }) => ({ url, json })))}`);
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const raw = Buffer.concat(chunks);
      const received: Received = {
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        raw,
        json: readJson(raw),
        at: Date.now(),
      };
      receiver.got.push(received);
      const { status, body = '', contentType = 'text/plain', afterMs = 0 } = receiver.answer(received);
      setTimeout(() => {
        response.writeHead(status, { 'content-type': contentType });
        response.end(body);
      }, afterMs);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  return receiver;
}

/** Forms are not JSON: whoever gets one reads `raw`. */
function readJson(raw: Buffer): unknown {
  try {
    return JSON.parse(raw.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** Lets what the last test set going come to rest, so that it does not reach into the next. */
export async function quiet(lab: Simulator, receiver: Receiver): Promise<void> {
  receiver.answer = () => ({ status: 200 });
  for (let tries = 0; tries < 100 && lab.stats().webhooks.pending > 0; tries++) await sleep(4);
}

/** A pause. */
export const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
