import { SendError } from '@tributary/protocol';
import type { ChannelAdapter } from '../adapter.ts';
import { readText } from '../common/json.ts';
import { readPhone } from '../common/phone.ts';
import { capabilities } from './capabilities.ts';
import { baseUrl, config, type RcsConfig, secrets, shortAgent } from './config.ts';
import { check, connect, probe } from './connect.ts';
import { parse } from './parse.ts';
import { render } from './render.ts';
import { acknowledge, remove, typing } from './requests.ts';
import { send } from './send.ts';
import { accounts, handshake, verify } from './verify.ts';

/**
 * RCS through Google’s RCS for Business. Keys of events: a message’s is `messageKey(externalId)`; a tap’s is `action:ID`; a receipt’s is
 * `receipt:ID:WORD`; what has an id of its own (`typing:`, `consent:`) is named by it.
 */
export const rcs: ChannelAdapter<RcsConfig> = {
  type: 'rcs',
  title: 'RCS',
  config,
  secrets,
  account: (config) => shortAgent(config.agentId),
  self: (config) => config.brandName ?? '',
  baseUrl,
  hosts: () => ({ oauth2: 'https://oauth2.googleapis.com' }),
  capabilities: () => capabilities,
  // One message or event a request; files are told by their links.
  bodyLimit: 1024 * 1024,

  verify,
  handshake,
  accounts,
  parse,

  address: readPhone,
  render,
  send,

  // The link is open to whoever has it, and dies soon.
  async fetchMedia(media, _config, io) {
    const url = readText(media.ref?.fileUri) ?? media.url;
    if (!url) throw new SendError('content_refused', { providerMessage: 'The file has no link to open it by.' });
    const file = await io.download({ method: 'GET', url }, { maxBytes: 100 * 1024 * 1024 });
    if (file.status === 200) return { ...file, mimeType: media.mimeType ?? file.mimeType, filename: media.filename };
    throw new SendError('content_refused', { providerMessage: `The file’s link answered ${file.status}.` });
  },
  connect,
  probe,
  acknowledge,
  typing,
  remove,
  check,
  // Opens the agent’s chat with the code written already; phones without RCS tell the person that it does not work.
  deepLink: (code, config) => ({
    url: `sms:${encodeURIComponent(`${shortAgent(config.agentId)}@rbm.goog`)}?body=${encodeURIComponent(code)}`,
  }),
  linkable: { by: 'phone', confirmations: ['immediate', 'userActivity', 'prompt'] },
};
