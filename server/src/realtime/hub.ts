import { uuidOf } from '@tributary/protocol';
import type { Tx } from '../store/db.ts';
import { type LogRow, type Place, readHorizon, readTail, type TailFilter } from '../store/sockets.ts';
import { isAfter, writeCursor } from './cursor.ts';

/** A row of the log as its listeners get it. Ids are uuids in hex. */
export interface LogEvent {
  /** Where to resume after it. */
  cursor: string;
  place: Place;
  workspaceId: string;
  type: string;
  subjectId?: string;
  channelId?: string;
  conversationId?: string;
  data: Record<string, unknown>;
  at: Date;
}

/** Everything of a workspace but frames (or only some types), or the frames of one visitor. Ids in either form. */
export type Interest =
  | { workspaceId: string; types?: readonly string[] }
  | { workspaceId: string; channelId: string; visitor: string };

/** Rows somebody missed: after one place, up to another, in order, at most `limit`. */
export type Missed = (after: Place, upTo: Place, limit: number) => Promise<LogRow[]>;

export interface Listener {
  onEvent(event: LogEvent): void;
  /** Nothing more will come: too much happened while what was missed was being read. Resume from the last cursor. */
  onLost?(error: Error): void;
  /** Awaited before each event of what was missed, so that a listener is not flooded. Undefined when there is nothing to wait for. */
  drained?(): Promise<void> | undefined;
}

export interface Subscription {
  /** Resolves when whatever commits from now on will be told, and what was missed has been. */
  ready: Promise<void>;
  close(): void;
}

/** One reader of the log in each process, fanned out in memory. */
export interface Hub {
  /** From now on. */
  subscribe(interest: Interest, onEvent: (event: LogEvent) => void): Subscription;
  /** What was missed since a place, then on: no gap, nothing twice. */
  resume(interest: Interest, after: Place, missed: Missed, listener: Listener): Subscription;
  /** Something was committed: look at once rather than at the next poll. */
  wake(): void;
  stop(): Promise<void>;
}

export interface HubLog {
  warn(detail: object, message: string): void;
}

/** A polling reader finds what another process wrote within so many milliseconds. */
const POLL_MS = 250;
/** After a wake-up the next looks come this soon, doubling: a transaction still running may hold the new row back for a moment. */
const SOON_MS = 4;
const PAGE = 1_000;
const MISSED_PAGE = 200;
const RETRY_MS = 1_000;
/** Events kept for a listener while it reads what it missed. */
const MOST_WAITING = 5_000;

interface Subscriber {
  topic: string;
  interest: Interest;
  types?: ReadonlySet<string>;
  take(event: LogEvent): void;
  /** Called once, with the place up to which others have been told already. */
  joined(at: Place): void;
}

export const FRAME = 'socket.frame';

/** Starts nothing until somebody listens. */
export function createHub(db: Tx, log: HubLog): Hub {
  const topics = new Map<string, Set<Subscriber>>();
  const joining = new Set<Subscriber>();
  let place: Place | undefined;
  let stopped = false;
  let running: Promise<void> | undefined;
  let waitMs = POLL_MS;
  let woken = false;
  let endWait: (() => void) | undefined;

  const wake = (): void => {
    waitMs = SOON_MS;
    woken = true;
    endWait?.();
  };

  /** New listeners enter between two reads, so that each read's filter holds for all of its rows. */
  const admit = (at: Place): void => {
    for (const subscriber of joining) {
      const members = topics.get(subscriber.topic) ?? new Set();
      topics.set(subscriber.topic, members.add(subscriber));
      subscriber.joined(at);
    }
    joining.clear();
  };

  const tell = (event: LogEvent): void => {
    for (const subscriber of topics.get(topicOf(event)) ?? []) {
      if (subscriber.types && !subscriber.types.has(event.type)) continue;
      try {
        subscriber.take(event);
      } catch (error) {
        log.warn({ err: error, type: event.type }, 'A listener of the log failed.');
      }
    }
  };

  const look = async (): Promise<boolean> => {
    place ??= await readHorizon(db);
    admit(place);
    const page = await readTail(db, place, wanted(topics), PAGE);
    for (const row of page.rows) tell(toEvent(row));
    const full = page.rows.length === PAGE;
    place = full ? placeOf(page.rows.at(-1)!) : page.horizon;
    if (page.rows.length > 0) waitMs = SOON_MS;
    return full;
  };

  const run = async (): Promise<void> => {
    while (!stopped && (topics.size > 0 || joining.size > 0)) {
      woken = false;
      try {
        if (await look()) continue;
      } catch (error) {
        log.warn({ err: error }, 'The event log could not be read; trying again.');
        waitMs = RETRY_MS;
      }
      if (woken || stopped) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, waitMs);
        endWait = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      endWait = undefined;
      waitMs = Math.min(waitMs * 2, POLL_MS);
    }
    // Nobody listens: the next one starts at its own now.
    place = undefined;
    running = undefined;
  };

  const enter = (subscriber: Subscriber): void => {
    if (stopped) throw new Error('The hub has been stopped.');
    joining.add(subscriber);
    running ??= run();
    wake();
  };

  const leave = (subscriber: Subscriber): void => {
    joining.delete(subscriber);
    const members = topics.get(subscriber.topic);
    members?.delete(subscriber);
    if (members?.size === 0) topics.delete(subscriber.topic);
    if (topics.size === 0 && joining.size === 0) endWait?.();
  };

  return {
    wake,

    subscribe(interest, onEvent) {
      let joined = (): void => {};
      const ready = new Promise<void>((resolve) => {
        joined = resolve;
      });
      const subscriber = subscriberOf(interest, onEvent, () => joined());
      enter(subscriber);
      return { ready, close: () => leave(subscriber) };
    },

    resume(interest, after, missed, listener) {
      let resolve = (): void => {};
      let reject = (_error: Error): void => {};
      const ready = new Promise<void>((yes, no) => {
        resolve = yes;
        reject = no;
      });
      // Who does not wait for it is told by onLost.
      ready.catch(() => {});
      let waiting: LogEvent[] | undefined = [];
      let closed = false;
      const fail = (error: Error): void => {
        if (closed) return;
        reject(error);
        close();
        listener.onLost?.(error);
      };
      const pass = (event: LogEvent): void => {
        // A cursor from a process that reads faster may lie ahead of us.
        if (isAfter(event.place, after)) listener.onEvent(event);
      };
      const paced = async (event: LogEvent): Promise<void> => {
        const pause = listener.drained?.();
        if (pause) await pause;
        if (!closed) pass(event);
      };
      const catchUp = async (upTo: Place): Promise<void> => {
        let from = after;
        while (!closed && isAfter(upTo, from)) {
          const rows = await missed(from, upTo, MISSED_PAGE);
          for (const row of rows) await paced(toEvent(row));
          if (rows.length < MISSED_PAGE) break;
          from = placeOf(rows.at(-1)!);
        }
        // What waited comes before anything new; once nothing waits, the next event goes straight through.
        for (let event = waiting?.shift(); event && !closed; event = waiting?.shift()) await paced(event);
        waiting = undefined;
        resolve();
      };
      const subscriber = subscriberOf(
        interest,
        (event) => {
          if (!waiting) pass(event);
          else if (waiting.push(event) > MOST_WAITING)
            fail(new Error('Too much happened while reading what was missed.'));
        },
        (at) => {
          catchUp(at).catch(fail);
        },
      );
      const close = (): void => {
        closed = true;
        leave(subscriber);
        // Nobody has to wait for a subscription that its owner gave up.
        resolve();
      };
      enter(subscriber);
      return { ready, close };
    },

    async stop() {
      stopped = true;
      endWait?.();
      await running;
    },
  };
}

const hexOf = (id: string): string => uuidOf(id).replaceAll('-', '');

function subscriberOf(interest: Interest, take: Subscriber['take'], joined: Subscriber['joined']): Subscriber {
  const ws = hexOf(interest.workspaceId);
  if ('visitor' in interest) {
    return { interest, topic: `${ws} ${hexOf(interest.channelId)} ${interest.visitor}`, take, joined };
  }
  return { interest, topic: ws, types: interest.types && new Set(interest.types), take, joined };
}

/** Frames are for their visitor only; everything else is the workspace's. */
function topicOf(event: LogEvent): string {
  if (event.type !== FRAME) return event.workspaceId;
  return `${event.workspaceId} ${event.channelId} ${String(event.data.visitor)}`;
}

/** What all listeners together want to be read. */
function wanted(topics: ReadonlyMap<string, ReadonlySet<Subscriber>>): TailFilter {
  const workspaces = new Set<string>();
  let types: Set<string> | null = new Set();
  for (const [topic, members] of topics) {
    workspaces.add(topic.slice(0, 32));
    for (const { interest } of members) {
      if ('visitor' in interest) types?.add(FRAME);
      else if (!interest.types) types = null;
      else for (const type of interest.types) types?.add(type);
      // Thousands of visitors want the same.
      if ('visitor' in interest) break;
    }
  }
  return { workspaces: [...workspaces], types: types && [...types] };
}

const placeOf = (row: LogRow): Place => ({ xid: BigInt(row.xid), seq: BigInt(row.seq) });

/** A row as listeners get it. */
export function toEvent(row: LogRow): LogEvent {
  const place = placeOf(row);
  return {
    cursor: writeCursor(place),
    place,
    workspaceId: row.ws,
    type: row.type,
    subjectId: row.subject ?? undefined,
    channelId: row.channel ?? undefined,
    conversationId: row.conversation ?? undefined,
    data: row.data,
    at: row.at,
  };
}
