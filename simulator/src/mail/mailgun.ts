import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Door } from '../double.ts';
import { answerText, readBody } from '../http.ts';
import type { Lab } from '../lab.ts';
import { addresses, type MailAccount } from './account.ts';
import { ApiError, type Form, readApiForm } from './form.ts';
import { sendMessage } from './messages.ts';

const BODY_LIMIT = 26 * 1024 * 1024;
const EVENTS = [
  'accepted',
  'clicked',
  'complained',
  'delivered',
  'opened',
  'permanent_fail',
  'temporary_fail',
  'unsubscribed',
];

/** `/mailgun/v3/…`, as api.mailgun.net answers it. */
export const answerMailgun: Door = async (lab, request, response, path) => {
  const started = performance.now();
  const url = new URL(path || '/', lab.url);
  const method = request.method ?? 'GET';
  const body = await readBody(request, BODY_LIMIT);
  let account: MailAccount | undefined;
  let about: { personId?: string; messageId?: string; shown?: unknown } = {};
  let status = 200;
  let answer: unknown;
  let misfortune: ReturnType<Lab['chaos']['email']['onRequest']>;
  try {
    account = accountOfKey(lab, request.headers.authorization, url.pathname);
    if (!body) throw new ApiError(413, 'Payload too large');
    const form = await readApiForm(body, request.headers['content-type'] ?? '');
    const sends = /^\/v3\/[^/]+\/messages$/.test(url.pathname) && method === 'POST';
    lab.count(`mailgun ${method} ${sends ? '/messages' : url.pathname.replace(/[^/]+@?[^/]*\.[^/]+/g, ':domain')}`);
    // Only what speaks to a person goes wrong, so that a channel can still be connected on a bad day.
    if (sends) misfortune = lab.chaos.email.onRequest();
    if (misfortune === 'rate')
      throw new ApiError(
        429,
        `Domain ${account.credential('domain')} is not allowed to send: account-requests-per-sec limit exceeded, try again after ${lab.chaos.email.settings.retryAfterSeconds} seconds`,
      );
    if (misfortune === 'error') throw new ApiError(500, 'Internal Server Error');
    if (sends) {
      const sent = await sendMessage(lab, account, form);
      about = sent.about;
      answer = sent.answer;
    } else answer = manage(account, method, url, form);
  } catch (cause) {
    if (!(cause instanceof ApiError)) throw cause;
    status = cause.status;
    answer = { message: cause.message };
  }
  if (account && about.shown !== undefined) {
    const person = about.personId ? lab.people.get(about.personId) : undefined;
    lab.tell(person, {
      type: 'request',
      provider: 'email',
      account: account.address,
      method,
      path: url.pathname,
      status: misfortune === 'hang' ? 0 : status,
      ms: Math.round((performance.now() - started) * 10) / 10,
      request: about.shown,
      answer: misfortune === 'hang' ? null : answer,
      ...(about.messageId ? { messageId: about.messageId } : {}),
    });
  }
  // The work is done and nobody is told: the caller's own time-out must end this.
  if (misfortune === 'hang') return;
  reply(response, status, answer);
};

/** A wrong key is told in plain words, everything else as JSON. */
function reply(response: ServerResponse, status: number, answer: unknown): void {
  if (status !== 401) {
    answerText(response, status, JSON.stringify(answer));
    return;
  }
  response.writeHead(401, { 'content-type': 'text/plain' });
  response.end('Forbidden');
}

/** HTTP Basic with the user `api`; the domain has to be one of the key’s own. */
function accountOfKey(lab: Lab, authorization: string | undefined, path: string): MailAccount {
  const [user, key] = Buffer.from(authorization?.replace(/^Basic /, '') ?? '', 'base64')
    .toString()
    .split(':');
  const mine = [...addresses(lab).values()].filter(
    (one) => user === 'api' && key !== '' && one.credential('apiKey') === key,
  );
  if (mine.length === 0) throw new ApiError(401, 'Forbidden');
  const domain = /^\/v3\/(?:domains\/)?([^/]+\.[^/]+)/.exec(path)?.[1];
  const account = domain ? mine.find((one) => one.credential('domain') === decodeURIComponent(domain)) : mine[0];
  if (!account) throw new ApiError(404, `Domain not found: ${domain}`);
  return account;
}

/** Domains, webhooks and routes. */
function manage(account: MailAccount, method: string, url: URL, form: Form): unknown {
  const [, , first, ...rest] = url.pathname.split('/');
  if (first === 'domains' && rest.length === 1 && method === 'GET')
    return {
      domain: { name: account.credential('domain'), state: 'active', type: 'custom' },
      sending_dns_records: [{ record_type: 'TXT', name: account.credential('domain'), valid: 'valid' }],
      receiving_dns_records: [{ record_type: 'MX', value: 'mxa.mailgun.org', valid: 'valid' }],
    };
  if (first === 'domains' && rest[1] === 'webhooks') return manageWebhooks(account, method, rest[2], form);
  if (first === 'routes') return manageRoutes(account, method, rest[0], form);
  if (rest[0] === 'events' && method === 'GET') {
    const id = url.searchParams.get('message-id');
    const limit = Number(url.searchParams.get('limit') ?? 100);
    return { items: account.events.filter((event) => id === null || idOf(event) === id).slice(-limit), paging: {} };
  }
  if (rest[0] === 'templates') return manageTemplates(account, method, rest[1], form);
  throw new ApiError(404, 'Not Found');
}

const idOf = (event: Record<string, unknown>): unknown =>
  (event.message as { headers: Record<string, unknown> }).headers['message-id'];

function manageWebhooks(account: MailAccount, method: string, name: string | undefined, form: Form): unknown {
  const { webhooks } = account;
  if (method === 'GET' && !name)
    return { webhooks: Object.fromEntries([...webhooks].map(([event, urls]) => [event, { urls }])) };
  const event = name ?? form.get('id')?.[0] ?? '';
  if (!EVENTS.includes(event)) throw new ApiError(400, 'Webhook type is invalid');
  if (method === 'DELETE') {
    if (!webhooks.delete(event)) throw new ApiError(404, 'Webhook not found');
    return { message: 'Webhook has been deleted' };
  }
  const urls = form.get('url') ?? [];
  if (urls.length === 0 || urls.length > 3) throw new ApiError(400, 'Up to three URLs can be given');
  if (method === 'POST' && webhooks.has(event)) throw new ApiError(400, 'Webhook already exists');
  if (method === 'PUT' && !webhooks.has(event)) throw new ApiError(404, 'Webhook not found');
  webhooks.set(event, urls);
  account.public.webhookUrl = urls.at(-1)!;
  return { message: `Webhook has been ${method === 'PUT' ? 'updated' : 'created'}`, webhook: { urls } };
}

function manageRoutes(account: MailAccount, method: string, id: string | undefined, form: Form): unknown {
  const { routes } = account;
  if (method === 'GET') return { total_count: routes.length, items: routes };
  if (method === 'DELETE') {
    const at = routes.findIndex((route) => route.id === id);
    if (at < 0) throw new ApiError(404, 'Route not found');
    routes.splice(at, 1);
    return { id, message: 'Route has been deleted' };
  }
  const expression = form.get('expression')?.[0] ?? '';
  const actions = form.get('action') ?? [];
  if (!/^(?:match_recipient|match_header)\(".*"\)$|^catch_all\(\)$/.test(expression))
    throw new ApiError(400, 'Filter is invalid');
  if (actions.length === 0 || !actions.every((action) => /^(?:forward|store)\(.*\)$|^stop\(\)$/.test(action)))
    throw new ApiError(400, 'Action is invalid');
  const route = {
    id: randomBytes(12).toString('hex'),
    priority: Number(form.get('priority')?.[0] ?? 0),
    description: form.get('description')?.[0] ?? '',
    expression,
    actions,
    created_at: new Date().toUTCString(),
  };
  routes.push(route);
  return { message: 'Route has been created', route };
}

function manageTemplates(account: MailAccount, method: string, name: string | undefined, form: Form): unknown {
  const { templates } = account;
  const about = (one: string) => ({ name: one, description: '', createdAt: new Date().toUTCString(), id: one });
  if (method === 'GET') return { items: [...templates.keys()].map(about), paging: {} };
  if (method === 'DELETE') {
    if (!templates.delete(decodeURIComponent(name ?? ''))) throw new ApiError(404, 'template not found');
    return { message: 'template has been deleted', template: { name } };
  }
  const wanted = form.get('name')?.[0]?.toLowerCase() ?? '';
  if (!wanted) throw new ApiError(400, "'name' parameter is missing");
  if (templates.has(wanted)) throw new ApiError(409, 'duplicate template');
  templates.set(wanted, form.get('template')?.[0] ?? '');
  return { message: 'template has been stored', template: about(wanted) };
}
