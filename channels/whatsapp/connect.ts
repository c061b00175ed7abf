import { SendError } from '@tributary/protocol';
import type { Connected, Finding, Io } from '../adapter.ts';
import { type Json, readObject, readObjects, readText } from '../common/json.ts';
import { callGraph, graphPath } from '../common/meta.ts';
import { toCall } from './call.ts';
import type { WhatsAppConfig } from './config.ts';

const FIELDS = 'display_phone_number,verified_name,quality_rating,throughput,status';

/**
 * Reads the number, which proves the token, and where the business account is known points its webhooks here: an app has one callback URL, and
 * this overrides it for the account. Meta checks the URL before it answers, so the handshake must already work.
 */
export async function connect(
  config: WhatsAppConfig,
  io: Io,
  hook: { url: string },
): Promise<Connected<WhatsAppConfig>> {
  const number = await readNumberNode(config, io);
  if (config.businessAccountId) {
    const body = { override_callback_uri: hook.url, verify_token: config.verifyToken };
    await callGraph(
      toCall({ method: 'POST', path: subscriptions(config, config.businessAccountId), body }, config),
      io,
    );
  }
  const phone = readText(number.display_phone_number);
  const name = [readText(number.verified_name), phone].filter(Boolean).join(' · ');
  return {
    account: config.phoneNumberId,
    ...(name ? { name } : {}),
    ...(phone ? { config: { displayPhoneNumber: phone } } : {}),
  };
}

/** What works and what does not, each with the step that mends it. */
export async function probe(config: WhatsAppConfig, io: Io, hook: { url: string }): Promise<Finding[]> {
  const findings: Finding[] = [];
  try {
    findings.push(...aboutNumber(await readNumberNode(config, io)));
  } catch (error) {
    if (!(error instanceof SendError)) throw error;
    return [aboutToken(error), ...aboutSecret(config)];
  }
  findings.push(...aboutSecret(config));
  if (config.businessAccountId) findings.push(await aboutSubscription(config, config.businessAccountId, io, hook));
  return findings;
}

const readNumberNode = (config: WhatsAppConfig, io: Io): Promise<Json> =>
  callGraph(toCall({ method: 'GET', path: `${graphPath(config, config.phoneNumberId)}?fields=${FIELDS}` }, config), io);

const subscriptions = (config: WhatsAppConfig, account: string): string =>
  graphPath(config, account, 'subscribed_apps');

function aboutNumber(number: Json): Finding[] {
  const name = [readText(number.verified_name), readText(number.display_phone_number)].filter(Boolean).join(' · ');
  const findings: Finding[] = [
    { name: 'credentials', ok: true, message: `The token speaks for ${name || 'the number'}.` },
  ];
  const status = readText(number.status);
  if (status && status !== 'CONNECTED') {
    findings.push({
      name: 'permissions',
      ok: false,
      message: `Meta calls the number ${status}.`,
      remedy: 'Register the number at WhatsApp Manager › Phone numbers, then probe again.',
    });
  }
  if (readText(number.quality_rating) === 'RED') {
    findings.push({
      name: 'permissions',
      ok: false,
      message: 'Meta rates the quality of the number as low; it may lower its limits.',
      remedy: 'Send fewer messages that people block or report; see WhatsApp Manager › Insights.',
    });
  }
  return findings;
}

function aboutToken(error: SendError): Finding {
  const { providerCode, providerMessage } = error.detail;
  const message = providerMessage ?? error.message;
  if (providerCode === '190/463') {
    return {
      name: 'expiry',
      ok: false,
      message,
      remedy: 'Make a token of a system user, which does not expire: Business Settings › System users.',
    };
  }
  if (error.code !== 'bad_credentials') {
    return { name: 'credentials', ok: false, message, remedy: 'Nothing to mend yet: try again in a minute.' };
  }
  return {
    name: 'credentials',
    ok: false,
    message,
    remedy:
      'Check the phone number ID, and that the token has whatsapp_business_messaging and the number’s account as an asset.',
  };
}

function aboutSecret(config: WhatsAppConfig): Finding[] {
  if (config.appSecret) return [];
  return [
    {
      name: 'webhook',
      ok: false,
      message: 'There is no app secret, so every webhook is refused and nothing is received.',
      remedy: 'Copy it from App Dashboard › App settings › Basic into the channel.',
    },
  ];
}

async function aboutSubscription(
  config: WhatsAppConfig,
  account: string,
  io: Io,
  hook: { url: string },
): Promise<Finding> {
  const reconnect = 'Connect the channel again; it subscribes the account and points its webhooks here.';
  try {
    const answer = await callGraph(toCall({ method: 'GET', path: subscriptions(config, account) }, config), io);
    const apps = readObjects(answer.data);
    if (apps.length === 0) {
      const message = 'No app is subscribed to the business account, so no webhook comes.';
      return { name: 'webhook', ok: false, message, remedy: reconnect };
    }
    const urls = apps.flatMap((app) => overrideOf(app) ?? []);
    if (urls.length > 0 && !urls.includes(hook.url)) {
      return { name: 'webhook', ok: false, message: `Webhooks go to ${urls.join(', ')}.`, remedy: reconnect };
    }
    const where = urls.length > 0 ? 'to this channel' : 'to the app’s own callback URL';
    return { name: 'webhook', ok: true, message: `Webhooks of the account go ${where}.` };
  } catch (error) {
    if (!(error instanceof SendError)) throw error;
    return {
      name: 'permissions',
      ok: false,
      message: error.message,
      remedy: 'Give the token whatsapp_business_management, and check the business account ID.',
    };
  }
}

function overrideOf(app: Json): string | undefined {
  const data = readObject(app.whatsapp_business_api_data);
  return readText(app.override_callback_uri) ?? readText(data?.override_callback_uri);
}
