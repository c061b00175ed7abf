import type { WebSocket } from 'ws';
import type { Tx } from '../store/db.ts';
import { findIdentity, type Place, readHorizon, readMissed } from '../store/sockets.ts';
import { writeCursor } from './cursor.ts';
import { FRAME, type Hub, type LogEvent } from './hub.ts';
import { whileTrue } from './pace.ts';

/** A socket whose reader is so far behind is closed; it resumes from its cursor when it has caught its breath. */
export const MAX_BUFFERED_BYTES = 1024 * 1024;
/** The largest frame a page may send us. */
export const MAX_INBOUND_BYTES = 64 * 1024;
const PING_MS = 30_000;
/** How long a closing socket may take before it is cut. */
const LINGER_MS = 5_000;
/** WebSocket close code: try again later. */
const TRY_AGAIN = 1013;

export interface Visit {
  workspaceId: string;
  channelId: string;
  visitor: { kind: string; value: string };
  /** Where the page has read up to; it starts at now when absent. */
  after?: Place;
}

export interface SocketDeps {
  db: Tx;
  hub: Hub;
  log: { warn(detail: object, message: string): void };
  maxBufferedBytes?: number;
}

/**
 * Tells one open page its visitor's frames: what it missed, then `ready`, then whatever comes. The page sends nothing but pings; what its visitor does comes
 * through the webhook door like everything customers do.
 */
export async function serveSocket(socket: WebSocket, visit: Visit, deps: SocketDeps): Promise<void> {
  const { db, hub, log, maxBufferedBytes = MAX_BUFFERED_BYTES } = deps;
  const { workspaceId, channelId, visitor } = visit;
  let close = (): void => {};
  let alive = true;
  let over = false;

  const leave = (code: number, reason: string): void => {
    if (over) return;
    over = true;
    close();
    socket.close(code, reason);
    setTimeout(() => socket.terminate(), LINGER_MS).unref();
  };
  const say = (frame: object): void => {
    if (over || socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > maxBufferedBytes) leave(TRY_AGAIN, 'Too far behind; resume from your cursor.');
    else socket.send(JSON.stringify(frame));
  };

  const heartbeat = setInterval(() => {
    if (!alive) return socket.terminate();
    alive = false;
    socket.ping();
  }, PING_MS);
  heartbeat.unref();
  socket.on('pong', () => {
    alive = true;
  });
  socket.on('message', (bytes) => {
    alive = true;
    if (isPing(String(bytes))) say({ type: 'pong' });
  });
  socket.on('close', () => {
    over = true;
    clearInterval(heartbeat);
    close();
  });
  // A broken connection also closes, and that is where we act.
  socket.on('error', () => {});

  try {
    let last = visit.after ?? (await readHorizon(db));
    if (over) return;
    let subject: Promise<string | undefined> | undefined;
    const subscription = hub.resume(
      { workspaceId, channelId, visitor: visitor.value },
      last,
      async (after, upTo, limit) => {
        // Asked once we listen: an identity that comes into being later has its first frame in front of it.
        subject ??= findIdentity(db, workspaceId, channelId, visitor.kind, visitor.value);
        const id = await subject;
        if (!id) return [];
        return readMissed(db, { ws: workspaceId, subject: id, types: [FRAME] }, after, upTo, limit);
      },
      {
        onEvent(event) {
          last = event.place;
          if (event.channelId === channelId && !isStale(event)) say(toFrame(event));
        },
        onLost: () => leave(TRY_AGAIN, 'Too much at once; resume from your cursor.'),
        drained: () => drained(socket, maxBufferedBytes),
      },
    );
    close = subscription.close;
    if (over) return close();
    await subscription.ready;
    say({ type: 'ready', cursor: writeCursor(last) });
  } catch (error) {
    log.warn({ err: error, channelId }, 'A socket could not be served.');
    leave(TRY_AGAIN, 'Not now; resume from your cursor.');
  }
}

function toFrame(event: LogEvent): object {
  return { cursor: event.cursor, ...(event.data.frame as object) };
}

/** Nobody is typing any more when the page comes back. */
function isStale(event: LogEvent): boolean {
  const { type } = event.data.frame as { type?: unknown };
  return type === 'typing' && Date.now() - event.at.getTime() > 10_000;
}

/** Waits until half of what may be buffered has gone out. A socket that never gets there is closed by the next frame. */
function drained(socket: WebSocket, maxBufferedBytes: number): Promise<void> | undefined {
  const full = (): boolean => socket.readyState === socket.OPEN && socket.bufferedAmount > maxBufferedBytes / 2;
  return full() ? whileTrue(full) : undefined;
}

function isPing(text: string): boolean {
  try {
    return (JSON.parse(text) as { type?: unknown } | null)?.type === 'ping';
  } catch {
    return false;
  }
}
