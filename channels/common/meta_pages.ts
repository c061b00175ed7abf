import { SendError } from '@tributary/protocol';
import type { Finding, Io } from '../adapter.ts';
import { type Json, readObjects, readText } from './json.ts';
import { callGraph, type GraphCall } from './meta.ts';

type Credentials = Pick<GraphCall, 'token' | 'secrets'>;

/** What an app hears of a page or an account only once it is subscribed to it, and where the app itself listens. */
export interface Subscription {
  /** `/v26.0/PAGE/subscribed_apps`. */
  path: string;
  fields: readonly string[];
  credentials: Credentials;
  /** The app’s own callback, where its id and secret are known. */
  app?: {
    path: string;
    object: 'page' | 'instagram';
    /** Where the app hears of other things than its page tells. */
    fields?: readonly string[];
    credentials: Credentials;
    verifyToken: string | undefined;
  };
}

/**
 * Subscribes the app to the page, and gives the app a callback where it has none: the app has one for all its pages, so it is the URL of the channel’s
 * type, and one that is there is left alone. Meta checks our URL before it answers, so the handshake must already work.
 */
export async function subscribe(subscription: Subscription, io: Io, hook: { url: string }): Promise<void> {
  const { path, fields, credentials, app } = subscription;
  if (app && !(await readCallback(app, io))) {
    const body = {
      object: app.object,
      callback_url: doorOfAll(hook.url),
      verify_token: app.verifyToken,
      fields: (app.fields ?? fields).join(','),
    };
    await callGraph({ method: 'POST', path: app.path, body, ...app.credentials }, io);
  }
  const subscribing = `${path}?subscribed_fields=${fields.join(',')}`;
  await callGraph({ method: 'POST', path: subscribing, ...credentials }, io);
}

/** `…/webhooks/facebook/ch_1` → `…/webhooks/facebook`, which serves every page; a URL of the operator’s own making stays. */
const doorOfAll = (url: string): string => url.replace(/(\/webhooks\/[a-z]+)\/[^/?]+$/, '$1');

async function readCallback(app: NonNullable<Subscription['app']>, io: Io): Promise<string | undefined> {
  const answer = await callGraph({ method: 'GET', path: app.path, ...app.credentials }, io);
  const ours = readObjects(answer.data).find(({ object }) => object === app.object);
  return ours?.active === false ? undefined : readText(ours?.callback_url);
}

/** Whether webhooks come, and what to do where they do not. An hour of failures unsubscribes an app, and it stays deaf until it is subscribed again. */
export async function probeSubscription(subscription: Subscription, io: Io, hook: { url: string }): Promise<Finding> {
  const again = 'Connect the channel again; it subscribes the app.';
  try {
    const { path, fields, credentials, app } = subscription;
    const answer = await callGraph({ method: 'GET', path, ...credentials }, io);
    const apps = readObjects(answer.data);
    if (apps.length === 0) {
      const message = 'No app is subscribed, so no webhook comes.';
      return { name: 'webhook', ok: false, message, remedy: again };
    }
    const known = new Set(apps.flatMap((one) => (Array.isArray(one.subscribed_fields) ? one.subscribed_fields : [])));
    const missing = fields.filter((field) => !known.has(field));
    if (missing.length > 0) {
      return { name: 'webhook', ok: false, message: `The app does not hear of ${missing.join(', ')}.`, remedy: again };
    }
    const callback = app && (await readCallback(app, io));
    if (callback && !hook.url.startsWith(callback)) {
      const remedy = 'Enter this channel’s webhook URL, or that of its type, at App Dashboard › Webhooks.';
      return { name: 'webhook', ok: false, message: `The app’s webhooks go to ${callback}.`, remedy };
    }
    return { name: 'webhook', ok: true, message: 'The app is subscribed to everything it needs.' };
  } catch (error) {
    if (!(error instanceof SendError)) throw error;
    const remedy = 'Give the token the permissions this channel’s page names, then connect the channel again.';
    return { name: 'permissions', ok: false, message: error.message, remedy };
  }
}

/** Reads a node, or says what is wrong with the token that may not. */
export async function probeToken(
  read: () => Promise<Json>,
  said: { subject: string; renew: string; check: string },
): Promise<{ node?: Json; finding: Finding }> {
  try {
    const node = await read();
    const name = readText(node.name) ?? readText(node.username) ?? said.subject;
    return { node, finding: { name: 'credentials', ok: true, message: `The token speaks for ${name}.` } };
  } catch (error) {
    if (!(error instanceof SendError)) throw error;
    return { finding: aboutRefusal(error, said) };
  }
}

function aboutRefusal(error: SendError, said: { renew: string; check: string }): Finding {
  const message = error.detail.providerMessage ?? error.message;
  if (/^190\/(460|463)$/.test(error.detail.providerCode ?? '')) {
    return { name: 'expiry', ok: false, message, remedy: said.renew };
  }
  const remedy = error.code === 'bad_credentials' ? said.check : 'Nothing to mend yet: try again in a minute.';
  return { name: 'credentials', ok: false, message, remedy };
}

/** Without the app’s secret nothing can be believed. */
export function probeSecret(secret: string | undefined): Finding[] {
  if (secret) return [];
  return [
    {
      name: 'webhook',
      ok: false,
      message: 'There is no app secret, so every webhook is refused and nothing is received.',
      remedy: 'Copy it from App Dashboard › App settings › Basic into the channel.',
    },
  ];
}
