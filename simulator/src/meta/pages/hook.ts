import type { Person } from '../../control.ts';
import type { Lab } from '../../lab.ts';
import { type Watcher, WebhookQueue } from '../../webhook.ts';
import { asciiJson, sign } from '../callback.ts';
import type { PageAccount } from './account.ts';
import { apps } from './apps.ts';

type Json = Record<string, unknown>;

/** What is told beside the update itself. */
interface About {
  person?: Person;
  messageId?: string;
  watcher?: Watcher;
  /** The person is answered by another app just now. */
  standby?: boolean;
}

/**
 * Webhooks as Messenger and Instagram make them: one update a body, signed with the app's secret, to the one callback that the app has for the
 * object; only what the app has subscribed to, at the app and at the page.
 */
export class PageHook {
  /** Where webhooks go when nobody subscribed by call: pasted in the App Dashboard. */
  pasted = '';
  readonly #lab: Lab;
  readonly #account: PageAccount;
  readonly #queue: WebhookQueue;

  constructor(lab: Lab, account: PageAccount) {
    this.#lab = lab;
    this.#account = account;
    this.#queue = new WebhookQueue(lab, {
      provider: account.product,
      account: () => account.id,
      connections: () => 10,
      taken: (status) => status === 200,
    });
  }

  get url(): string {
    const { appId, object, subscribed } = this.#account;
    if (this.pasted) return this.pasted;
    return subscribed ? (apps(this.#lab).get(`${appId} ${object}`)?.url ?? '') : '';
  }

  get pending(): number {
    return this.#queue.pending;
  }

  wake(): void {
    this.#queue.wake();
  }

  drop(): void {
    this.#queue.drop();
  }

  /** An update about a person. Meta keeps nothing for an app that does not listen. */
  tell(field: string, update: Json, about: About): void {
    const account = this.#account;
    if (!this.url || !this.#listensTo(field)) {
      about.watcher?.accepted?.();
      return;
    }
    const time = Date.now();
    const item = { timestamp: time, ...update };
    const list = about.standby ? 'standby' : 'messaging';
    const shown = { object: account.object, entry: [{ id: account.id, time, [list]: [item] }] };
    this.#enqueue(shown, about);
  }

  /** News of the page itself. */
  tellChange(field: string, value: Json): void {
    const { object, id } = this.#account;
    if (!this.url) return;
    this.#enqueue({ object, entry: [{ id, time: Date.now(), changes: [{ field, value }] }] }, {});
  }

  #enqueue(shown: Json, { person, messageId, watcher }: About): void {
    const body = asciiJson(JSON.stringify(shown));
    this.#queue.enqueue({
      lane: person?.id ?? 'page',
      shown,
      ...(person ? { person } : {}),
      ...(messageId ? { messageId } : {}),
      ...(watcher ? { watcher } : {}),
      call: () => ({
        url: this.url,
        headers: {
          'content-type': 'application/json',
          'x-hub-signature-256': sign(this.#account.appSecret, body),
          'user-agent': 'facebookexternalua',
        },
        body,
      }),
    });
  }

  /** Instagram's words are chosen at the app alone; a page is asked too. */
  #listensTo(field: string): boolean {
    const { product, appId, object, subscribed } = this.#account;
    if (this.pasted) return true;
    const app = apps(this.#lab).get(`${appId} ${object}`)?.fields ?? [];
    return product === 'instagram' ? app.includes(field) : (subscribed ?? []).includes(field) && app.includes(field);
  }
}
