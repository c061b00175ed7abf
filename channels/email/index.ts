import type { ChannelAdapter } from '../adapter.ts';
import { capabilities } from './capabilities.ts';
import { config, defaults, type EmailConfig, fromOf, inboxOf, isMailgun, readMailbox, secrets } from './config.ts';
import { connect, disconnect, probe } from './connect.ts';
import { listen } from './listen.ts';
import { lookup } from './lookup.ts';
import { fetchMedia } from './media.ts';
import { isMail, parse, readMail } from './parse.ts';
import { linkFor } from './referral.ts';
import { render } from './render.ts';
import { send } from './send.ts';
import { templates } from './templates.ts';
import { answerUnsubscribe, unsubscribed } from './unsubscribe.ts';
import { verify } from './verify.ts';

/**
 * Mail, through any mail server (SMTP out, IMAP in) or through Mailgun. Keys of events: a message’s is `messageKey(Message-ID)`, a report’s is
 * `report:MESSAGE-ID:NO`, an event’s of Mailgun is `event:KIND:ID`.
 */
export const email: ChannelAdapter<EmailConfig> = {
  type: 'email',
  title: 'E-mail',
  providers: ['smtp', 'mailgun'],
  config,
  secrets,
  defaults,
  account: fromOf,
  self: inboxOf,
  baseUrl: (config) => (config.region === 'eu' ? 'https://api.eu.mailgun.net' : 'https://api.mailgun.net'),
  capabilities,
  // Mailgun refuses mail over 25 MB; in a form its files are a third longer.
  bodyLimit: 36 * 1024 * 1024,

  verify,
  handshake: answerUnsubscribe,
  parse,
  later: { is: isMail, read: readMail },
  accepted: (request) => unsubscribed(request) ?? { status: 200 },

  address(text) {
    const value = readMailbox(text);
    return value ? { kind: 'email', value } : undefined;
  },
  readsNewest: true,
  render,
  send,

  listen,
  listens: (config) => !isMailgun(config) && config.imapHost !== undefined,
  fetchMedia,
  connect,
  disconnect,
  probe,
  lookup,
  templates,
  deepLink: (code, config) => ({ url: linkFor(code, config) }),
  linkable: { by: 'email', confirmations: ['immediate', 'userActivity', 'prompt'] },
};
