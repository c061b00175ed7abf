import type { Io } from '../adapter.ts';
import { callGraph, graphPath } from '../common/meta.ts';
import type { Subscription } from '../common/meta_pages.ts';
import type { AskProfile } from '../common/meta_profile.ts';
import type { Sender } from '../common/meta_send.ts';
import { credentialsOf, type InstagramConfig, ownLogin } from './config.ts';

/** The account at the Send API: its own node, or the page’s it is linked to. */
export function senderOf(config: InstagramConfig): Sender {
  const own = ownLogin(config);
  return {
    node: graphPath(config, own ? config.instagramId : (config.pageId ?? 'me')),
    // Meta documents uploads for pages only.
    manner: { title: 'Instagram', instagram: true, byLink: own },
    saysResponse: !own,
  };
}

/** Everything the account’s app has to hear of; echoes come with the messages. */
const FIELDS = [
  'messages',
  'messaging_postbacks',
  'messaging_optins',
  'message_reactions',
  'messaging_seen',
  'messaging_referral',
  'message_edit',
  'messaging_handover',
  'standby',
] as const;
/** The page behind an account is subscribed with the page’s words; what an account tells is chosen in the App Dashboard. */
const PAGE_FIELDS = ['messages', 'messaging_postbacks'] as const;

/** How the app comes to hear of the account. */
export function subscriptionOf(config: InstagramConfig): Subscription {
  const { appId, appSecret, verifyToken, instagramId, pageId } = config;
  const credentials = credentialsOf(config);
  const own = ownLogin(config);
  const app = { path: graphPath(config, appId ?? '', 'subscriptions'), object: 'instagram' as const, verifyToken };
  return {
    path: graphPath(config, own ? instagramId : (pageId ?? 'me'), 'subscribed_apps'),
    fields: own ? FIELDS : PAGE_FIELDS,
    credentials,
    // Apps are at Facebook’s host, which an account that logs in by itself does not speak to.
    ...(!own && appId && appSecret
      ? { app: { ...app, fields: FIELDS, credentials: { ...credentials, token: `${appId}|${appSecret}` } } }
      : {}),
  };
}

/** Ice breakers and the menu. */
export const askProfile =
  (config: InstagramConfig): AskProfile =>
  (method, query, body, io) => {
    const path = graphPath(config, 'me', 'messenger_profile');
    const asked = body && { platform: 'instagram', ...body };
    const call = { method, path: `${path}?platform=instagram${query && `&${query}`}`, body: asked };
    return callGraph({ ...call, ...credentialsOf(config) }, io);
  };

const PERSON =
  'name,username,profile_pic,follower_count,is_verified_user,is_user_follow_business,is_business_follow_user';

/** What is public about somebody who has written. */
export const askPerson = (config: InstagramConfig, igsid: string, io: Io) =>
  callGraph({ method: 'GET', path: `${graphPath(config, igsid)}?fields=${PERSON}`, ...credentialsOf(config) }, io);
