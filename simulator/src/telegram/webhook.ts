import type { Person } from '../control.ts';
import { Fifo } from '../fifo.ts';
import type { Lab } from '../lab.ts';
import type { Posted } from '../post.ts';
import type { TelegramAccount } from './account.ts';

/** What a watcher learns about an update: each attempt, and the first 2xx. */
export interface Watcher {
  attempted?(ok: boolean): void;
  accepted?(): void;
}

interface Update {
  id: number;
  body: Record<string, unknown>;
  text: string;
  chat: number;
  person: Person;
  messageId?: string;
  watcher?: Watcher;
}

interface Lane {
  queue: Fifo<Update>;
  state: 'idle' | 'ready' | 'flying' | 'waiting';
  failures: number;
}

const epoch = Date.UTC(2026, 0, 1);
// What Telegram leaves out unless it is asked for by name.
const onlyOnRequest = new Set(['chat_member', 'message_reaction', 'message_reaction_count']);

/**
 * Delivery as Telegram does it. Updates of one chat form a lane and go one after the other; lanes go side by side, up to
 * `max_connections`. A refused update is tried again with growing pauses, and its lane waits behind it, so nothing overtakes.
 */
export class TelegramHook {
  url = '';
  secret: string | undefined;
  maxConnections = 40;
  allowed: string[] | undefined;
  lastErrorAt = 0;
  lastError = '';
  pending = 0;
  readonly #lab: Lab;
  readonly #bot: TelegramAccount;
  #lanes = new Map<number, Lane>();
  readonly #ready = new Fifo<Lane>();
  #inFlight = 0;
  #nextId = Date.now() - epoch;
  #held: Update | undefined;
  #generation = 0;
  /** Runs the API call that a webhook's answer may carry. */
  onReply: ((call: Record<string, unknown>) => void) | undefined;

  constructor(lab: Lab, bot: TelegramAccount) {
    this.#lab = lab;
    this.#bot = bot;
  }

  /** Where and how from now on; what waits is sent there. */
  set(url: string, options: { secret?: string; maxConnections?: number; allowed?: string[] }): void {
    this.url = url;
    this.secret = options.secret;
    this.maxConnections = options.maxConnections ?? 40;
    if (options.allowed) this.allowed = options.allowed.length > 0 ? options.allowed : undefined;
    for (const lane of this.#lanes.values()) {
      lane.failures = 0;
      if (lane.state === 'waiting') this.#makeReady(lane);
    }
    this.#pump();
  }

  /** The updates not yet delivered are forgotten. */
  drop(): void {
    this.#generation++;
    this.#lanes = new Map();
    this.#ready.clear();
    this.#held = undefined;
    this.pending = 0;
  }

  clear(): void {
    this.drop();
    this.lastErrorAt = 0;
    this.lastError = '';
  }

  enqueue(
    kind: string,
    content: Record<string, unknown>,
    about: { chat: number; person: Person; messageId?: string; watcher?: Watcher },
  ): void {
    const wanted = this.allowed ? this.allowed.includes(kind) : !onlyOnRequest.has(kind);
    if (!wanted) return;
    const id = this.#nextId++;
    const body = { update_id: id, [kind]: content };
    const update: Update = { id, body, text: asciiJson(JSON.stringify(body)), ...about };
    this.pending++;
    this.#lab.stats.webhooks.updates++;
    if (this.#held) {
      const held = this.#held;
      this.#held = undefined;
      this.#line(update);
      this.#line(held);
    } else if (this.#lab.chaos.telegram.draw(this.#lab.chaos.telegram.settings.reorder)) {
      this.#held = update;
      this.#lab.later(250, () => {
        if (this.#held !== update) return;
        this.#held = undefined;
        this.#line(update);
      });
    } else this.#line(update);
  }

  /** The oldest waiting updates, for getUpdates; those below `offset` count as taken. */
  take(offset: number, limit: number): Record<string, unknown>[] {
    const waiting: Update[] = [];
    for (const [chat, lane] of this.#lanes) {
      while (lane.queue.length > 0 && lane.queue.peek()!.id < offset) {
        const taken = lane.queue.shift()!;
        this.pending--;
        taken.watcher?.attempted?.(true);
        taken.watcher?.accepted?.();
      }
      if (lane.queue.length === 0) this.#lanes.delete(chat);
      for (let at = 0; at < lane.queue.length; at++) waiting.push(lane.queue.peek(at)!);
    }
    return waiting
      .sort((a, b) => a.id - b.id)
      .slice(0, limit)
      .map(({ body }) => body);
  }

  #line(update: Update): void {
    let lane = this.#lanes.get(update.chat);
    if (!lane) {
      lane = { queue: new Fifo(), state: 'idle', failures: 0 };
      this.#lanes.set(update.chat, lane);
    }
    lane.queue.push(update);
    if (lane.state === 'idle') this.#makeReady(lane);
    this.#pump();
  }

  #makeReady(lane: Lane): void {
    lane.state = 'ready';
    this.#ready.push(lane);
  }

  #pump(): void {
    while (this.url && this.#inFlight < this.maxConnections && this.#ready.length > 0) {
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

  async #deliver(lane: Lane, generation: number): Promise<void> {
    const update = lane.queue.peek()!;
    const url = this.url;
    const posted = await this.#post(url, update, false);
    this.#inFlight--;
    if (generation !== this.#generation) {
      this.#pump();
      return;
    }
    const ok = posted.status !== null && posted.status >= 200 && posted.status < 300;
    update.watcher?.attempted?.(ok);
    if (ok) {
      lane.queue.shift();
      lane.failures = 0;
      this.pending--;
      update.watcher?.accepted?.();
      if (posted.text.startsWith('{')) this.#reply(posted.text);
      if (this.#lab.chaos.telegram.draw(this.#lab.chaos.telegram.settings.duplicate)) {
        void this.#post(url, update, true);
      }
      if (lane.queue.length > 0) this.#makeReady(lane);
      else {
        lane.state = 'idle';
        this.#lanes.delete(update.chat);
      }
    } else {
      this.lastErrorAt = Math.floor(Date.now() / 1000);
      this.lastError = posted.error ?? `Wrong response from the webhook: ${posted.status} ${phrase(posted.status)}`;
      lane.state = 'waiting';
      const { retryFirstMs, retryMaxMs } = this.#lab.settings;
      const pause = Math.min(retryMaxMs, retryFirstMs * 2 ** Math.min(lane.failures++, 20));
      this.#lab.later(pause, () => {
        if (lane.state !== 'waiting' || generation !== this.#generation) return;
        this.#makeReady(lane);
        this.#pump();
      });
    }
    this.#pump();
  }

  async #post(url: string, update: Update, duplicate: boolean): Promise<Posted> {
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    if (this.secret) headers['x-telegram-bot-api-secret-token'] = this.secret;
    const stats = this.#lab.stats.webhooks;
    stats.posted++;
    const posted = await this.#lab.postman.post(url, headers, update.text, this.#lab.settings.webhookTimeoutMs);
    if (posted.status !== null && posted.status < 300) stats.accepted++;
    else stats.failed++;
    this.#lab.tell(update.person, {
      type: 'webhook',
      provider: 'telegram',
      account: this.#bot.public.account,
      url,
      status: posted.status,
      ms: Math.round(posted.ms * 10) / 10,
      body: update.body,
      ...(posted.error ? { error: posted.error } : {}),
      ...(duplicate ? { duplicate } : {}),
      ...(update.messageId ? { messageId: update.messageId } : {}),
    });
    return posted;
  }

  #reply(text: string): void {
    if (!text.includes('"method"')) return;
    try {
      const call: unknown = JSON.parse(text);
      if (typeof call === 'object' && call !== null) this.onReply?.(call as Record<string, unknown>);
    } catch {
      // A webhook may answer with whatever it likes; only a well-formed call is carried out.
    }
  }
}

/** Telegram writes everything beyond ASCII as \u escapes. */
export function asciiJson(json: string): string {
  return /[\u007f-\uffff]/.test(json)
    ? json.replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
    : json;
}

const phrases: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  413: 'Request Entity Too Large',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
};
const phrase = (status: number | null): string => phrases[status ?? 0] ?? '';
