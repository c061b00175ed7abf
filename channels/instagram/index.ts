import type { ChannelAdapter } from '../adapter.ts';
import { readText } from '../common/json.ts';
import { answerHandshake, META_BODY_LIMIT, verifySignature } from '../common/meta.ts';
import { readPerson, readProfile } from '../common/meta_people.ts';
import { profileSchema, readSettings, writeSettings } from '../common/meta_profile.ts';
import { performSend, reactionRequests, seenRequests, senderAction, toSendRequests } from '../common/meta_send.ts';
import { openLink } from '../common/meta_upload.ts';
import { accountsOf, parseMessaging } from '../common/meta_webhook.ts';
import { askPerson, askProfile, senderOf } from './account.ts';
import { capabilities } from './capabilities.ts';
import { completeConfig, config, credentialsOf, graphUrl, type InstagramConfig, secrets } from './config.ts';
import { connect, probe, refresh } from './connect.ts';

const SETTINGS = ['iceBreakers', 'persistentMenu'] as const;
const MOST_BYTES = 100 * 1024 * 1024;

/**
 * Instagram’s direct messages, for one professional account. Keys of events: a message’s is `messageKey(mid)`, a tap’s `action:MID`; an unsend
 * repeats the message’s own id, so its key is `deleted:MID`; a receipt’s is `receipt:MID:read`.
 */
export const instagram: ChannelAdapter<InstagramConfig> = {
  type: 'instagram',
  title: 'Instagram',
  config,
  secrets,
  defaults: completeConfig,
  account: (config) => config.instagramId,
  self: (config) => (config.username ? `@${config.username}` : ''),
  baseUrl: graphUrl,
  capabilities: () => capabilities,
  bodyLimit: META_BODY_LIMIT,

  // Signed by one of the app’s secrets: Meta does not say which, where there are two. Without any, nothing is received.
  verify: (request, config) =>
    verifySignature(request, [config.appSecret, config.instagramAppSecret, config.previousAppSecret]),
  handshake: (request, config) => answerHandshake(request, config.verifyToken),
  accounts: accountsOf,
  parse: (request, config) => parseMessaging(request, { account: config.instagramId, title: 'Instagram' }),

  address: (text) => readPerson(text, false),
  render: (part, context, config) => toSendRequests(part, context, senderOf(config)),
  send: (request, config, io) => performSend(request, credentialsOf(config), senderOf(config).manner, io),

  connect,
  probe,
  refresh,
  acknowledge: (event, config) => seenRequests(event, senderOf(config)),
  typing: (to, on, config) => [senderAction(senderOf(config), to, on ? 'typing_on' : 'typing_off')],
  react: (externalId, emoji, context, config) => reactionRequests(senderOf(config), context.to, externalId, emoji),
  profile: (address, config, io) => readProfile(askPerson(config, address.value, io)),
  fetchMedia: (media, _config, io) => openLink(readText(media.ref?.url) ?? media.url, io, MOST_BYTES),
  settings: {
    schema: profileSchema(SETTINGS),
    read: (config, io) => readSettings(SETTINGS, askProfile(config), io),
    write: (settings, config, io) => writeSettings(settings, SETTINGS, askProfile(config), io),
  },
  // The name is known once the channel has connected; Instagram finds nobody by id.
  deepLink: (code, { username }) => {
    if (!username) throw new Error('The account’s username is not known yet; it is found when the channel connects.');
    return { url: `https://ig.me/m/${encodeURIComponent(username)}?ref=${encodeURIComponent(code)}` };
  },
};
