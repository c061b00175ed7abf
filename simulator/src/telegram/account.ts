import { randomBytes, randomInt } from 'node:crypto';
import { Flood } from '../bucket.ts';
import type { Account, Phone } from '../control.ts';
import { type DoubleAccount, eachLab } from '../double.ts';
import type { Lab } from '../lab.ts';
import { LedgerBook } from '../ledger.ts';
import { PhoneBook } from '../phones.ts';
import { TelegramHook } from './webhook.ts';

/** One bot: its chats, its webhook, its open button presses. */
export class TelegramAccount implements DoubleAccount {
  readonly public: Account;
  readonly id: number;
  readonly token: string;
  readonly phones = new PhoneBook();
  readonly ledger = new LedgerBook();
  readonly hook: TelegramHook;
  /** Who pressed, by callback query id; the newest thousand can be answered. */
  readonly queries = new Map<string, string>();
  commands: { command: string; description: string }[] = [];
  menuButton: Record<string, unknown> = { type: 'default' };
  description = '';
  shortDescription = '';
  flood = newFlood();
  #query = BigInt(Date.now()) * 1_000_000n;

  constructor(lab: Lab, wanted: { title?: string; account?: string; credentials?: Record<string, string> }) {
    const token =
      wanted.credentials?.botToken ??
      `${wanted.account ?? randomInt(1_000_000_000, 9_000_000_000)}:LAB${randomBytes(24).toString('base64url')}`;
    this.token = token;
    this.id = Number(token.split(':')[0]);
    const title = wanted.title ?? 'Lab Bot';
    const username = wanted.credentials?.username ?? `lab_${this.id}_bot`;
    this.public = {
      provider: 'telegram',
      account: String(this.id),
      title,
      credentials: { botToken: token, username },
    };
    this.hook = new TelegramHook(lab, this);
  }

  get heard(): boolean {
    return this.hook.url !== '';
  }

  get pending(): number {
    return this.hook.url ? this.hook.pending : 0;
  }

  /** The bot as Telegram describes a user. */
  user(): Record<string, unknown> {
    return {
      id: this.id,
      is_bot: true,
      first_name: this.public.title,
      username: this.public.credentials.username,
    };
  }

  /** What an empty chat offers: the button that starts it, and the commands. */
  get offers(): Pick<Phone, 'starters'> {
    const commands = this.commands.map(({ command, description }) => ({
      id: `/${command}`,
      text: `/${command} · ${description}`,
      kind: 'command' as const,
    }));
    return { starters: [{ id: '', text: 'Start', kind: 'start' }, ...commands] };
  }

  /** A button press that may be answered. */
  openQuery(person: string): string {
    const id = String(this.#query++);
    this.queries.set(id, person);
    if (this.queries.size > 1000) {
      for (const oldest of this.queries.keys()) {
        this.queries.delete(oldest);
        break;
      }
    }
    return id;
  }

  reset(): void {
    this.phones.clear();
    this.ledger.clear();
    this.queries.clear();
    this.hook.clear();
    this.flood = newFlood();
  }
}

// The bots FAQ: 30 messages a second over all, one a second in a chat with short bursts.
const newFlood = () => new Flood([30, 30], [1, 5]);

/** The bots of a Lab, by token. */
export const bots = eachLab(() => new Map<string, TelegramAccount>());
