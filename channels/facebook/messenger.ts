import type { Io } from '../adapter.ts';
import { callGraph, graphPath } from '../common/meta.ts';
import type { Subscription } from '../common/meta_pages.ts';
import type { AskProfile } from '../common/meta_profile.ts';
import type { Sender } from '../common/meta_send.ts';
import { credentialsOf, type FacebookConfig } from './config.ts';

/** The page at the Send API. */
export const senderOf = (config: FacebookConfig): Sender => ({
  node: graphPath(config, config.pageId),
  manner: { title: 'Messenger', instagram: false, byLink: false },
  saysResponse: true,
});

/** Everything the page’s app has to hear of. */
export const FIELDS = [
  'messages',
  'messaging_postbacks',
  'messaging_referrals',
  'messaging_optins',
  'message_deliveries',
  'message_reads',
  'message_echoes',
  'message_reactions',
  'message_edits',
  'messaging_handovers',
  'standby',
  'messaging_account_linking',
  'messaging_policy_enforcement',
] as const;

/** How the app comes to hear of the page. */
export function subscriptionOf(config: FacebookConfig): Subscription {
  const { appId, appSecret, verifyToken } = config;
  const credentials = credentialsOf(config);
  const token = `${appId}|${appSecret}`;
  const app = { path: graphPath(config, appId ?? '', 'subscriptions'), object: 'page' as const, verifyToken };
  return {
    path: graphPath(config, config.pageId, 'subscribed_apps'),
    fields: FIELDS,
    credentials,
    ...(appId && appSecret ? { app: { ...app, credentials: { ...credentials, token } } } : {}),
  };
}

/** Menu, greeting and their like; ten calls in ten minutes for a page. */
export const askProfile =
  (config: FacebookConfig): AskProfile =>
  (method, query, body, io) =>
    callGraph(
      {
        method,
        path: `${graphPath(config, 'me', 'messenger_profile')}${query && `?${query}`}`,
        body,
        ...credentialsOf(config),
      },
      io,
    );

/** What a person has let the page know of them. */
export const askPerson = (config: FacebookConfig, psid: string, io: Io) =>
  callGraph(
    {
      method: 'GET',
      path: `${graphPath(config, psid)}?fields=first_name,last_name,profile_pic`,
      ...credentialsOf(config),
    },
    io,
  );
