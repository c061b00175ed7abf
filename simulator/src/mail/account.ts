import { randomBytes } from 'node:crypto';
import type { Account } from '../control.ts';
import { type DoubleAccount, eachLab, type WantedAccount } from '../double.ts';
import type { Lab } from '../lab.ts';
import { LedgerBook } from '../ledger.ts';
import { PhoneBook } from '../phones.ts';
import { WebhookQueue } from '../webhook.ts';
import { Mailbox } from './mailbox.ts';

/** A route of Mailgun’s. */
export interface Route {
  id: string;
  priority: number;
  description: string;
  expression: string;
  actions: string[];
  created_at: string;
}

/** One address of a business: its mailbox on the mail server, and the same address at Mailgun with routes and webhooks. */
export class MailAccount implements DoubleAccount {
  readonly public: Account;
  readonly address: string;
  readonly phones = new PhoneBook();
  readonly ledger = new LedgerBook();
  readonly mailbox = new Mailbox();
  /** IMAP clients that look into the mailbox just now. */
  sessions = 0;
  readonly routes: Route[] = [];
  readonly webhooks = new Map<string, string[]>();
  /** Templates by name, in Handlebars. */
  readonly templates = new Map<string, string>();
  /** What became of messages, newest last, for who asks instead of listening. */
  readonly events: Record<string, unknown>[] = [];
  readonly queue: WebhookQueue;

  constructor(lab: Lab, wanted: WantedAccount) {
    const address = (wanted.account ?? `support-${randomBytes(3).toString('hex')}@lab.example`).toLowerCase();
    const { smtpPort, imapPort } = ports(lab);
    this.address = address;
    this.public = {
      provider: 'email',
      account: address,
      title: wanted.title ?? 'Lab Mail',
      credentials: {
        username: address,
        password: randomBytes(12).toString('hex'),
        apiKey: `key-${randomBytes(16).toString('hex')}`,
        domain: address.split('@')[1]!,
        webhookSigningKey: randomBytes(16).toString('hex'),
        ...wanted.credentials,
        smtpHost: '127.0.0.1',
        smtpPort: String(smtpPort),
        imapHost: '127.0.0.1',
        imapPort: String(imapPort),
      },
    };
    this.queue = new WebhookQueue(lab, {
      provider: 'email',
      account: () => address,
      connections: () => 10,
      // Mailgun tries for eight hours; 406 tells it to stop.
      taken: (status) => status === 406 || (status >= 200 && status < 300),
    });
  }

  get heard(): boolean {
    return this.sessions > 0 || this.routes.length > 0;
  }

  get pending(): number {
    return this.queue.pending;
  }

  credential(name: string): string {
    return this.public.credentials[name] ?? '';
  }

  reset(): void {
    this.phones.clear();
    this.ledger.clear();
    this.mailbox.clear();
    this.events.length = 0;
    this.queue.drop();
  }
}

/** The addresses of a Lab. */
export const addresses = eachLab(() => new Map<string, MailAccount>());

/** Where a Lab’s mail servers listen, once they do. */
export const ports = eachLab(() => ({ smtpPort: 0, imapPort: 0 }));

/** The account that receives for an address; what follows a plus names nobody else. */
export function accountOf(lab: Lab, address: string): MailAccount | undefined {
  const [local = '', domain] = address.toLowerCase().split('@');
  const plain = `${local.replace(/\+.*$/, '')}@${domain}`;
  const known = addresses(lab);
  // Bounces and unsubscribes come to addresses of their own at the same domain.
  return (
    known.get(plain) ??
    [...known.values()].find((one) => /^(?:bounces?|unsubscribe)@/.test(plain) && one.address.endsWith(`@${domain}`))
  );
}
