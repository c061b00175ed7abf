import { SendError } from '@tributary/protocol';
import Type from 'typebox';
import type { Io, SettingsAbility } from '../adapter.ts';
import type { TelegramConfig } from './config.ts';
import { ask, askFor } from './send.ts';

/** Limits are those of the Bot API 10.1: BotCommand, setMyDescription, setMyShortDescription, MenuButtonWebApp. */
const Command = Type.Object({
  command: Type.String({
    title: 'Command',
    description: 'What is typed after the slash.',
    pattern: '^[a-z0-9_]{1,32}$',
  }),
  description: Type.String({ title: 'Meaning', description: 'Shown beside it.', minLength: 1, maxLength: 256 }),
});
const schema = Type.Object({
  commands: Type.Optional(
    Type.Array(Command, {
      title: 'Commands',
      description: 'The list that the button beside the input line opens, and that typing / shows.',
      maxItems: 100,
    }),
  ),
  menuButton: Type.Optional(
    Type.Object(
      {
        text: Type.String({ title: 'Label', minLength: 1 }),
        url: Type.String({
          title: 'Web app',
          description: 'An https address, opened within Telegram.',
          pattern: '^https://',
        }),
      },
      { title: 'Menu button', description: 'Opens a web app instead of the list of commands.' },
    ),
  ),
  description: Type.Optional(
    Type.String({ title: 'Description', description: 'Stands in a chat that is still empty.', maxLength: 512 }),
  ),
  shortDescription: Type.Optional(
    Type.String({ title: 'About', description: 'Stands on the bot’s profile.', maxLength: 120 }),
  ),
});

/** What Telegram keeps for a bot. */
export const settings: SettingsAbility<TelegramConfig> = {
  schema,

  async read(config, io) {
    const commands = await askFor('getMyCommands', {}, config, io);
    const button = await ask('getChatMenuButton', {}, config, io);
    const { description } = await ask('getMyDescription', {}, config, io);
    const { short_description: about } = await ask('getMyShortDescription', {}, config, io);
    const url = (button.web_app as { url?: unknown } | undefined)?.url;
    return {
      ...(Array.isArray(commands) && commands.length > 0 ? { commands } : {}),
      ...(button.type === 'web_app' ? { menuButton: { text: button.text, url } } : {}),
      ...(description ? { description } : {}),
      ...(about ? { shortDescription: about } : {}),
    };
  },

  async write(given, config, io) {
    for (const [name, value] of Object.entries(given)) await WRITERS[name]?.(value, config, io);
  },
};

/** How each member is written; `null` takes it away. */
const WRITERS: Readonly<Record<string, (value: unknown, config: TelegramConfig, io: Io) => Promise<unknown>>> = {
  commands: (commands, config, io) => {
    const empty = commands === null || (commands as unknown[]).length === 0;
    return empty ? ask('deleteMyCommands', {}, config, io) : ask('setMyCommands', { commands }, config, io);
  },
  menuButton: (button, config, io) => {
    if (button === null) return ask('setChatMenuButton', { menu_button: { type: 'default' } }, config, io);
    const { text, url } = button as { text?: unknown; url?: unknown };
    if (typeof url !== 'string' || !url.startsWith('https://'))
      throw new SendError('content_refused', { providerMessage: 'Telegram opens web apps by https only.' });
    return ask('setChatMenuButton', { menu_button: { type: 'web_app', text, web_app: { url } } }, config, io);
  },
  description: (description, config, io) => ask('setMyDescription', { description: description ?? '' }, config, io),
  shortDescription: (about, config, io) => ask('setMyShortDescription', { short_description: about ?? '' }, config, io),
};
