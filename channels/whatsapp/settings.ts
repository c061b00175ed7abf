import { SendError } from '@tributary/protocol';
import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import type { Io, SettingsAbility } from '../adapter.ts';
import { type Json, present, readObject, readObjects, readText } from '../common/json.ts';
import { callGraph, graphPath } from '../common/meta.ts';
import { toCall } from './call.ts';
import type { WhatsAppConfig } from './config.ts';

/** What people see of the business behind the number. */
const profile = {
  about: Type.String({ minLength: 1, maxLength: 139, title: 'About', description: 'One line under the picture.' }),
  address: Type.String({ minLength: 1, maxLength: 256, title: 'Address', description: 'As people write it.' }),
  description: Type.String({
    minLength: 1,
    maxLength: 512,
    title: 'Description',
    description: 'What the business does.',
  }),
  email: Type.String({ minLength: 3, maxLength: 128, title: 'E-mail', description: 'For people to write to.' }),
  websites: Type.Array(Type.String({ minLength: 1, maxLength: 256, pattern: '^https?://' }), {
    minItems: 1,
    maxItems: 2,
    title: 'Websites',
    description: 'Up to two, with http:// or https://.',
  }),
  vertical: Type.String({ minLength: 1, title: 'Industry', description: 'Meta’s word: RETAIL, RESTAURANT, TRAVEL…' }),
};
/** What is offered in the chat itself. */
const automation = {
  iceBreakers: Type.Array(Type.String({ minLength: 1, maxLength: 80 }), {
    minItems: 1,
    maxItems: 4,
    title: 'Ice breakers',
    description: 'Offered to who writes for the first time; a tap comes as a text. Without emoji.',
  }),
  commands: Type.Array(
    Type.Object({
      name: Type.String({ pattern: '^[a-z0-9_]{1,32}$' }),
      description: Type.String({ minLength: 1, maxLength: 256 }),
    }),
    { minItems: 1, maxItems: 30, title: 'Commands', description: 'Offered when a person types a slash.' },
  ),
};

const schema = Type.Partial(Type.Object({ ...profile, ...automation }), { additionalProperties: false });
type Settings = Static<typeof schema>;

/** The number’s business profile, and what the chat offers: ice breakers and commands. */
export const settings: SettingsAbility<WhatsAppConfig> = {
  schema,

  async read(config, io) {
    const kept = await ask(
      'GET',
      'whatsapp_business_profile',
      config,
      io,
      undefined,
      `fields=${Object.keys(profile).join(',')}`,
    );
    const number = await ask('GET', '', config, io, undefined, 'fields=conversational_automation');
    const page = readObjects(kept.data)[0] ?? {};
    const offers = readObject(number.conversational_automation) ?? {};
    const texts = (value: unknown): string[] | undefined => {
      const found = Array.isArray(value) ? value.flatMap((one) => readText(one) ?? []) : [];
      return found.length > 0 ? found : undefined;
    };
    const commands = readObjects(offers.commands).map((one) => ({
      name: readText(one.command_name) ?? '',
      description: readText(one.command_description) ?? '',
    }));
    return (
      present<Settings>({
        about: readText(page.about),
        address: readText(page.address),
        description: readText(page.description),
        email: readText(page.email),
        websites: texts(page.websites),
        vertical: readText(page.vertical),
        iceBreakers: texts(offers.prompts),
        commands: commands.length > 0 ? commands : undefined,
      }) ?? {}
    );
  },

  async write(given, config, io) {
    const kept = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null && value !== undefined));
    const [fault] = [...Value.Errors(schema, kept)];
    if (fault) throw new SendError('rejected', { providerMessage: `${fault.instancePath} ${fault.message}`.trim() });
    if (given.about === null)
      throw new SendError('rejected', { providerMessage: 'Meta keeps an About line once there is one.' });
    const page = Object.keys(profile).flatMap((name) =>
      given[name] === undefined ? [] : [[name, given[name] ?? emptyOf(name)]],
    );
    if (page.length > 0) {
      const body = { messaging_product: 'whatsapp', ...Object.fromEntries(page) };
      await ask('POST', 'whatsapp_business_profile', config, io, body);
    }
    const { iceBreakers, commands } = given as { [Name in keyof Settings]: Settings[Name] | null };
    const offers = present({
      prompts: iceBreakers === null ? [] : iceBreakers,
      commands:
        commands === null
          ? []
          : commands?.map((one) => ({ command_name: one.name, command_description: one.description })),
    });
    if (offers) await ask('POST', 'conversational_automation', config, io, offers);
  },
};

const emptyOf = (name: string): unknown => (name === 'websites' ? [] : name === 'vertical' ? 'UNDEFINED' : '');

function ask(method: string, edge: string, config: WhatsAppConfig, io: Io, body?: Json, query?: string): Promise<Json> {
  const path = graphPath(config, config.phoneNumberId, ...(edge ? [edge] : []));
  return callGraph(
    toCall({ method: method as 'GET' | 'POST', path: `${path}${query ? `?${query}` : ''}`, body }, config),
    io,
  );
}
