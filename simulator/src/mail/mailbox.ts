import { EventEmitter } from 'node:events';

/** One mail in a mailbox. */
export interface Kept {
  uid: number;
  raw: Buffer;
  at: Date;
  flags: Set<string>;
}

/** An INBOX as IMAP numbers it: uids only rise, and `validity` says when they begin anew. */
export class Mailbox {
  validity = Math.floor(Date.now() / 1000);
  #next = 1;
  #kept: Kept[] = [];
  readonly #news = new EventEmitter().setMaxListeners(0);

  get uidNext(): number {
    return this.#next;
  }

  get kept(): readonly Kept[] {
    return this.#kept;
  }

  /** Puts a mail in, and tells whoever watches. */
  add(raw: Buffer, at = new Date()): Kept {
    const kept = { uid: this.#next++, raw, at, flags: new Set<string>() };
    this.#kept.push(kept);
    if (this.#kept.length > 5_000) this.#kept.splice(0, 1_000);
    this.#news.emit('added');
    return kept;
  }

  /** Calls back at each new mail, until told to stop. */
  watch(added: () => void): () => void {
    this.#news.on('added', added);
    return () => this.#news.off('added', added);
  }

  /** Empties it, and numbers what comes from one again, as a server does that was restored from a copy. */
  renumber(keep = false): void {
    this.validity++;
    this.#next = 1;
    const before = this.#kept;
    this.#kept = [];
    if (keep) for (const { raw, at } of before) this.#kept.push({ uid: this.#next++, raw, at, flags: new Set() });
  }

  clear(): void {
    this.#kept = [];
  }
}
