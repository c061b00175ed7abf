import type { Connected, Finding, Io } from '../adapter.ts';
import { type Json, present, readObject, readText } from '../common/json.ts';
import { callGraph, graphPath } from '../common/meta.ts';
import { probeSecret, probeSubscription, probeToken, subscribe } from '../common/meta_pages.ts';
import { credentialsOf, type FacebookConfig } from './config.ts';
import { subscriptionOf } from './messenger.ts';

/** Reads the page, which proves the token, and subscribes the app to it: without that, silence. */
export async function connect(
  config: FacebookConfig,
  io: Io,
  hook: { url: string },
): Promise<Connected<FacebookConfig>> {
  const page = await readPage(config, io);
  await subscribe(subscriptionOf(config), io, hook);
  const name = readText(page.name);
  const picture = readText(readObject(readObject(page.picture)?.data)?.url);
  const known = present({ pageName: name, pageProfilePicture: picture });
  return { account: config.pageId, ...(name ? { name } : {}), ...(known ? { config: known } : {}) };
}

/** What works and what does not, each with the step that mends it. */
export async function probe(config: FacebookConfig, io: Io, hook: { url: string }): Promise<Finding[]> {
  const said = {
    subject: 'the page',
    renew: 'Make a new page token from a long-lived user token: App Dashboard › Messenger › Settings.',
    check: 'Check that the token is the page’s own, with pages_messaging and pages_manage_metadata.',
  };
  const { node, finding } = await probeToken(() => readPage(config, io), said);
  const secret = probeSecret(config.appSecret);
  if (!node) return [finding, ...secret];
  const id = readText(node.id);
  if (id !== config.pageId) {
    const message = `The token is for page ${id ?? 'without an id'}, not for ${config.pageId}.`;
    return [
      { name: 'credentials', ok: false, message, remedy: 'Enter the token of this page, or the id of that one.' },
      ...secret,
    ];
  }
  return [finding, ...secret, await probeSubscription(subscriptionOf(config), io, hook)];
}

const readPage = (config: FacebookConfig, io: Io): Promise<Json> =>
  callGraph({ method: 'GET', path: `${graphPath(config, 'me')}?fields=id,name,picture`, ...credentialsOf(config) }, io);
