import type { ChannelAdapter } from '../adapter.ts';
import { readPhone } from '../common/phone.ts';
import { EMPTY_TWIML, TWILIO_BODY_LIMIT, twilioUrl } from '../common/twilio.ts';
import { fetchMedia } from '../common/twilio_files.ts';
import { capabilities } from './capabilities.ts';
import { accountOf, config, defaults, type SmsConfig, secrets } from './config.ts';
import { check, connect, probe } from './connect.ts';
import { parse } from './parse.ts';
import { deepLink } from './people.ts';
import { render } from './render.ts';
import { lookup, send } from './send.ts';
import { verify } from './verify.ts';

/** Text messages and MMS through Twilio. The keys of events are told at `parse`. */
export const sms: ChannelAdapter<SmsConfig> = {
  type: 'sms',
  title: 'SMS',
  config,
  secrets,
  defaults,
  account: accountOf,
  self: (config) => config.phoneNumber ?? '',
  baseUrl: (config) => twilioUrl(config),
  hosts: (config) => ({ messaging: twilioUrl(config, 'messaging'), lookups: twilioUrl(config, 'lookups') }),
  capabilities,
  bodyLimit: TWILIO_BODY_LIMIT,

  verify,
  parse,
  accepted: () => EMPTY_TWIML,

  address: readPhone,
  render,
  send,

  fetchMedia,
  connect,
  probe,
  lookup,
  check,
  deepLink,
  linkable: { by: 'phone', confirmations: ['immediate', 'userActivity', 'prompt'] },
};
