import type { ChannelAdapter } from '../adapter.ts';
import { accountOf, check, connect, deepLink, probe, profile } from './account.ts';
import { CAPABILITIES } from './capabilities.ts';
import { LineConfig, SECRETS } from './config.ts';
import { fetchMedia } from './media.ts';
import { readSettings, settingsSchema, writeSettings } from './menu.ts';
import { parse } from './parse.ts';
import { acknowledge, render, typing } from './render.ts';
import { send } from './send.ts';
import { address } from './source.ts';
import { verify } from './verify.ts';

/** LINE official accounts, by the Messaging API. */
export const line: ChannelAdapter<LineConfig> = {
  type: 'line',
  title: 'LINE',
  config: LineConfig,
  secrets: SECRETS,
  account: accountOf,
  self: (config) => config.basicId ?? '',
  address,
  baseUrl: () => 'https://api.line.me',
  hosts: () => ({ data: 'https://api-data.line.me' }),
  capabilities: () => CAPABILITIES,
  // Events name files and never hold them.
  bodyLimit: 1024 * 1024,
  // Its reply token, and the token to quote it by.
  readsNewest: true,

  verify,
  parse,
  render,
  send,

  connect,
  probe,
  acknowledge,
  typing,
  fetchMedia,
  profile,
  check,
  deepLink,
  settings: { schema: settingsSchema, read: readSettings, write: writeSettings },
};
