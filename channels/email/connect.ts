import { SendError } from '@tributary/protocol';
import type { Connected, Finding, Io } from '../adapter.ts';
import { readObject, readObjects, readText } from '../common/json.ts';
import { type EmailConfig, fromOf, inboxOf, isMailgun } from './config.ts';
import { folderOf, openImap } from './imap.ts';
import { ask } from './mailgun.ts';
import { tryLogin } from './smtp.ts';

type Hook = { url: string };

/** What Mailgun is asked to tell of our mail. */
const EVENTS = ['accepted', 'delivered', 'permanent_fail', 'opened', 'clicked', 'unsubscribed', 'complained'];
/** Mailgun calls at most so many URLs for each event. */
const MOST_URLS = 3;

/** Logs in, which proves the credentials; at Mailgun the route that brings mail and the webhooks that tell of ours are made where they are missing. */
export async function connect(config: EmailConfig, io: Io, hook: Hook): Promise<Connected<EmailConfig>> {
  const named = { account: fromOf(config), name: config.fromName ?? fromOf(config) };
  if (!isMailgun(config)) {
    await tryLogin(config, io);
    if (config.imapHost) (await openImap(config, io)).close();
    return named;
  }
  await ask('GET', `/v3/domains/${domainPath(config)}`, [], config, io);
  for (const [event, urls] of await readWebhooks(config, io))
    if (!urls.includes(hook.url)) await addWebhook(event, urls, hook, config, io);
  if (!(await findRoute(config, io, hook))) {
    await ask('POST', '/v3/routes', routeOf(config, hook), config, io);
  }
  return named;
}

/** Takes our webhooks and our route away again. Others’ stay. */
export async function disconnect(config: EmailConfig, io: Io): Promise<void> {
  if (!isMailgun(config)) return;
  for (const route of await readRoutes(config, io)) {
    if (readText(route.description) === descriptionOf(config))
      await ask('DELETE', `/v3/routes/${String(route.id)}`, [], config, io);
  }
}

const domainPath = (config: EmailConfig): string => encodeURIComponent(config.domain ?? '');
const descriptionOf = (config: EmailConfig): string => `Tributary: ${inboxOf(config)}`;
const forwardTo = (hook: Hook): string => `forward("${hook.url}/mime")`;

/** A URL that ends in `mime` is given the raw mail, which is read as any other. */
function routeOf(config: EmailConfig, hook: Hook): [string, string][] {
  const [local, domain] = inboxOf(config).split('@');
  return [
    ['priority', '0'],
    ['description', descriptionOf(config)],
    ['expression', `match_recipient("${escaped(local!)}(\\+.*)?@${escaped(domain!)}")`],
    ['action', forwardTo(hook)],
    ['action', 'stop()'],
  ];
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

const readRoutes = async (config: EmailConfig, io: Io) =>
  readObjects((await ask('GET', '/v3/routes?limit=1000', [], config, io)).items);

const findRoute = async (config: EmailConfig, io: Io, hook: Hook) =>
  (await readRoutes(config, io)).find(
    (route) => Array.isArray(route.actions) && route.actions.includes(forwardTo(hook)),
  );

/** The URLs that Mailgun calls for each event we want to hear of. */
async function readWebhooks(config: EmailConfig, io: Io): Promise<[event: string, urls: string[]][]> {
  const told = readObject((await ask('GET', `/v3/domains/${domainPath(config)}/webhooks`, [], config, io)).webhooks);
  return EVENTS.map((event) => {
    const urls = readObject(told?.[event])?.urls;
    return [event, Array.isArray(urls) ? urls.map(String) : []];
  });
}

async function addWebhook(
  event: string,
  urls: readonly string[],
  hook: Hook,
  config: EmailConfig,
  io: Io,
): Promise<void> {
  const path = `/v3/domains/${domainPath(config)}/webhooks`;
  if (urls.length >= MOST_URLS)
    throw new SendError('rejected', {
      providerMessage: `Mailgun calls ${MOST_URLS} URLs for “${event}” already; take one away.`,
    });
  if (urls.length === 0)
    await ask(
      'POST',
      path,
      [
        ['id', event],
        ['url', hook.url],
      ],
      config,
      io,
    );
  else
    await ask(
      'PUT',
      `${path}/${event}`,
      [...urls, hook.url].map((url) => ['url', url] as const),
      config,
      io,
    );
}

/** Does the server let us in, both ways; does Mailgun know the domain, its DNS and our URLs? */
export async function probe(config: EmailConfig, io: Io, hook: Hook): Promise<Finding[]> {
  return isMailgun(config) ? probeMailgun(config, io, hook) : probeServers(config, io);
}

async function probeServers(config: EmailConfig, io: Io): Promise<Finding[]> {
  const findings = [
    await attempt(
      `${config.smtpHost} takes our mail.`,
      'Check the SMTP server, user and password; with two factors it is an app password.',
      () => tryLogin(config, io),
    ),
  ];
  if (!config.imapHost)
    return [
      ...findings,
      {
        name: 'webhook',
        ok: true,
        message: 'Nothing is received: the channel names no IMAP server.',
        remedy: 'Name the IMAP server to receive mail.',
      },
    ];
  findings.push(
    await attempt(
      `${config.imapHost} lets us read ${folderOf(config)}.`,
      'Check the IMAP server, user, password and folder; some providers have IMAP switched off.',
      async () => {
        const client = await openImap(config, io);
        try {
          await client.mailboxOpen(folderOf(config), { readOnly: true });
        } finally {
          client.close();
        }
      },
    ),
  );
  return findings;
}

async function attempt(works: string, remedy: string, work: () => Promise<void>): Promise<Finding> {
  try {
    await work();
    return { name: 'credentials', ok: true, message: works };
  } catch (error) {
    return { name: 'credentials', ok: false, message: (error as Error).message, remedy };
  }
}

async function probeMailgun(config: EmailConfig, io: Io, hook: Hook): Promise<Finding[]> {
  let domain: Record<string, unknown>;
  try {
    domain = await ask('GET', `/v3/domains/${domainPath(config)}`, [], config, io);
  } catch (error) {
    if (!(error instanceof SendError)) throw error;
    const remedy = 'Check the API key, the domain and the region: a domain of the other region is not found.';
    return [{ name: 'credentials', ok: false, message: error.message, remedy }];
  }
  const findings: Finding[] = [{ name: 'credentials', ok: true, message: `The key may use ${config.domain}.` }];
  findings.push(...aboutDns(domain));
  const missing = (await readWebhooks(config, io))
    .filter(([, urls]) => !urls.includes(hook.url))
    .map(([event]) => event);
  findings.push(
    missing.length === 0
      ? { name: 'webhook', ok: true, message: 'Mailgun tells us what becomes of our mail.' }
      : {
          name: 'webhook',
          ok: false,
          message: `Mailgun does not tell us of: ${missing.join(', ')}.`,
          remedy: 'Connect the channel again.',
        },
  );
  if (!config.webhookSigningKey)
    findings.push({
      name: 'webhook',
      ok: false,
      message: 'Nothing can be received without the webhook signing key.',
      remedy: 'Copy it from Mailgun › API security.',
    });
  findings.push(
    (await findRoute(config, io, hook))
      ? { name: 'webhook', ok: true, message: `Mail to ${inboxOf(config)} comes to us.` }
      : {
          name: 'webhook',
          ok: false,
          message: `No route brings mail to ${inboxOf(config)} here.`,
          remedy: 'Connect the channel again.',
        },
  );
  return findings;
}

/** What the world’s name servers say of the domain, as Mailgun saw it last: SPF and DKIM for sending, MX for receiving. */
function aboutDns(domain: Record<string, unknown>): Finding[] {
  const state = readText(readObject(domain.domain)?.state);
  const wrong = [...readObjects(domain.sending_dns_records), ...readObjects(domain.receiving_dns_records)].filter(
    (record) => record.valid !== 'valid' && readText(record.record_type) !== 'CNAME',
  );
  if (state === 'active' && wrong.length === 0)
    return [{ name: 'permissions', ok: true, message: 'Its DNS records are as Mailgun wants them.' }];
  const names = wrong.map((record) => [readText(record.record_type), readText(record.name)].filter(Boolean).join(' '));
  return [
    {
      name: 'permissions',
      ok: state === 'active',
      message: `Mailgun calls the domain ${state ?? 'unknown'}${names.length > 0 ? `; these DNS records are missing or wrong: ${names.join(', ')}` : ''}.`,
      remedy: 'Set the records that Mailgun shows for the domain, and wait until it has seen them.',
    },
  ];
}
