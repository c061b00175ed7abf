import type { Account, Act, Ledger, LoadRequest, Phone, Played, Provider, Stats } from '../control.ts';
import type { WantedAccount } from '../double.ts';
import type { Lab } from '../lab.ts';
import { cannot, LabError } from '../lab-error.ts';
import { Load } from '../load.ts';
import { present } from '../phones.ts';

/** What is played here, and what can be done there. */
export const played = (lab: Lab): Played[] =>
  lab.doubles.map(({ provider, baseUrl, deeds }) => ({ provider, baseUrl: baseUrl(lab.url), deeds: [...deeds] }));

/** Makes an account, or finds the one that is meant; a webhook URL given here is taken without a handshake. */
export function ensureAccount(lab: Lab, wanted: WantedAccount): Account {
  const double = lab.double(wanted.provider);
  if (!double) {
    const known = lab.doubles.map(({ provider }) => provider);
    throw new LabError(400, `provider must be one of ${known.join(', ')}.`);
  }
  return double.ensure(wanted).public;
}

function find(lab: Lab, provider: string | undefined, account: string | undefined, person: string | undefined) {
  const double = lab.double(provider);
  if (!double) throw new LabError(404, `The Lab does not play ${provider}.`);
  const found = double.find(account ?? '');
  if (!found) throw new LabError(404, `There is no ${provider} account ${account}.`);
  const someone = lab.people.get(person ?? '');
  if (!someone) throw new LabError(404, `There is nobody called ${person}.`);
  return { double, account: found, person: someone };
}

/** One phone, as the page draws it. */
export function phone(lab: Lab, provider?: string, account?: string, person?: string): Phone {
  const found = find(lab, provider, account, person);
  return { ...present(found.account.public, found.account.phones.of(found.person)), ...found.account.offers };
}

/** What each deed cannot be told without. */
const deeds: Record<Act['do'], Record<string, 'string' | 'number' | 'boolean'>> = {
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
  mail: { subject: 'string', text: 'string' },
  dial: {},
  answer: {},
  hangup: {},
  press: { digits: 'string' },
  speak: { text: 'string' },
  record: { seconds: 'number' },
  unsend: { messageId: 'string' },
  typing: { on: 'boolean' },
  follow: {},
  unfollow: {},
  start: {},
  story_mention: {},
  story_reply: { text: 'string' },
  share: {},
  device: { reach: 'string' },
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
  if (!found.double.deeds.includes(deed.do)) throw cannot(found.double.provider, deed);
  for (const [name, type] of Object.entries(needs)) {
    const value = (deed as Record<string, unknown>)[name];
    if (typeof value !== type) throw new LabError(400, `${deed.do} needs ${name}, a ${type}.`);
  }
  return found.double.act(found.account, found.person, deed);
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
  const found = lab.account(provider, account ?? '');
  if (!found) throw new LabError(404, `There is no ${provider} account ${account}.`);
  return found.ledger.report(provider as Provider, found.public.account, person, summaryOnly);
}

/** Counts so far, with what registered webhooks have yet to take. */
export function stats(lab: Lab): Stats {
  let pending = 0;
  for (const double of lab.doubles) {
    pending += double.pending?.() ?? 0;
    for (const account of double.accounts()) pending += account.pending ?? 0;
  }
  return { requests: lab.stats.requests, webhooks: { ...lab.stats.webhooks, pending } };
}
