import type { ChannelAdapter } from '../adapter.ts';
import { answerHandshake, GRAPH_URL, META_BODY_LIMIT } from '../common/meta.ts';
import { capabilities } from './capabilities.ts';
import { completeConfig, config, secrets, type WhatsAppConfig } from './config.ts';
import { connect, probe } from './connect.ts';
import { fetchMedia } from './files.ts';
import { deepLink } from './link.ts';
import { parse } from './parse.ts';
import { readAddress, readOurNumber } from './people.ts';
import { acknowledge, react, render, typing } from './render.ts';
import { send } from './send.ts';
import { settings } from './settings.ts';
import { templates } from './templates.ts';
import { accounts, verify } from './verify.ts';

/**
 * WhatsApp through Meta’s Cloud API. Keys of events: a message’s is `messageKey(externalId)`; a tap’s is `action:ID`, since WhatsApp gives each
 * tap an id of its own; a receipt’s is `receipt:ID:STATUS`.
 */
export const whatsapp: ChannelAdapter<WhatsAppConfig> = {
  type: 'whatsapp',
  title: 'WhatsApp',
  config,
  secrets,
  defaults: completeConfig,
  account: (config) => config.phoneNumberId,
  self: (config) => readOurNumber({ display_phone_number: config.displayPhoneNumber }) ?? '',
  baseUrl: () => GRAPH_URL,
  capabilities: () => capabilities,
  bodyLimit: META_BODY_LIMIT,

  verify,
  handshake: (request, config) => answerHandshake(request, config.verifyToken),
  accounts,
  parse,

  address: readAddress,
  render,
  send,
  fetchMedia,

  connect,
  probe,
  acknowledge,
  typing,
  react,
  templates,
  settings,
  deepLink,
  linkable: { by: 'phone', confirmations: ['immediate', 'userActivity', 'prompt'] },
};
