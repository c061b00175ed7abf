import type { ChannelAdapter } from '../adapter.ts';
import { accountOf, address, connect, deepLink, disconnect, probe, profile } from './account.ts';
import { CAPABILITIES } from './capabilities.ts';
import { ViberConfig } from './config.ts';
import { fetchMedia } from './media.ts';
import { parse } from './parse.ts';
import { render } from './render.ts';
import { send } from './send.ts';
import { verify } from './verify.ts';
import { accepted } from './welcome.ts';

/** Viber bots, by the REST Bot API. */
export const viber: ChannelAdapter<ViberConfig> = {
  type: 'viber',
  title: 'Viber',
  config: ViberConfig,
  secrets: ['authToken'],
  account: accountOf,
  self: (config) => config.senderName ?? '',
  address,
  baseUrl: () => 'https://chatapi.viber.com/pa',
  capabilities: () => CAPABILITIES,
  // A callback names files and never holds them.
  bodyLimit: 1024 * 1024,

  verify,
  parse,
  accepted,
  render,
  send,

  connect,
  disconnect,
  fetchMedia,
  probe,
  profile,
  deepLink,
};
