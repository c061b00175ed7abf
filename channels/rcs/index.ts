import { SendError } from '@tributary/protocol';
import type { ChannelAdapter } from '../adapter.ts';
import { readPhone } from '../common/phone.ts';
import { EMPTY_TWIML, isForm, twilioUrl, verifyTwilio } from '../common/twilio.ts';
import { fetchMedia as fetchFromTwilio } from '../common/twilio_files.ts';
import { capabilities } from './capabilities.ts';
import { baseUrl, config, isTwilio, type RcsConfig, secrets, shortAgent } from './config.ts';
import { check, connect, probe } from './connect.ts';
import { fetchMedia } from './files.ts';
import { parse } from './parse.ts';
import { render } from './render.ts';
import { acknowledge, remove, typing } from './requests.ts';
import { send } from './send.ts';
import { twilioOf } from './twilio/account.ts';
import { overTwilio } from './twilio/capabilities.ts';
import { connectTwilio, probeTwilio } from './twilio/connect.ts';
import { accountsTwilio, parseTwilio } from './twilio/parse.ts';
import { renderTwilio } from './twilio/render.ts';
import { sendTwilio } from './twilio/send.ts';
import { accounts, handshake, verify } from './verify.ts';

/**
 * RCS through Google’s RCS for Business, or through Twilio. Keys of events: a message’s is `messageKey(externalId)`; a tap’s is `action:ID`; a
 * receipt’s is `receipt:ID:WORD`; what has an id of its own (`typing:`, `consent:`) is named by it.
 */
export const rcs: ChannelAdapter<RcsConfig> = {
  type: 'rcs',
  title: 'RCS',
  providers: ['google', 'twilio'],
  config,
  secrets,
  account: (config) => shortAgent(config.agentId),
  self: (config) => config.brandName ?? '',
  baseUrl,
  hosts: () => ({
    oauth2: 'https://oauth2.googleapis.com',
    messaging: twilioUrl({}, 'messaging'),
    content: twilioUrl({}, 'content'),
  }),
  capabilities: (config) => (isTwilio(config) ? overTwilio : capabilities),
  // One message or event a request; files are told by their links.
  bodyLimit: 1024 * 1024,

  verify: (request, config) =>
    isTwilio(config) ? verifyTwilio(request, [config.authToken, config.previousAuthToken]) : verify(request, config),
  handshake: (request, config) => (isTwilio(config) ? undefined : handshake(request, config)),
  accounts: (request) => (isForm(request) ? accountsTwilio(request) : accounts(request)),
  parse: (request, config) => (isTwilio(config) ? parseTwilio(request, config) : parse(request, config)),
  accepted: (_request, config) => (isTwilio(config) ? EMPTY_TWIML : { status: 200 }),

  address: readPhone,
  render: (part, context, config) =>
    isTwilio(config) ? renderTwilio(part, context, config) : render(part, context, config),
  send: (request, config, io) => (isTwilio(config) ? sendTwilio(request, config, io) : send(request, config, io)),

  fetchMedia: (media, config, io) =>
    isTwilio(config) ? fetchFromTwilio(media, twilioOf(config), io) : fetchMedia(media, io),
  connect: (config, io, hook) => (isTwilio(config) ? connectTwilio : connect)(config, io, hook),
  probe: (config, io, hook) => (isTwilio(config) ? probeTwilio : probe)(config, io, hook),
  acknowledge: (event, config) => (isTwilio(config) ? [] : acknowledge(event, config)),
  typing: (to, on, config) => (isTwilio(config) ? [] : typing(to, on, config)),
  remove: (externalId, context, config) => (isTwilio(config) ? [] : remove(externalId, context, config)),
  check(address, config, io) {
    if (!isTwilio(config)) return check(address, config, io);
    throw new SendError('rejected', { providerMessage: 'Twilio does not tell what a phone can show.' });
  },
  // Opens the agent’s chat with the code written already; phones without RCS tell the person that it does not work.
  deepLink(code, config) {
    if (isTwilio(config)) throw new Error('Twilio gives no links into an RCS chat.');
    const agent = encodeURIComponent(`${shortAgent(config.agentId)}@rbm.goog`);
    return { url: `sms:${agent}?body=${encodeURIComponent(code)}` };
  },
  linkable: { by: 'phone', confirmations: ['immediate', 'userActivity', 'prompt'] },
};
