import type { Account, Act, Ledger, LoadRequest, Phone, Provider, Stats } from '../control.ts';
import type { Lab } from '../lab.ts';
import { LabError } from '../lab-error.ts';
import { Load } from '../load.ts';
import { WhatsappAccount } from '../meta/account.ts';
import { actOnWhatsapp } from '../meta/customer.ts';
import { present } from '../phones.ts';
import type { TelegramAccount } from '../telegram/account.ts';
import { actOnTelegram } from '../telegram/customer.ts';
import { addBot } from '../telegram/door.ts';

/** What an account is made from: the provider; the rest is invented where it is not given. */
export type WantedAccount = { provider: Provider } & Partial<Omit<Account, 'provider'>>;

/** Makes an account, or finds the one that is meant; a webhook URL given here is taken without a handshake. */
export function ensureAccount(lab: Lab, wanted: WantedAccount): Account {
  if (wanted.provider === 'telegram') {
    const token = wanted.credentials?.botToken;
    if (token !== undefined && !/^\d+:[\w-]+$/.test(token)) throw new LabError(400, 'A bot token is NUMBER:LETTERS.');
    const known = wanted.account && token === undefined ? lab.account('telegram', wanted.account) : undefined;
    const bot = (known as TelegramAccount | undefined) ?? addBot(lab, wanted);
    if (wanted.webhookUrl) {
      bot.hook.set(
        wanted.webhookUrl,
        wanted.credentials?.secretToken ? { secret: wanted.credentials.secretToken } : {},
      );
      bot.public.webhookUrl = wanted.webhookUrl;
    }
    return bot.public;
  }
  if (wanted.provider === 'whatsapp') {
    const id = wanted.account ?? wanted.credentials?.phoneNumberId;
    let account = id === undefined ? undefined : lab.numbers.get(id);
    if (!account) {
      account = new WhatsappAccount(wanted);
      lab.numbers.set(account.phoneNumberId, account);
    }
    if (wanted.webhookUrl) account.appUrl = wanted.webhookUrl;
    account.publish();
    return account.public;
  }
  throw new LabError(400, 'provider must be telegram or whatsapp.');
}

function find(lab: Lab, provider: string | undefined, account: string | undefined, person: string | undefined) {
  if (provider !== 'telegram' && provider !== 'whatsapp') throw new LabError(404, `The Lab does not play ${provider}.`);
  const found = lab.account(provider, account ?? '');
  if (!found) throw new LabError(404, `There is no ${provider} account ${account}.`);
  const someone = lab.people.get(person ?? '');
  if (!someone) throw new LabError(404, `There is nobody called ${person}.`);
  return { account: found, person: someone };
}

/** One phone, as the page draws it. */
export function phone(lab: Lab, provider?: string, account?: string, person?: string): Phone {
  const found = find(lab, provider, account, person);
  return present(found.account.public, found.account.phones.of(found.person));
}

const deeds: Record<Act['do'], Record<string, 'string' | 'number'>> = {
  text: { text: 'string' },
  tap: { messageId: 'string', buttonId: 'string' },
  choose: { messageId: 'string', rowId: 'string' },
  image: { filename: 'string', mimeType: 'string', base64: 'string' },
  document: { filename: 'string', mimeType: 'string', base64: 'string' },
  audio: { filename: 'string', mimeType: 'string', base64: 'string' },
  video: { filename: 'string', mimeType: 'string', base64: 'string' },
  location: { latitude: 'number', longitude: 'number' },
  contact: {},
  sticker: { emoji: 'string' },
  edit: { messageId: 'string', text: 'string' },
  react: { messageId: 'string' },
  read: {},
  block: {},
  unblock: {},
  echo: { text: 'string' },
  elapse: { hours: 'number' },
};

/** The customer does something; answers the id of what that made. */
export function act(
  lab: Lab,
  provider: string | undefined,
  account: string | undefined,
  person: string | undefined,
  deed: Act,
): string | null {
  const found = find(lab, provider, account, person);
  const needs = Object.hasOwn(deeds, deed.do) ? deeds[deed.do] : undefined;
  if (!needs)
    throw new LabError(400, `Nobody can do ${JSON.stringify(deed.do)}; there are ${Object.keys(deeds).join(', ')}.`);
  for (const [name, type] of Object.entries(needs)) {
    const value = (deed as Record<string, unknown>)[name];
    if (typeof value !== type) throw new LabError(400, `${deed.do} needs ${name}, a ${type}.`);
  }
  return found.account.provider === 'telegram'
    ? actOnTelegram(lab, found.account, found.person, deed)
    : actOnWhatsapp(lab, found.account, found.person, deed);
}

/** Sets a crowd to write. */
export function startLoad(lab: Lab, request: LoadRequest): Load {
  const load = new Load(lab, request);
  lab.loads.set(load.id, load);
  return load;
}

/** What the crowd of an account sent and got. */
export function ledger(
  lab: Lab,
  provider: string | null,
  account: string | null,
  person?: string,
  summaryOnly = false,
): Ledger {
  const found = lab.account(provider === 'whatsapp' ? 'whatsapp' : 'telegram', account ?? '');
  if (!found) throw new LabError(404, `There is no ${provider} account ${account}.`);
  return found.ledger.report(found.provider, found.public.account, person, summaryOnly);
}

/** Counts so far, with what registered webhooks have yet to take. */
export function stats(lab: Lab): Stats {
  let pending = lab.callbacks.pending;
  for (const { hook } of lab.bots.values()) if (hook.url) pending += hook.pending;
  return { requests: lab.stats.requests, webhooks: { ...lab.stats.webhooks, pending } };
}
