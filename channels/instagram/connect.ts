import type { Connected, Finding, Io } from '../adapter.ts';
import { type Json, present, readObject, readText } from '../common/json.ts';
import { callGraph, graphPath } from '../common/meta.ts';
import { probeSecret, probeSubscription, probeToken, subscribe } from '../common/meta_pages.ts';
import { subscriptionOf } from './account.ts';
import { credentialsOf, type InstagramConfig, ownLogin } from './config.ts';

/** Reads the account, which proves the token, and subscribes the app: without that, silence. */
export async function connect(
  config: InstagramConfig,
  io: Io,
  hook: { url: string },
): Promise<Connected<InstagramConfig>> {
  const { account, pageId } = await readAccount(config, io);
  const whole = { ...config, ...present({ pageId }) };
  await subscribe(subscriptionOf(whole), io, hook);
  const username = readText(account.username);
  const picture = readText(account.profile_picture_url);
  const known = present({ username, profilePicture: picture, pageId });
  const name = username ? `@${username}` : readText(account.name);
  return { account: config.instagramId, ...(name ? { name } : {}), ...(known ? { config: known } : {}) };
}

/** What works and what does not, each with the step that mends it. */
export async function probe(config: InstagramConfig, io: Io, hook: { url: string }): Promise<Finding[]> {
  const own = ownLogin(config);
  const said = {
    subject: 'the account',
    renew: own
      ? 'Log the account in again and enter the new token; one that still lives is renewed by itself.'
      : 'Make a new page token from a long-lived user token.',
    check: own
      ? 'Check that the token has instagram_business_basic and instagram_business_manage_messages.'
      : 'Check that the token is the linked page’s, with instagram_basic, instagram_manage_messages and pages_manage_metadata.',
  };
  const { node, finding } = await probeToken(async () => (await readAccount(config, io)).account, said);
  const secret = probeSecret(config.appSecret ?? config.instagramAppSecret);
  if (!node) return [finding, ...secret];
  const id = readText(node.user_id) ?? readText(node.id);
  if (id !== config.instagramId) {
    const message = `The token is for account ${id ?? 'without an id'}, not for ${config.instagramId}.`;
    const remedy =
      'Enter the id that webhooks name: instagram_business_account of the page, or user_id of the account.';
    return [{ name: 'credentials', ok: false, message, remedy }, ...secret];
  }
  return [finding, ...secret, await probeSubscription(subscriptionOf(config), io, hook)];
}

/** A long-lived token of the account’s own for another sixty days; a page’s does not expire. */
export async function refresh(config: InstagramConfig, io: Io): Promise<Partial<InstagramConfig>> {
  if (!ownLogin(config)) return {};
  const path = '/refresh_access_token?grant_type=ig_refresh_token';
  const answer = await callGraph({ method: 'GET', path, ...credentialsOf(config) }, io);
  const accessToken = readText(answer.access_token);
  return accessToken ? { accessToken } : {};
}

/** The account’s node; through a page, the account that is linked to it, and which page that is. */
async function readAccount(config: InstagramConfig, io: Io): Promise<{ account: Json; pageId?: string }> {
  const get = (path: string): Promise<Json> => callGraph({ method: 'GET', path, ...credentialsOf(config) }, io);
  const fields = 'username,name,profile_picture_url';
  const me = graphPath(config, 'me');
  if (ownLogin(config)) return { account: await get(`${me}?fields=user_id,${fields}`) };
  const page = await get(`${me}?fields=id,instagram_business_account%7Bid,${fields}%7D`);
  return { account: readObject(page.instagram_business_account) ?? {}, ...present({ pageId: readText(page.id) }) };
}
