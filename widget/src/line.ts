import type { SocketFrame } from '@tributary/protocol';
import { createBackoff } from './backoff.ts';

export interface LineOptions {
  url(cursor: string | undefined): string;
  WebSocket: typeof WebSocket;
  onFrame(frame: SocketFrame): void;
  onState(open: boolean): void;
  /** Before another attempt, when the socket was refused or we were away for long. False: not now. */
  refresh(): Promise<boolean>;
}

/** A socket that heard nothing for so long is asked whether it lives, and given up after the second time. */
const PING_MS = 25_000;
const PONG_MS = 10_000;
/** After so long the log may no longer hold what was missed; the history does. */
const LONG_AWAY_MS = 6 * 3_600_000;

/** A socket that is opened again whenever it breaks, from where it had read to. */
export function createLine(options: LineOptions) {
  const backoff = createBackoff(400, 30_000);
  let socket: WebSocket | undefined;
  let cursor: string | undefined;
  let started = false;
  let stopped = false;
  let heardAt = Date.now();
  let pulse: ReturnType<typeof setTimeout> | undefined;

  const beat = (live: WebSocket): void => {
    clearTimeout(pulse);
    pulse = setTimeout(() => {
      live.send('{"type":"ping"}');
      pulse = setTimeout(() => lose(live), PONG_MS);
    }, PING_MS);
  };

  /** Lets go of a socket without waiting for the far end, which may be gone. */
  const lose = (dead: WebSocket): void => {
    dead.onopen = null;
    dead.onmessage = null;
    dead.onclose = null;
    dead.close();
    if (socket === dead) ended?.(true);
  };
  let ended: ((opened: boolean) => void) | undefined;

  /** One socket's life. Answers whether it ever opened. */
  const live = (): Promise<boolean> =>
    new Promise((resolve) => {
      let opened = false;
      const ours = new options.WebSocket(options.url(cursor));
      socket = ours;
      ended = (was) => {
        clearTimeout(pulse);
        socket = undefined;
        ended = undefined;
        options.onState(false);
        resolve(was);
      };
      ours.onopen = () => {
        opened = true;
        heardAt = Date.now();
        beat(ours);
      };
      ours.onmessage = (message) => {
        heardAt = Date.now();
        beat(ours);
        const frame = readFrame(message.data);
        if (!frame) return;
        if ('cursor' in frame) cursor = frame.cursor;
        if (frame.type === 'ready') {
          backoff.reset();
          options.onState(true);
        }
        options.onFrame(frame);
      };
      // What broke is told by the close that follows.
      ours.onerror = () => {};
      ours.onclose = () => ended?.(opened);
    });

  const run = async (): Promise<void> => {
    while (!stopped) {
      const opened = await live();
      if (stopped) return;
      await backoff.wait();
      // A browser does not tell why a socket was refused; a session does.
      while (!stopped && (!opened || Date.now() - heardAt > LONG_AWAY_MS) && !(await options.refresh())) {
        await backoff.wait();
      }
    }
  };

  return {
    /** Opens the line from a place on; later calls change nothing but a place that is not known yet. */
    start(from: string): void {
      cursor ??= from;
      if (started) return;
      started = true;
      void run();
    },
    /** Somebody new reads: forget the place. */
    restart(from: string): void {
      cursor = from;
      if (socket) lose(socket);
    },
    hurry: () => backoff.hurry(),
    stop(): void {
      stopped = true;
      if (socket) lose(socket);
      backoff.hurry();
    },
  };
}

function readFrame(data: unknown): SocketFrame | undefined {
  try {
    const frame = JSON.parse(String(data)) as SocketFrame | null;
    return typeof frame?.type === 'string' ? frame : undefined;
  } catch {
    return undefined;
  }
}
