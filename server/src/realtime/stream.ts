import { type IdKind, toId, uuidOf } from '@tributary/protocol';
import type { Tx } from '../store/db.ts';
import { readHorizon, readMissed } from '../store/sockets.ts';
import { readCursor } from './cursor.ts';
import { FRAME, type Hub, type LogEvent } from './hub.ts';
import { whileTrue } from './pace.ts';

/** Where a stream's text goes: the raw response, or anything that behaves like it. */
export interface StreamOut {
  write(text: string): unknown;
  end(): unknown;
  /** Bytes written and not yet taken. */
  readonly writableLength: number;
}

/** Past this the reader is cut off, and comes back with Last-Event-ID. */
const MAX_BUFFERED_BYTES = 1024 * 1024;
const KEEP_ALIVE_MS = 15_000;

/** What kind of thing an event is about, by the word before its dot. */
const SUBJECTS: Readonly<Record<string, IdKind>> = {
  message: 'message',
  delivery: 'message',
  contact: 'contact',
  conversation: 'conversation',
  channel: 'channel',
  bot: 'bot',
};

/**
 * Server-Sent Events of a workspace: what came after `lastEventId`, then whatever comes. Frames for visitors are left out, because the messages'
 * own events tell the same. Answers how to stop; call it when the connection closes.
 */
export function openEventStream(
  hub: Hub,
  db: Tx,
  options: { workspaceId: string; lastEventId?: string; types?: readonly string[] },
  out: StreamOut,
): () => void {
  const { workspaceId, types } = options;
  let closeSubscription = (): void => {};
  let closed = false;
  const close = (): void => {
    closed = true;
    clearInterval(keepAlive);
    closeSubscription();
  };
  const cut = (): void => {
    if (closed) return;
    close();
    out.end();
  };
  const write = (text: string): void => {
    if (closed) return;
    if (out.writableLength > MAX_BUFFERED_BYTES) cut();
    else out.write(text);
  };
  const keepAlive = setInterval(() => write(': still here\n\n'), KEEP_ALIVE_MS);
  keepAlive.unref();

  const open = async (): Promise<void> => {
    const after = readCursor(options.lastEventId ?? '') ?? (await readHorizon(db));
    if (closed) return;
    const filter = { ws: uuidOf(workspaceId), types, except: types ? undefined : [FRAME] };
    const subscription = hub.resume(
      { workspaceId, types },
      after,
      (from, upTo, limit) => readMissed(db, filter, from, upTo, limit),
      {
        onEvent: (event) => write(`id: ${event.cursor}\ndata: ${JSON.stringify(present(event))}\n\n`),
        onLost: cut,
        drained: () => drained(out),
      },
    );
    closeSubscription = subscription.close;
    if (closed) closeSubscription();
  };
  // The first bytes make the browser's `open` event fire.
  write('retry: 1000\n\n');
  open().catch(cut);
  return close;
}

function present(event: LogEvent): object {
  const kind = SUBJECTS[event.type.slice(0, event.type.indexOf('.'))];
  const { subjectId, channelId, conversationId } = event;
  return {
    id: event.cursor,
    type: event.type,
    at: event.at.toISOString(),
    channelId: channelId && toId('channel', channelId),
    conversationId: conversationId && toId('conversation', conversationId),
    subjectId: subjectId && kind ? toId(kind, subjectId) : subjectId,
    data: event.data,
  };
}

function drained(out: StreamOut): Promise<void> | undefined {
  const full = (): boolean => out.writableLength > MAX_BUFFERED_BYTES / 2;
  return full() ? whileTrue(full) : undefined;
}
