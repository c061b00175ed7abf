import type { Phone, PhoneMessage } from '../../control.ts';
import { isObject } from '../../http.ts';
import { param } from './error.ts';

type Json = Record<string, unknown>;
type Button = NonNullable<PhoneMessage['buttons']>[number][number];

/** `messenger_profile`: what Meta keeps for a page or an account, as it was written. */
export type Profile = Partial<Record<(typeof FIELDS)[number], unknown>>;

const FIELDS = [
  'get_started',
  'greeting',
  'persistent_menu',
  'ice_breakers',
  'commands',
  'whitelisted_domains',
  'account_linking_url',
] as const;
const OF_INSTAGRAM: readonly string[] = ['ice_breakers', 'persistent_menu'];

/** `GET /me/messenger_profile?fields=…`. */
export function readProfile(profile: Profile, fields: string | null): Json {
  if (!fields) throw param('The parameter fields is required.');
  const wanted = fields.split(',').filter((field) => field in profile);
  const data = Object.fromEntries(wanted.map((field) => [field, profile[field as keyof Profile]]));
  return { data: wanted.length > 0 ? [data] : [] };
}

/** `POST /me/messenger_profile`: checked whole before anything is kept. */
export function writeProfile(profile: Profile, body: Json, instagram: boolean): Json {
  const { platform: _, ...given } = body;
  const names = Object.keys(given);
  if (names.length === 0) throw param('You must set at least one of the Messenger Profile properties.');
  for (const name of names) {
    if (!FIELDS.includes(name as never) || (instagram && !OF_INSTAGRAM.includes(name))) {
      throw param(`Invalid keys "${name}" were found in param.`);
    }
    checkField(name, given[name]);
  }
  if (given.persistent_menu && !instagram && !given.get_started && !profile.get_started) {
    throw param('You must set a Get Started button if you also wish to use persistent menu.', 2018145);
  }
  Object.assign(profile, given);
  return { result: 'success' };
}

/** `DELETE /me/messenger_profile` with `fields`. */
export function removeProfile(profile: Profile, body: Json): Json {
  const fields = Array.isArray(body.fields) ? body.fields.map(String) : [];
  if (fields.length === 0) throw param('The parameter fields is required.');
  if (fields.includes('get_started') && profile.persistent_menu && !fields.includes('persistent_menu')) {
    throw param('You must set a Get Started button if you also wish to use persistent menu.', 2018145);
  }
  for (const field of fields) delete profile[field as keyof Profile];
  return { result: 'success' };
}

function checkField(name: string, value: unknown): void {
  if (name === 'get_started') {
    text(isObject(value) ? value.payload : undefined, 'get_started[payload]', 1000);
    return;
  }
  const list = Array.isArray(value) ? value : [];
  if (list.length === 0) throw param(`Param ${name} must be an array.`);
  if (name === 'whitelisted_domains') {
    for (const domain of list)
      if (!/^https:\/\/\S+$/.test(String(domain))) throw param('whitelisted_domains: the protocol must be https.');
    return;
  }
  const locales = list.map((one) => (isObject(one) ? one : {}));
  if (!locales.some(({ locale }) => locale === 'default')) throw param(`${name}: a default locale is required.`);
  for (const one of locales) {
    if (name === 'greeting') text(one.text, 'greeting[text]', 160);
    else if (name === 'commands') commands(one.commands);
    else if (name === 'ice_breakers') iceBreakers(one.call_to_actions);
    else menu(one.call_to_actions);
  }
}

const objects = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isObject) : []);

function menu(value: unknown): void {
  const actions = objects(value);
  if (actions.length < 1 || actions.length > 20) throw param('Persistent menu must have 1 to 20 items.');
  for (const action of actions) {
    text(action.title, 'call_to_actions[title]', 30);
    if (action.type === 'postback') text(action.payload, 'call_to_actions[payload]', 1000);
    else if (action.type === 'web_url') text(action.url, 'call_to_actions[url]', 2000);
    else throw param(`Param call_to_actions[type] must be one of {POSTBACK, WEB_URL} - got "${String(action.type)}".`);
  }
}

function iceBreakers(value: unknown): void {
  const questions = objects(value);
  if (questions.length < 1 || questions.length > 4) throw param('Ice breakers must have 1 to 4 questions.');
  for (const { question, payload } of questions) {
    text(question, 'question', 80);
    text(payload, 'payload', 1000);
  }
}

function commands(value: unknown): void {
  const given = objects(value);
  if (given.length < 1 || given.length > 100) throw param('Commands must have 1 to 100 entries.');
  for (const { name, description } of given) {
    text(name, 'name', 32);
    text(description, 'description', 64);
  }
}

function text(value: unknown, name: string, most: number): void {
  if (typeof value !== 'string' || value === '') throw param(`Param ${name} must be a non-empty string.`);
  if (value.length > most) throw param(`Length of param ${name} must be less than or equal to ${most}`);
}

/** The menu and the first things to do, as the phone draws them. */
export function offersOf(profile: Profile): Pick<Phone, 'menu' | 'starters'> {
  const ofAll = (value: unknown): Json => objects(value).find(({ locale }) => locale === 'default') ?? {};
  const rows = objects(ofAll(profile.persistent_menu).call_to_actions).map((action): Button[] => [
    action.type === 'web_url'
      ? { id: String(action.url), text: String(action.title), kind: 'link', url: String(action.url) }
      : { id: String(action.payload), text: String(action.title), kind: 'postback' },
  ]);
  const questions = iceBreakersOf(profile);
  const started = isObject(profile.get_started) ? String(profile.get_started.payload) : undefined;
  const starters =
    questions.length > 0
      ? questions.map(({ question, payload }) => ({ id: payload, text: question, kind: 'start' as const }))
      : started
        ? [{ id: started, text: 'Get started', kind: 'start' as const }]
        : [];
  return { ...(rows.length > 0 ? { menu: rows } : {}), ...(starters.length > 0 ? { starters } : {}) };
}

/** The questions that an empty chat offers; where there are some, they stand in the place of Get Started. */
export function iceBreakersOf(profile: Profile): { question: string; payload: string }[] {
  const all = objects(profile.ice_breakers).find(({ locale }) => locale === 'default');
  return objects(all?.call_to_actions).map(({ question, payload }) => ({
    question: String(question),
    payload: String(payload),
  }));
}
