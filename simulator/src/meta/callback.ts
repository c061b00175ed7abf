import { createHmac } from 'node:crypto';
import type { Person } from '../control.ts';
import { eachLab } from '../double.ts';
import { Fifo } from '../fifo.ts';
import type { Lab } from '../lab.ts';
import { inCrowd } from '../people.ts';
import { wireOf } from '../webhook.ts';
import type { WhatsappAccount } from './account.ts';

/** One update on its way: where in the body it belongs, and who wants to know how it went. */
export interface Update {
  account: WhatsappAccount;
  person?: Person;
  /** The webhook field: `messages`, `smb_message_echoes`… */
  field: string;
  /** The list within the value: `messages`, `statuses`, `message_echoes`… */
  list?: string;
  item?: Record<string, unknown>;
  /** Or the whole value: news of the business account, which names no number. */
  value?: Record<string, unknown>;
  /** Its place in the value's `contacts`. */
  contact?: Record<string, unknown>;
  messageId?: string;
  attempted?(ok: boolean): void;
  accepted?(): void;
}

interface Line {
  url: string;
  secret: string;
  waiting: Fifo<Update>;
  inFlight: number;
  /** Updates that have left at least once and are not yet taken. */
  open: number;
  /** The body that was refused last and goes first. */
  again: Batch | undefined;
  resting: boolean;
  /** Left behind by a reset. */
  dropped: boolean;
}
interface Batch {
  updates: Update[];
  failures: number;
}

/** A body that was refused so often by an answer is set aside, so that it does not hold up all others for ever. */
const patience = 6;

/**
 * Callbacks as Meta makes them. While a POST to a callback is on its way, further updates gather and leave together in the next body; a body
 * that is not answered 200 is sent again, unchanged, with growing pauses.
 */
export class Callbacks {
  readonly #lab: Lab;
  #lines = new Map<string, Line>();
  #held: Update | undefined;

  constructor(lab: Lab) {
    this.#lab = lab;
  }

  enqueue(update: Update): void {
    this.#lab.stats.webhooks.updates++;
    const chaos = this.#lab.chaos.whatsapp;
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

  /** Updates still to be taken. */
  get pending(): number {
    let pending = this.#held ? 1 : 0;
    for (const { waiting, open } of this.#lines.values()) pending += waiting.length + open;
    return pending;
  }

  /** Drops everything that waits; what is on its way is not tried again. */
  clear(): void {
    this.#held = undefined;
    for (const line of this.#lines.values()) line.dropped = true;
    this.#lines = new Map();
  }

  #line(update: Update): void {
    const { callback: url, appSecret: secret } = update.account;
    // An app without a callback is not called; Meta does not keep its updates.
    if (!url) return;
    const key = `${secret}\n${url}`;
    let line = this.#lines.get(key);
    if (!line) {
      line = {
        url,
        secret,
        waiting: new Fifo(),
        inFlight: 0,
        open: 0,
        again: undefined,
        resting: false,
        dropped: false,
      };
      this.#lines.set(key, line);
    }
    line.waiting.push(update);
    this.#pump(line);
  }

  #pump(line: Line): void {
    const { callbackConnections, callbackBatch } = this.#lab.settings;
    while (!line.resting && line.inFlight < callbackConnections && (line.again || line.waiting.length > 0)) {
      let batch = line.again;
      line.again = undefined;
      if (!batch) {
        batch = { updates: [], failures: 0 };
        while (batch.updates.length < callbackBatch && line.waiting.length > 0)
          batch.updates.push(line.waiting.shift()!);
        line.open += batch.updates.length;
      }
      line.inFlight++;
      void this.#deliver(line, batch);
    }
  }

  async #deliver(line: Line, batch: Batch): Promise<void> {
    const { body, text } = write(batch.updates);
    const status = await this.#post(line, batch, body, text, false);
    line.inFlight--;
    const ok = status === 200;
    if (ok) line.open -= batch.updates.length;
    for (const update of batch.updates) update.attempted?.(ok);
    if (ok) {
      for (const update of batch.updates) update.accepted?.();
      const chaos = this.#lab.chaos.whatsapp;
      if (chaos.draw(chaos.settings.duplicate)) void this.#post(line, batch, body, text, true);
    } else if (!line.dropped) this.#retry(line, batch, status !== null);
    this.#pump(line);
  }

  #retry(line: Line, batch: Batch, answered: boolean): void {
    const { retryFirstMs, retryMaxMs } = this.#lab.settings;
    const pause = Math.min(retryMaxMs, retryFirstMs * 2 ** Math.min(batch.failures++, 20));
    const aside = (answered && batch.failures >= patience) || line.again !== undefined;
    if (aside) {
      this.#lab.later(pause, () => {
        line.inFlight++;
        void this.#deliver(line, batch);
      });
      return;
    }
    line.again = batch;
    line.resting = true;
    this.#lab.later(pause, () => {
      line.resting = false;
      this.#pump(line);
    });
  }

  async #post(line: Line, batch: Batch, body: unknown, text: string, duplicate: boolean): Promise<number | null> {
    const stats = this.#lab.stats.webhooks;
    stats.posted++;
    const headers = {
      'content-type': 'application/json',
      'x-hub-signature-256': sign(line.secret, text),
      'user-agent': 'facebookexternalua',
    };
    const posted = await this.#lab.postman.post(line.url, headers, text, this.#lab.settings.webhookTimeoutMs);
    if (posted.status === 200) stats.accepted++;
    else stats.failed++;
    const seen = batch.updates.filter(({ person }) => !person || !inCrowd(person));
    const first = seen[0];
    if (first) {
      const alone = seen.every(({ person }) => person === first.person);
      this.#lab.log.add({
        type: 'webhook',
        provider: 'whatsapp',
        account: first.account.public.account,
        ...(alone && first.person ? { person: first.person.id } : {}),
        url: line.url,
        status: posted.status,
        ms: Math.round(posted.ms * 10) / 10,
        body,
        wire: wireOf({ url: line.url, headers, body: text }),
        ...(posted.error ? { error: posted.error } : {}),
        ...(duplicate ? { duplicate } : {}),
        ...(first.messageId && seen.every(({ messageId }) => messageId === first.messageId)
          ? { messageId: first.messageId }
          : {}),
      });
    }
    return posted.status;
  }
}

/** The callbacks of a Lab. */
export const callbacks = eachLab((lab) => new Callbacks(lab));

/** The header over exactly these bytes. */
export const sign = (secret: string, text: string): string =>
  `sha256=${createHmac('sha256', secret).update(text).digest('hex')}`;

/** Meta escapes everything beyond ASCII, and slashes, before it signs. */
export function asciiJson(json: string): string {
  return json.replace(/[/\u007f-\uffff]/g, (c) =>
    c === '/' ? '\\/' : `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** One body for many updates: entries by business account, changes by number and field. */
function write(updates: Update[]): { body: unknown; text: string } {
  const entries = new Map<string, { id: string; changes: { value: Record<string, unknown>; field: string }[] }>();
  const values = new Map<string, Record<string, unknown>>();
  const entryOf = (wabaId: string) => {
    let entry = entries.get(wabaId);
    if (!entry) {
      entry = { id: wabaId, changes: [] };
      entries.set(wabaId, entry);
    }
    return entry;
  };
  for (const { account, field, list, item, contact, value: news } of updates) {
    if (news || !list) {
      entryOf(account.wabaId).changes.push({ value: news ?? {}, field });
      continue;
    }
    const key = `${account.phoneNumberId} ${field} ${list}`;
    let value = values.get(key);
    if (!value) {
      value = {
        messaging_product: 'whatsapp',
        metadata: { display_phone_number: account.display, phone_number_id: account.phoneNumberId },
      };
      values.set(key, value);
      entryOf(account.wabaId).changes.push({ value, field });
    }
    if (contact) {
      value.contacts ??= [];
      const contacts = value.contacts as Record<string, unknown>[];
      // The same object for the same person: comparing is enough to name each one once.
      if (contacts.at(-1) !== contact && (updates.length === 1 || !contacts.includes(contact))) contacts.push(contact);
    }
    value[list] ??= [];
    (value[list] as unknown[]).push(item);
  }
  const body = { object: 'whatsapp_business_account', entry: [...entries.values()] };
  return { body, text: asciiJson(JSON.stringify(body)) };
}
