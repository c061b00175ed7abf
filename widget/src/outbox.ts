import type { VisitorEvent } from '@tributary/protocol';
import { createBackoff } from './backoff.ts';
import type { Keep } from './keep.ts';

/** What the visitor said that the server has not taken yet. `kept` entries outlive the page. */
export interface Entry {
  event: VisitorEvent;
  at: string;
  key?: string;
}

export interface OutboxOptions {
  url: string;
  prefix: string;
  keep: Keep;
  fetch: typeof fetch;
  /** The visitor's token, or nothing while there is none. */
  token(): string | undefined;
  /** The token was refused: get another. False when that cannot be done now. */
  renew(): Promise<boolean>;
  onTaken(entries: readonly Entry[]): void;
  onRefused(entries: readonly Entry[]): void;
  /** Whether the last attempt reached the server. */
  onReach(reached: boolean): void;
}

const MOST_EVENTS = 20;
const MOST_BYTES = 48_000;
const TIMEOUT_MS = 15_000;

/**
 * Posts events to the door, in order, again and again under the same ids until the server takes them: what arrives twice is one message there.
 */
export function createOutbox(options: OutboxOptions) {
  const { keep, prefix } = options;
  const backoff = createBackoff(500, 30_000);
  let queue: Entry[] = keep
    .keys()
    .filter((key) => key.startsWith(prefix))
    .sort()
    .flatMap((key) => readEntry(keep, key));
  let pumping = false;
  let stopped = false;
  let most = MOST_EVENTS;
  let count = 0;

  const drop = (entries: readonly Entry[]): void => {
    for (const { key } of entries) if (key) keep.remove(key);
    queue = queue.filter((entry) => !entries.includes(entry));
  };

  const nextBatch = (): Entry[] => {
    let bytes = 0;
    return queue.slice(0, most).filter((entry, index) => {
      bytes += JSON.stringify(entry.event).length * 2;
      return index === 0 || bytes < MOST_BYTES;
    });
  };

  /** One attempt. Answers how long to wait at least before the next; undefined when the batch is done with. */
  const post = async (batch: readonly Entry[]): Promise<number | undefined> => {
    const token = options.token();
    if (!token) return (await options.renew()) ? undefined : 0;
    let answer: Response;
    try {
      answer = await options.fetch(options.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ events: batch.map((entry) => entry.event) }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    } catch {
      options.onReach(false);
      return 0;
    }
    options.onReach(true);
    const { status } = answer;
    if (answer.ok) {
      drop(batch);
      options.onTaken(batch);
      return undefined;
    }
    if (status === 401) return (await options.renew()) ? 100 : 0;
    if (status === 413 && batch.length > 1) {
      most = 1;
      return 0;
    }
    if (status >= 500 || status === 408 || status === 425 || status === 429) {
      return Number(answer.headers.get('retry-after') ?? 0) * 1000 || 0;
    }
    drop(batch);
    options.onRefused(batch);
    return undefined;
  };

  const pump = async (): Promise<void> => {
    if (pumping) return;
    pumping = true;
    while (!stopped && queue.length > 0) {
      const wait = await post(nextBatch());
      if (wait === undefined) backoff.reset();
      else if (!stopped) await backoff.wait(wait);
    }
    pumping = false;
  };

  return {
    /** What a page before this one left behind. */
    left: (): readonly Entry[] => queue,
    add(event: VisitorEvent, at: string, kept: boolean): void {
      const entry: Entry = { event, at };
      if (kept) {
        // Sorted as text they come in the order in which they were said.
        entry.key = `${prefix}${Date.now().toString(36).padStart(9, '0')}.${String(count++).padStart(4, '0')}`;
        keep.set(entry.key, JSON.stringify({ event, at }));
      }
      queue.push(entry);
      void pump();
    },
    /** The connection may be back. */
    hurry(): void {
      backoff.hurry();
      void pump();
    },
    /** Forgets what has not been sent. */
    clear(): void {
      drop(queue);
    },
    stop(): void {
      stopped = true;
      backoff.hurry();
    },
  };
}

function readEntry(keep: Keep, key: string): Entry[] {
  try {
    const { event, at } = JSON.parse(keep.get(key) ?? '') as Entry;
    return event && at ? [{ event, at, key }] : [];
  } catch {
    keep.remove(key);
    return [];
  }
}
