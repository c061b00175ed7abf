import { SendError } from '@tributary/protocol';
import Type, { type Static, type TProperties, type TSchema } from 'typebox';
import { Value } from 'typebox/value';
import type { Io } from '../adapter.ts';
import { type Json, present, readObject, readObjects, readText } from './json.ts';

/** What Meta keeps for a page or an account, in our words. Each is for everybody: written anew, it replaces what Meta held in other languages. */
const words = {
  getStarted: Type.String({
    minLength: 1,
    maxLength: 1000,
    title: 'Get-started payload',
    description: 'What the Get Started button sends; the menu needs it.',
  }),
  greeting: Type.String({
    minLength: 1,
    maxLength: 160,
    title: 'Greeting',
    description: 'Shown before the first message. {{user_first_name}} stands for the name.',
  }),
  persistentMenu: Type.Array(
    Type.Union([
      Type.Object({
        type: Type.Literal('postback'),
        text: Type.String({ minLength: 1, maxLength: 30 }),
        payload: Type.String({ minLength: 1, maxLength: 1000 }),
      }),
      Type.Object({
        type: Type.Literal('link'),
        text: Type.String({ minLength: 1, maxLength: 30 }),
        url: Type.String({ minLength: 1 }),
      }),
    ]),
    { minItems: 1, maxItems: 20, title: 'Menu', description: 'Always at hand beside the words a person types.' },
  ),
  iceBreakers: Type.Array(
    Type.Object({
      question: Type.String({ minLength: 1, maxLength: 80 }),
      payload: Type.String({ minLength: 1, maxLength: 1000 }),
    }),
    { minItems: 1, maxItems: 4, title: 'Ice breakers', description: 'Questions offered to who has not written yet.' },
  ),
  commands: Type.Array(
    Type.Object({
      name: Type.String({ minLength: 1, maxLength: 32 }),
      description: Type.String({ minLength: 1, maxLength: 64 }),
    }),
    { minItems: 1, maxItems: 100, title: 'Commands', description: 'Offered when a person types a slash.' },
  ),
  whitelistedDomains: Type.Array(Type.String({ minLength: 1 }), {
    minItems: 1,
    maxItems: 50,
    title: 'Domains for web views',
    description: 'https:// origins whose pages may know who opened them.',
  }),
} satisfies Record<string, TSchema>;

type Word = keyof typeof words;
type Settings = { [W in Word]?: Static<(typeof words)[W]> };

/** Meta’s names for them. */
const FIELDS: Readonly<Record<Word, string>> = {
  getStarted: 'get_started',
  greeting: 'greeting',
  persistentMenu: 'persistent_menu',
  iceBreakers: 'ice_breakers',
  commands: 'commands',
  whitelistedDomains: 'whitelisted_domains',
};

/** The form of those settings that a product has. */
export function profileSchema(names: readonly Word[]) {
  const properties: TProperties = Object.fromEntries(names.map((name) => [name, Type.Optional(words[name])]));
  return Type.Object(properties, { additionalProperties: false });
}

/** One call of `messenger_profile`, with whatever the product wants beside it. */
export type AskProfile = (
  method: 'GET' | 'POST' | 'DELETE',
  query: string,
  body: Json | undefined,
  io: Io,
) => Promise<Json>;

/** Reads what Meta keeps. */
export async function readSettings(names: readonly Word[], ask: AskProfile, io: Io): Promise<Record<string, unknown>> {
  const fields = names.map((name) => FIELDS[name]).join(',');
  const answer = await ask('GET', `fields=${fields}`, undefined, io);
  const kept = readObjects(answer.data)[0] ?? {};
  const actions = (value: unknown): Json[] => readObjects(ofEverybody(value)?.call_to_actions);
  const list = <T>(items: T[]): T[] | undefined => (items.length > 0 ? items : undefined);
  return (
    present<Settings>({
      getStarted: readText(readObject(kept.get_started)?.payload),
      greeting: readText(ofEverybody(kept.greeting)?.text),
      persistentMenu: list(actions(kept.persistent_menu).map(toMenuItem)),
      // Meta answers older ice breakers without a language around them.
      iceBreakers: list(
        (actions(kept.ice_breakers).length > 0 ? actions(kept.ice_breakers) : readObjects(kept.ice_breakers)).flatMap(
          ({ question, payload }) =>
            readText(question) ? [{ question: readText(question) ?? '', payload: readText(payload) ?? '' }] : [],
        ),
      ),
      commands: list(
        readObjects(ofEverybody(kept.commands)?.commands).map(({ name, description }) => ({
          name: readText(name) ?? '',
          description: readText(description) ?? '',
        })),
      ),
      whitelistedDomains: Array.isArray(kept.whitelisted_domains)
        ? list(kept.whitelisted_domains.flatMap((domain) => readText(domain) ?? []))
        : undefined,
    }) ?? {}
  );
}

const ofEverybody = (value: unknown): Json | undefined =>
  readObjects(value).find(({ locale }) => locale === 'default') ?? readObjects(value)[0];

function toMenuItem(action: Json) {
  const text = readText(action.title) ?? '';
  const url = readText(action.url);
  return url
    ? { type: 'link' as const, text, url }
    : { type: 'postback' as const, text, payload: readText(action.payload) ?? '' };
}

/** Writes what is given and takes away what is `null`: that first, since the menu needs its button. */
export async function writeSettings(
  settings: Record<string, unknown>,
  names: readonly Word[],
  ask: AskProfile,
  io: Io,
): Promise<void> {
  const gone = names.filter((name) => settings[name] === null).map((name) => FIELDS[name]);
  const kept = Object.fromEntries(
    Object.entries(settings).filter(([, value]) => value !== null && value !== undefined),
  );
  const [fault] = [...Value.Errors(profileSchema(names), kept)];
  if (fault) throw new SendError('rejected', { providerMessage: `${fault.instancePath} ${fault.message}`.trim() });
  const body = toProfile(kept as Settings);
  if (gone.length > 0) {
    await ask('DELETE', '', { fields: gone }, io);
  }
  if (Object.keys(body).length > 0) await ask('POST', '', body, io);
}

function toProfile(settings: Settings): Json {
  const { getStarted, greeting, persistentMenu, iceBreakers, commands, whitelistedDomains } = settings;
  const locale = 'default';
  const toItem = (item: NonNullable<Settings['persistentMenu']>[number]): Json =>
    item.type === 'link'
      ? { type: 'web_url', title: item.text, url: item.url }
      : { type: 'postback', title: item.text, payload: item.payload };
  return (
    present({
      get_started: getStarted === undefined ? undefined : { payload: getStarted },
      greeting: greeting === undefined ? undefined : [{ locale, text: greeting }],
      persistent_menu: persistentMenu && [{ locale, call_to_actions: persistentMenu.map(toItem) }],
      ice_breakers: iceBreakers && [{ locale, call_to_actions: iceBreakers }],
      commands: commands && [{ locale, commands }],
      whitelisted_domains: whitelistedDomains,
    }) ?? {}
  );
}
