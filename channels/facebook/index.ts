import type { ChannelAdapter } from '../adapter.ts';
import { readText } from '../common/json.ts';
import { answerHandshake, GRAPH_URL, META_BODY_LIMIT, verifySignature } from '../common/meta.ts';
import { readPerson, readProfile } from '../common/meta_people.ts';
import { profileSchema, readSettings, writeSettings } from '../common/meta_profile.ts';
import { performSend, reactionRequests, seenRequests, senderAction, toSendRequests } from '../common/meta_send.ts';
import { openLink } from '../common/meta_upload.ts';
import { accountsOf, parseMessaging } from '../common/meta_webhook.ts';
import { capabilities } from './capabilities.ts';
import { completeConfig, config, credentialsOf, type FacebookConfig, secrets } from './config.ts';
import { connect, probe } from './connect.ts';
import { askPerson, askProfile, senderOf } from './messenger.ts';
import { templates } from './templates.ts';

const SETTINGS = ['getStarted', 'greeting', 'persistentMenu', 'iceBreakers', 'commands', 'whitelistedDomains'] as const;
const MOST_BYTES = 100 * 1024 * 1024;

/**
 * Facebook Messenger, for one page. Keys of events: a message’s is `messageKey(mid)`, a tap’s `action:MID`; an edit’s is `edited:MID:NUMBER`, and
 * receipts are `receipt:MID:delivered` or, by watermark, `receipt:PSID:MOMENT:read`.
 */
export const facebook: ChannelAdapter<FacebookConfig> = {
  type: 'facebook',
  title: 'Facebook Messenger',
  config,
  secrets,
  defaults: completeConfig,
  account: (config) => config.pageId,
  self: (config) => config.pageName ?? '',
  baseUrl: () => GRAPH_URL,
  capabilities: () => capabilities,
  bodyLimit: META_BODY_LIMIT,

  // Signed by the app’s secret; without one nothing can be believed, so nothing is received.
  verify: (request, config) => verifySignature(request, [config.appSecret, config.previousAppSecret]),
  handshake: (request, config) => answerHandshake(request, config.verifyToken),
  accounts: accountsOf,
  parse: (request, config) => parseMessaging(request, { account: config.pageId, title: 'Messenger' }),

  address: (text) => readPerson(text, true),
  render: (part, context, config) => toSendRequests(part, context, senderOf(config)),
  send: (request, config, io) => performSend(request, credentialsOf(config), senderOf(config).manner, io),

  connect,
  probe,
  acknowledge: (event, config) => seenRequests(event, senderOf(config)),
  typing: (to, on, config) => [senderAction(senderOf(config), to, on ? 'typing_on' : 'typing_off')],
  react: (externalId, emoji, context, config) => reactionRequests(senderOf(config), context.to, externalId, emoji),
  profile: (address, config, io) => readProfile(askPerson(config, address.value, io)),
  fetchMedia: (media, _config, io) => openLink(readText(media.ref?.url) ?? media.url, io, MOST_BYTES),
  templates,
  settings: {
    schema: profileSchema(SETTINGS),
    read: (config, io) => readSettings(SETTINGS, askProfile(config), io),
    write: (settings, config, io) => writeSettings(settings, SETTINGS, askProfile(config), io),
  },
  // Meta takes letters, digits, `-`, `_` and `=`.
  deepLink: (code, config) => ({ url: `https://m.me/${config.pageId}?ref=${encodeURIComponent(code)}` }),
  linkable: { by: 'phone', confirmations: ['immediate', 'userActivity', 'prompt'] },
};
