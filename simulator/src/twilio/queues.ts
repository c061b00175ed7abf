import type { Provider } from '../control.ts';
import type { Lab } from '../lab.ts';
import { type Update, WebhookQueue } from '../webhook.ts';
import { attemptsOf, type Fields, signedForm } from './sign.ts';

/** What is told about a number, one queue for each number of tries, since that is up to the URL. */
export class Queues {
  readonly #lab: Lab;
  readonly #provider: Provider;
  readonly #account: string;
  readonly #byAttempts = new Map<number, WebhookQueue>();

  constructor(lab: Lab, provider: Provider, account: string) {
    this.#lab = lab;
    this.#provider = provider;
    this.#account = account;
  }

  get pending(): number {
    let pending = 0;
    for (const queue of this.#byAttempts.values()) pending += queue.pending;
    return pending;
  }

  /** Sends a signed form to a URL; nowhere, where there is none. */
  tell(url: string, authToken: string, fields: Fields, about: Omit<Update, 'call' | 'shown'>): void {
    if (!url) return;
    const attempts = attemptsOf(url);
    let queue = this.#byAttempts.get(attempts);
    if (!queue) {
      queue = new WebhookQueue(this.#lab, {
        provider: this.#provider,
        account: () => this.#account,
        connections: () => 40,
        attempts,
      });
      this.#byAttempts.set(attempts, queue);
    }
    queue.enqueue({ ...about, call: signedForm(authToken, url, fields), shown: fields });
  }

  drop(): void {
    for (const queue of this.#byAttempts.values()) queue.drop();
  }
}
