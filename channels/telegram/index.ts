import type { ChannelAdapter } from '../adapter.ts';
import { address, connect, deepLink, disconnect, probe, profile } from './account.ts';
import { edit, react, remove, typing } from './amend.ts';
import { CAPABILITIES } from './capabilities.ts';
import { botId, botName, TelegramConfig } from './config.ts';
import { parse } from './parse.ts';
import { render } from './render.ts';
import { fetchMedia, send } from './send.ts';
import { settings } from './settings.ts';
import { call } from './target.ts';
import { verify } from './verify.ts';

/** Telegram bots, by the Bot API. */
export const telegram: ChannelAdapter<TelegramConfig> = {
  type: 'telegram',
  title: 'Telegram',
  config: TelegramConfig,
  secrets: ['botToken', 'webhookSecret'],
  defaults: (config, random) => (config.webhookSecret ? config : { ...config, webhookSecret: random() }),
  account: botId,
  self: (config) => (botName(config) ? `@${botName(config)}` : ''),
  address,
  baseUrl: () => 'https://api.telegram.org',
  capabilities: () => CAPABILITIES,
  // An update names files and never holds them; the longest texts stay far below this.
  bodyLimit: 1024 * 1024,

  verify,
  parse,
  render,
  send,
  fetchMedia,

  connect,
  disconnect,
  probe,
  // Stops the spinner on the button that was pressed.
  acknowledge: (event) =>
    event.type === 'action' && event.acknowledge ? [call('answerCallbackQuery', event.acknowledge)] : [],
  typing,
  edit,
  remove,
  react,
  profile,
  settings,
  deepLink,
};
