import type { Person } from '../control.ts';
import type { Lab } from '../lab.ts';
import type { Posted } from '../post.ts';
import { type Update, type Watcher, WebhookQueue } from '../webhook.ts';
import type { TelegramAccount } from './account.ts';

interface BotUpdate extends Update {
  id: number;
  body: Record<string, unknown>;
}

const epoch = Date.UTC(2026, 0, 1);
// What Telegram leaves out unless it is asked for by name.
const onlyOnRequest = new Set(['chat_member', 'message_reaction', 'message_reaction_count']);

/** Delivery as Telegram does it: a lane for each chat, side by side up to `max_connections`, tried until taken or fetched. */
export class TelegramHook {
  url = '';
  secret: string | undefined;
  maxConnections = 40;
  allowed: string[] | undefined;
  lastErrorAt = 0;
  lastError = '';
  readonly #queue: WebhookQueue<BotUpdate>;
  #nextId = Date.now() - epoch;
  /** Runs the API call that a webhook's answer may carry. */
  onReply: ((call: Record<string, unknown>) => void) | undefined;

  constructor(lab: Lab, bot: TelegramAccount) {
    this.#queue = new WebhookQueue(lab, {
      provider: 'telegram',
      account: () => bot.public.account,
      connections: () => this.maxConnections,
      open: () => this.url !== '',
      refused: ({ status, error }) => {
        this.lastErrorAt = Math.floor(Date.now() / 1000);
        this.lastError = error ?? `Wrong response from the webhook: ${status} ${phrase(status)}`;
      },
    });
  }

  get pending(): number {
    return this.#queue.pending;
  }

  /** Where and how from now on; what waits is sent there. */
  set(url: string, options: { secret?: string; maxConnections?: number; allowed?: string[] }): void {
    this.url = url;
    this.secret = options.secret;
    this.maxConnections = options.maxConnections ?? 40;
    if (options.allowed) this.allowed = options.allowed.length > 0 ? options.allowed : undefined;
    this.#queue.wake();
  }

  /** The updates not yet delivered are forgotten. */
  drop(): void {
    this.#queue.drop();
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
    const text = asciiJson(JSON.stringify(body));
    const { chat, ...rest } = about;
    this.#queue.enqueue({
      ...rest,
      id,
      body,
      lane: String(chat),
      shown: body,
      call: () => ({ url: this.url, headers: this.#headers(), body: text }),
      answered: (posted) => this.#reply(posted),
    });
  }

  /** The oldest waiting updates, for getUpdates; those below `offset` count as taken. */
  take(offset: number, limit: number): Record<string, unknown>[] {
    return this.#queue
      .fetch(({ id }) => id < offset)
      .sort((a, b) => a.id - b.id)
      .slice(0, limit)
      .map(({ body }) => body);
  }

  #headers(): Record<string, string> {
    return {
      'content-type': 'application/json',
      ...(this.secret ? { 'x-telegram-bot-api-secret-token': this.secret } : {}),
    };
  }

  #reply({ text }: Posted): void {
    if (!text.startsWith('{') || !text.includes('"method"')) return;
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
