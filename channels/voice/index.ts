import type { ChannelAdapter } from '../adapter.ts';
import { readPhone } from '../common/phone.ts';
import { EMPTY_TWIML, TWILIO_BODY_LIMIT, twilioUrl, verifyTwilio } from '../common/twilio.ts';
import { capabilities } from './capabilities.ts';
import { config, secrets, type VoiceConfig } from './config.ts';
import { connect, probe } from './connect.ts';
import { fetchMedia } from './media.ts';
import { parse } from './parse.ts';
import { call, render } from './render.ts';
import { reply } from './reply.ts';
import { send } from './send.ts';

/** Phone calls through Twilio: what is written is spoken, what is spoken or pressed is read. */
export const voice: ChannelAdapter<VoiceConfig> = {
  type: 'voice',
  title: 'Voice',
  config,
  secrets,
  account: (config) => config.phoneNumber,
  self: (config) => config.phoneNumber,
  baseUrl: (config) => twilioUrl(config),
  capabilities,
  bodyLimit: TWILIO_BODY_LIMIT,

  verify: (request, config) => verifyTwilio(request, [config.authToken, config.previousAuthToken]),
  parse,
  accepted: () => EMPTY_TWIML,
  reply,

  address: readPhone,
  render,
  send,
  call,
  fetchMedia,
  connect,
  probe,
  linkable: { by: 'phone', confirmations: ['immediate', 'userActivity'] },
};
