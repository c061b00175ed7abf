import { randomBytes, randomInt } from 'node:crypto';
import { Flood } from '../bucket.ts';
import type { Account, Phone } from '../control.ts';
import { type DoubleAccount, eachLab } from '../double.ts';
import { LedgerBook } from '../ledger.ts';
import { PhoneBook } from '../phones.ts';
import { builtIn, type Template } from './templates.ts';

/** One WhatsApp Business number. */
export class WhatsappAccount implements DoubleAccount {
  readonly public: Account;
  readonly phoneNumberId: string;
  readonly wabaId: string;
  readonly accessToken: string;
  readonly appSecret: string;
  readonly verifyToken: string;
  /** Digits. */
  readonly display: string;
  readonly phones = new PhoneBook();
  readonly ledger = new LedgerBook();
  readonly templates: Template[] = builtIn.map((template) => ({ ...template }));
  /** What people see of the business, and what the chat offers. */
  profile: Record<string, unknown> = { vertical: 'UNDEFINED' };
  automation: { prompts: string[]; commands: Record<string, unknown>[] } = { prompts: [], commands: [] };
  /** Where the app points, and what its number or its business account put over it. */
  appUrl = '';
  wabaUrl = '';
  numberUrl = '';
  subscribed = true;
  flood = newFlood();

  constructor(wanted: { title?: string; account?: string; credentials?: Record<string, string> }) {
    const given = wanted.credentials ?? {};
    const title = wanted.title ?? 'Lab Business';
    const id = () => String(randomInt(100_000_000, 999_999_999)) + String(randomInt(100_000, 999_999));
    this.phoneNumberId = wanted.account ?? given.phoneNumberId ?? id();
    this.wabaId = given.businessAccountId ?? given.wabaId ?? id();
    this.accessToken = given.accessToken ?? `EAALab${randomBytes(24).toString('hex')}`;
    this.appSecret = given.appSecret ?? randomBytes(16).toString('hex');
    this.verifyToken = given.verifyToken ?? randomBytes(12).toString('hex');
    this.display = (given.displayPhoneNumber ?? `155501000${randomInt(10, 99)}`).replace(/\D/g, '');
    this.public = {
      provider: 'whatsapp',
      account: this.phoneNumberId,
      title,
      credentials: {
        accessToken: this.accessToken,
        appSecret: this.appSecret,
        verifyToken: this.verifyToken,
        phoneNumberId: this.phoneNumberId,
        businessAccountId: this.wabaId,
        displayPhoneNumber: this.display,
      },
    };
  }

  /** The callback that counts: the number's own, else its business account's, else the app's. */
  get callback(): string {
    return this.subscribed ? this.numberUrl || this.wabaUrl || this.appUrl : '';
  }

  get offers(): Pick<Phone, 'starters'> {
    const { prompts, commands } = this.automation;
    const starters = [
      ...prompts.map((text) => ({ id: text, text, kind: 'start' as const })),
      ...commands.map((one) => ({
        id: `/${one.command_name}`,
        text: `/${one.command_name}`,
        kind: 'command' as const,
      })),
    ];
    return starters.length > 0 ? { starters } : {};
  }

  get heard(): boolean {
    return this.callback !== '';
  }

  /** Shows on the account what counts after a change. */
  publish(): void {
    this.public.webhookUrl = this.callback || undefined;
  }

  reset(): void {
    this.phones.clear();
    this.ledger.clear();
    this.flood = newFlood();
  }
}

// 80 a second for the number; for one person 1 in 6 seconds, with a burst of 45 borrowed from the future.
const newFlood = () => new Flood([80, 80], [1 / 6, 45]);

/** The numbers of a Lab, by phone number id. */
export const numbers = eachLab(() => new Map<string, WhatsappAccount>());
