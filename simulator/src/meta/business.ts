import { isObject } from '../http.ts';
import type { WhatsappAccount } from './account.ts';
import { refuse } from './error.ts';

type Json = Record<string, unknown>;

/** Longest text by field of the business profile. */
const TEXTS: Readonly<Record<string, number>> = {
  about: 139,
  address: 256,
  description: 512,
  email: 128,
  vertical: 30,
};
const FIELDS = [...Object.keys(TEXTS), 'websites', 'profile_picture_url'];

/** `GET /{phone number}/whatsapp_business_profile`: nothing but the product's name unless fields are asked for. */
export function readProfile(account: WhatsappAccount, fields: string | null): Json {
  const wanted = fields?.split(',').map((field) => field.trim()) ?? [];
  const unknown = wanted.find((field) => !FIELDS.includes(field));
  if (unknown) throw refuse(100, `Tried accessing nonexisting field (${unknown})`);
  const kept = wanted.flatMap((field) => (field in account.profile ? [[field, account.profile[field]]] : []));
  return { data: [{ messaging_product: 'whatsapp', ...Object.fromEntries(kept) }] };
}

/** `POST /{phone number}/whatsapp_business_profile`: what is given; an empty text takes a field away, except About. */
export function writeProfile(account: WhatsappAccount, body: Json): Json {
  const { messaging_product, ...given } = body;
  if (messaging_product !== 'whatsapp') throw refuse(100, 'The parameter messaging_product is required.');
  for (const [name, value] of Object.entries(given)) {
    if (name === 'websites') checkSites(value);
    else if (!Object.hasOwn(TEXTS, name)) throw refuse(100, `Unexpected key "${name}".`);
    else if (typeof value !== 'string' || value.length > (TEXTS[name] ?? 0)) {
      throw refuse(131009, `Param ${name} must be at most ${TEXTS[name]} characters long.`);
    } else if (name === 'about' && value === '') throw refuse(131009, 'Param about cannot be empty.');
  }
  Object.assign(account.profile, given);
  for (const [name, value] of Object.entries(given)) {
    if (value === '' || (Array.isArray(value) && value.length === 0)) delete account.profile[name];
  }
  return { success: true };
}

function checkSites(value: unknown): void {
  const sites = Array.isArray(value) ? value : [value];
  if (sites.length > 2) throw refuse(131009, 'At most 2 websites are allowed.');
  for (const site of sites) {
    if (!/^https?:\/\/\S{1,250}$/.test(String(site)))
      throw refuse(131009, 'Websites must begin with http:// or https://.');
  }
}

/** `POST /{phone number}/conversational_automation`: ice breakers and commands; what is not given stays. */
export function writeAutomation(account: WhatsappAccount, body: Json): Json {
  const { prompts, commands } = body;
  if (prompts !== undefined) {
    const given = Array.isArray(prompts) ? prompts.map(String) : [];
    if (!Array.isArray(prompts) || given.length > 4) throw refuse(100, 'At most 4 prompts are allowed.');
    if (given.some((prompt) => prompt === '' || prompt.length > 80))
      throw refuse(100, 'A prompt has 1 to 80 characters.');
    if (given.some((prompt) => /\p{Extended_Pictographic}/u.test(prompt)))
      throw refuse(100, 'Emoji are not supported in prompts.');
    account.automation.prompts = given;
  }
  if (commands !== undefined) {
    const given = Array.isArray(commands) ? commands.filter(isObject) : [];
    if (!Array.isArray(commands) || given.length > 30) throw refuse(100, 'At most 30 commands are allowed.');
    for (const { command_name: name, command_description: words } of given) {
      if (!/^[a-z0-9_]{1,32}$/.test(String(name))) throw refuse(100, 'A command name has 1 to 32 lower-case letters.');
      if (typeof words !== 'string' || words === '' || words.length > 256)
        throw refuse(100, 'A command description has 1 to 256 characters.');
    }
    account.automation.commands = given;
  }
  return { success: true };
}
