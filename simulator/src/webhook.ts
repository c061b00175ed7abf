import { isUtf8 } from 'node:buffer';
import type { Person, Provider, Wire } from './control.ts';
import { Fifo } from './fifo.ts';
import type { Lab } from './lab.ts';
import type { Posted } from './post.ts';

/** What a watcher learns about an update: each attempt, and the first 2xx. */
export interface Watcher {
  attempted?(ok: boolean): void;
  accepted?(): void;
}

/** A webhook as it leaves. */
export interface Call {
  url: string;
  headers: Record<string, string>;
  body: string | Buffer;
  /** POST unless said. */
  method?: 'GET' | 'POST';
}

/** One thing to tell the platform. */
export interface Update {
  /** Updates of one lane leave one after the other. */
  lane: string;
  /** Written anew for each attempt, since signatures may hold the time. A duplicate is the same call again, byte for byte. */
  call(): Call;
  /** What the log shows of it. */
  shown: unknown;
  person?: Person;
  messageId?: string;
  watcher?: Watcher;
  /** The platform's answer, taken once: some providers read commands in it. */
  answered?(posted: Posted): void;
}

/** How a provider delivers. */
export interface Manner {
  provider: Provider;
  account(): string;
  /** Lanes on their way at the same time. */
  connections(): number;
  /** While false, everything waits: there is nowhere to go yet. Always open unless said. */
  open?(): boolean;
  /** After so many refusals an update is given up; tried for ever unless said. */
  attempts?: number;
  /** What counts as taken; 2xx unless said. */
  taken?(status: number): boolean;
  /** An attempt was not taken. */
  refused?(posted: Posted): void;
}

interface Lane<U> {
  key: string;
  queue: Fifo<U>;
  state: 'idle' | 'ready' | 'flying' | 'waiting';
  failures: number;
}

/**
 * Webhooks on their way to one account's platform. Updates of a lane go one after the other; lanes go side by side. A refused update is tried
 * again with growing pauses, and its lane waits behind it, so nothing overtakes. The provider's misbehaviour (twice, out of order) happens here.
 */
export class WebhookQueue<U extends Update = Update> {
  pending = 0;
  readonly #lab: Lab;
  readonly #manner: Manner;
  #lanes = new Map<string, Lane<U>>();
  readonly #ready = new Fifo<Lane<U>>();
  #inFlight = 0;
  #held: U | undefined;
  #generation = 0;

  constructor(lab: Lab, manner: Manner) {
    this.#lab = lab;
    this.#manner = manner;
  }

  enqueue(update: U): void {
    this.pending++;
    this.#lab.stats.webhooks.updates++;
    const chaos = this.#chaos;
    if (this.#held) {
      const held = this.#held;
      this.#held = undefined;
      this.#line(update);
      this.#line(held);
    } else if (chaos.draw(chaos.settings.reorder)) {
      this.#held = update;
      this.#lab.later(250, () => {
        if (this.#held !== update) return;
        this.#held = undefined;
        this.#line(update);
      });
    } else this.#line(update);
  }

  /** The place or the manner has changed: what waits for another try goes at once. */
  wake(): void {
    for (const lane of this.#lanes.values()) {
      lane.failures = 0;
      if (lane.state === 'waiting') this.#makeReady(lane);
    }
    this.#pump();
  }

  /** Everything not yet taken is forgotten; what is on its way is not tried again. */
  drop(): void {
    this.#generation++;
    this.#lanes = new Map();
    this.#ready.clear();
    this.#held = undefined;
    this.pending = 0;
  }

  /** Counts as taken what stands at the front of a lane and fits; answers what is left, lane by lane. For platforms that come and fetch. */
  fetch(fits: (update: U) => boolean): U[] {
    const left: U[] = [];
    for (const [key, lane] of this.#lanes) {
      while (lane.queue.length > 0 && fits(lane.queue.peek()!)) {
        const taken = lane.queue.shift()!;
        this.pending--;
        taken.watcher?.attempted?.(true);
        taken.watcher?.accepted?.();
      }
      if (lane.queue.length === 0) this.#lanes.delete(key);
      for (let at = 0; at < lane.queue.length; at++) left.push(lane.queue.peek(at)!);
    }
    return left;
  }

  get #chaos() {
    return this.#lab.chaos[this.#manner.provider];
  }

  #line(update: U): void {
    let lane = this.#lanes.get(update.lane);
    if (!lane) {
      lane = { key: update.lane, queue: new Fifo(), state: 'idle', failures: 0 };
      this.#lanes.set(update.lane, lane);
    }
    lane.queue.push(update);
    if (lane.state === 'idle') this.#makeReady(lane);
    this.#pump();
  }

  #makeReady(lane: Lane<U>): void {
    lane.state = 'ready';
    this.#ready.push(lane);
  }

  #pump(): void {
    const { open, connections } = this.#manner;
    while ((open?.() ?? true) && this.#inFlight < connections() && this.#ready.length > 0) {
      const lane = this.#ready.shift()!;
      if (lane.queue.length === 0) {
        lane.state = 'idle';
        continue;
      }
      lane.state = 'flying';
      this.#inFlight++;
      void this.#deliver(lane, this.#generation);
    }
  }

  async #deliver(lane: Lane<U>, generation: number): Promise<void> {
    const update = lane.queue.peek()!;
    const call = update.call();
    const posted = await this.#post(call, update, false);
    this.#inFlight--;
    if (generation !== this.#generation) {
      this.#pump();
      return;
    }
    const ok = this.#taken(posted);
    update.watcher?.attempted?.(ok);
    if (!ok) this.#manner.refused?.(posted);
    if (!ok && lane.failures + 1 < (this.#manner.attempts ?? Number.POSITIVE_INFINITY)) {
      this.#rest(lane, generation);
      this.#pump();
      return;
    }
    lane.queue.shift();
    lane.failures = 0;
    this.pending--;
    if (ok) {
      update.watcher?.accepted?.();
      update.answered?.(posted);
      const chaos = this.#chaos;
      if (chaos.draw(chaos.settings.duplicate)) void this.#post(call, update, true);
    }
    this.#goOn(lane);
    this.#pump();
  }

  #goOn(lane: Lane<U>): void {
    if (lane.queue.length > 0) this.#makeReady(lane);
    else {
      lane.state = 'idle';
      this.#lanes.delete(lane.key);
    }
  }

  #rest(lane: Lane<U>, generation: number): void {
    lane.state = 'waiting';
    const { retryFirstMs, retryMaxMs } = this.#lab.settings;
    const pause = Math.min(retryMaxMs, retryFirstMs * 2 ** Math.min(lane.failures++, 20));
    this.#lab.later(pause, () => {
      if (lane.state !== 'waiting' || generation !== this.#generation) return;
      this.#makeReady(lane);
      this.#pump();
    });
  }

  #taken({ status }: Posted): boolean {
    if (status === null) return false;
    return this.#manner.taken?.(status) ?? (status >= 200 && status < 300);
  }

  async #post(call: Call, update: U, duplicate: boolean): Promise<Posted> {
    const { url, headers, body } = call;
    const { postman, settings, stats } = this.#lab;
    stats.webhooks.posted++;
    const posted =
      call.method === 'GET'
        ? await postman.get(url, settings.webhookTimeoutMs, headers)
        : await postman.post(url, headers, body, settings.webhookTimeoutMs);
    if (this.#taken(posted)) stats.webhooks.accepted++;
    else stats.webhooks.failed++;
    this.#lab.tell(update.person, {
      type: 'webhook',
      provider: this.#manner.provider,
      account: this.#manner.account(),
      url,
      status: posted.status,
      ms: Math.round(posted.ms * 10) / 10,
      body: update.shown,
      wire: wireOf(call),
      ...(posted.error ? { error: posted.error } : {}),
      ...(duplicate ? { duplicate } : {}),
      ...(update.messageId ? { messageId: update.messageId } : {}),
    });
    return posted;
  }
}

/** The call as a recording keeps it: word for word, bytes that are no text as base64. */
export function wireOf({ method = 'POST', headers, body }: Call): Wire {
  if (typeof body === 'string') return { method, headers, body };
  return isUtf8(body)
    ? { method, headers, body: body.toString('utf8') }
    : { method, headers, body: body.toString('base64'), base64: true };
}
