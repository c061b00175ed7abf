import { createHmac, randomBytes } from 'node:crypto';
import type { Person } from '../control.ts';
import type { Lab } from '../lab.ts';
import { type Watcher, WebhookQueue } from '../webhook.ts';
import type { RcsAccount } from './account.ts';

/** What is told beside the message or event itself. */
interface About {
  person?: Person;
  messageId?: string;
  watcher?: Watcher;
}

/** Delivery as Google does it: an envelope of Pub/Sub around the data, which is what is signed; tried until it is taken. */
export class RcsHook {
  url = '';
  readonly #lab: Lab;
  readonly #account: RcsAccount;
  readonly #queue: WebhookQueue;
  #envelope = Date.now();

  constructor(lab: Lab, account: RcsAccount) {
    this.#lab = lab;
    this.#account = account;
    this.#queue = new WebhookQueue(lab, {
      provider: 'rcs',
      account: () => account.agentId,
      connections: () => 10,
      open: () => this.url !== '',
      taken: (status) => status === 200,
    });
  }

  get pending(): number {
    return this.#queue.pending;
  }

  set(url: string): void {
    this.url = url;
    this.#queue.wake();
  }

  drop(): void {
    this.#queue.drop();
  }

  /** Google's check before a URL is taken: whoever answers has to know the client token and to give the secret back. */
  async check(url: string): Promise<boolean> {
    const secret = randomBytes(8).toString('hex');
    const body = JSON.stringify({ clientToken: this.#account.clientToken, secret });
    const { postman, settings } = this.#lab;
    const headers = { 'content-type': 'application/json' };
    const answer = await postman.post(url, headers, body, settings.webhookTimeoutMs);
    return answer.status === 200 && answer.text === secret;
  }

  /** Something a person wrote or did, or became of a message. */
  tell(kind: 'message' | 'event', told: Record<string, unknown>, about: About): void {
    const agentId = `${this.#account.agentId}@rbm.goog`;
    const sendTime = new Date().toISOString().replace('Z', '298Z');
    const whole = { ...told, sendTime, agentId };
    const data = Buffer.from(JSON.stringify(whole));
    const word = typeof told.eventType === 'string' ? told.eventType : '';
    const body = JSON.stringify({
      message: {
        attributes: {
          project_number: '000000000001',
          product: 'RBM',
          message_type: word,
          business_id: agentId,
          type: kind,
          event_type: word || 'TEXT',
        },
        data: data.toString('base64'),
        messageId: String(this.#envelope++),
        publishTime: sendTime,
      },
      subscription: 'projects/lab/subscriptions/rbm-agent-subscription',
    });
    const signature = createHmac('sha512', this.#account.clientToken).update(data).digest('base64');
    this.#queue.enqueue({
      ...about,
      lane: about.person?.id ?? 'server',
      shown: whole,
      call: () => ({
        url: this.url,
        headers: { 'content-type': 'application/json', 'x-goog-signature': signature, 'user-agent': 'Google-RBM' },
        body,
      }),
    });
  }
}

/** An id as Google makes them for what people write. */
export const newId = (): string => `Mx${randomBytes(15).toString('base64url')}`;
