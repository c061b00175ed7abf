import type { IncomingMessage } from 'node:http';
import type { Door } from '../double.ts';
import { answerText, isObject, readBody } from '../http.ts';
import type { Lab } from '../lab.ts';
import { inCrowd } from '../people.ts';
import { agents, bareAgent, type RcsAccount } from './account.ts';
import { GoogleError, invalid } from './error.ts';
import { answerMedia, takeLink, takeUpload } from './files.ts';
import { type Accepted, type Call, reach, revoke, sendMessage } from './messages.ts';
import { answerToken, bearerOf } from './oauth.ts';
import { checkShape } from './shapes.ts';
import { readChosenId } from './validate.ts';

type Json = Record<string, unknown>;

const bodyLimit = 1024 * 1024;

/** Everything under `/rcs`: Google's API, its token service at `/oauth2`, people's files at `/media`, and the webhook's page of its console. */
export const answerRcs: Door = async (lab, request, response, path) => {
  if (path.startsWith('/media/')) return answerMedia(lab, response, path.slice('/media/'.length));
  if (path === '/oauth2/token') return answerToken(lab, request, response);
  const started = performance.now();
  const url = new URL(path, 'http://rcs');
  const call: Call = {};
  let account: RcsAccount | undefined;
  let body: Json = {};
  let status = 200;
  let answer: Json;
  let accepted: Accepted | undefined;
  let misfortune: ReturnType<Lab['chaos']['rcs']['onRequest']>;
  try {
    if (url.pathname.startsWith('/console/')) {
      answer = await configure(lab, url, await readJson(request));
    } else {
      const email = bearerOf(lab, request);
      const upload = url.pathname === '/upload/v1/files';
      body = upload ? {} : await readJson(request);
      account = agentOf(lab, email, url.searchParams.get('agentId') ?? body.agentId);
      lab.count(`rcs ${url.pathname.split('/').at(-1)}`);
      const speaks = /\/agent(Messages|Events)/.test(url.pathname);
      misfortune = speaks ? lab.chaos.rcs.onRequest() : undefined;
      if (misfortune === 'rate') throw new GoogleError(429);
      if (misfortune === 'error') throw new GoogleError(lab.chaos.rcs.draw(0.5) ? 500 : 503);
      const result = upload
        ? await takeUpload(lab, request)
        : await route(lab, account, request.method ?? 'GET', url, body, call);
      if (isAccepted(result)) {
        accepted = result;
        answer = result.answer;
      } else answer = result;
    }
  } catch (cause) {
    if (!(cause instanceof GoogleError)) throw cause;
    status = cause.status;
    answer = cause.body;
  }
  if (accepted && lab.chaos.rcs.draw(lab.chaos.rcs.settings.earlyReceipt)) {
    // The receipt overtakes the answer it speaks of.
    accepted.after();
    accepted = undefined;
    await new Promise<void>((resolve) => lab.later(150, resolve));
  }
  if (misfortune !== 'hang') {
    if (status === 429) response.setHeader('retry-after', String(lab.chaos.rcs.settings.retryAfterSeconds));
    answerText(response, status, JSON.stringify(answer));
  }
  if (account && !(call.person && inCrowd(call.person))) {
    lab.tell(call.person, {
      type: 'request',
      provider: 'rcs',
      account: account.agentId,
      method: request.method ?? 'POST',
      path: url.pathname,
      status: misfortune === 'hang' ? 0 : status,
      ms: Math.round((performance.now() - started) * 10) / 10,
      request: body,
      answer: misfortune === 'hang' ? null : answer,
      ...(call.messageId ? { messageId: call.messageId } : {}),
    });
  }
  accepted?.after();
};

const isAccepted = (result: Json | Accepted): result is Accepted => typeof result.after === 'function';

/** The agent a call speaks for: always named, and one of the service account's partner. */
function agentOf(lab: Lab, email: string, named: unknown): RcsAccount {
  if (typeof named !== 'string' || named === '') throw invalid('agent_id is required.');
  const account = agents(lab).get(bareAgent(named));
  if (!account || account.email !== email) throw new GoogleError(403);
  return account;
}

async function route(
  lab: Lab,
  account: RcsAccount,
  method: string,
  { pathname, searchParams: query }: URL,
  body: Json,
  call: Call,
): Promise<Json | Accepted> {
  if (method === 'POST' && pathname === '/v1/users:batchGet') return batchGet(lab, account, body);
  if (method === 'POST' && pathname === '/v1/files') return takeLink(lab, body);
  const [, phone = '', edge = '', id] = /^\/v1\/phones\/([^/]+)\/(\w+)(?:\/([^/]+))?$/.exec(pathname) ?? [];
  const number = decodeURIComponent(phone);
  switch (`${method} ${edge}`) {
    case 'POST agentMessages':
      if (lab.settings.limits && account.flood.take(number).wait > 0) throw new GoogleError(429);
      return sendMessage(lab, account, number, query, body, call);
    case 'DELETE agentMessages':
      call.person = reach(lab, account, number);
      return revoke(account, decodeURIComponent(id ?? ''));
    case 'POST agentEvents':
      return takeEvent(lab, account, number, query, body, call);
    case 'GET capabilities':
      if (!query.get('requestId')) throw invalid('request_id is required.');
      call.person = reach(lab, account, number);
      return { features: FEATURES };
    case 'POST testers':
      account.testers.add(number);
      return { inviteStatus: 'ACCEPTED' };
    default:
      throw new GoogleError(404, `Method not found: ${method} ${pathname}`);
  }
}

const FEATURES = [
  'RICHCARD_STANDALONE',
  'RICHCARD_CAROUSEL',
  'ACTION_CREATE_CALENDAR_EVENT',
  'ACTION_DIAL',
  'ACTION_OPEN_URL',
  'ACTION_SHARE_LOCATION',
  'ACTION_VIEW_LOCATION',
  'ACTION_OPEN_URL_IN_WEBVIEW',
];

/** The sample of numbers is not told below five hundred, so that nobody can be found out. */
function batchGet(lab: Lab, account: RcsAccount, body: Json): Json {
  checkShape(body, 'BatchRequest', 'batch_get_users_request');
  const users = (body.users ?? []) as string[];
  if (users.length === 0 || users.length > 10_000) throw invalid('users must hold 1 to 10000 phone numbers.');
  const reachable = users.filter((number) => {
    try {
      return account.launched && reach(lab, account, number);
    } catch {
      return false;
    }
  });
  const sampled = users.length >= 500;
  return {
    ...(reachable.length > 0 ? { reachableUsers: reachable } : {}),
    totalRandomSampleUserCount: sampled ? Math.ceil(users.length * 0.75) : 0,
    reachableRandomSampleUserCount: sampled ? Math.ceil(reachable.length * 0.75) : 0,
  };
}

/** The agent types, or has read what the person wrote. */
function takeEvent(
  lab: Lab,
  account: RcsAccount,
  number: string,
  query: URLSearchParams,
  body: Json,
  call: Call,
): Json {
  const id = readChosenId(query, 'eventId');
  checkShape(body, 'AgentEvent', 'agent_event');
  const person = reach(lab, account, number);
  call.person = person;
  const phone = account.phones.of(person);
  if (body.eventType === 'READ') {
    if (typeof body.messageId !== 'string') throw invalid('message_id is required for READ.');
    const entry = phone.entries.find(({ view }) => view.id === body.messageId);
    if (entry) {
      entry.view.status = 'read';
      lab.changed(account.public, person, 'status', body.messageId);
    }
  } else if (body.eventType !== 'IS_TYPING') throw invalid('event_type is required.');
  if (account.taken.has(id)) throw new GoogleError(409);
  account.taken.add(id);
  if (body.eventType === 'IS_TYPING') {
    phone.typingUntil = Date.now() + 20_000;
    lab.changed(account.public, person, 'typing');
  }
  return { name: `phones/${number}/agentEvents/${id}`, ...body, sendTime: new Date().toISOString() };
}

/** `/console/agents/AGENT/webhook`: what a person does in the console. The URL is taken when it has proved that it knows the client token. */
async function configure(lab: Lab, { pathname }: URL, body: Json): Promise<Json> {
  const agent = /^\/console\/agents\/([^/]+)\/webhook$/.exec(pathname)?.[1];
  const account = agents(lab).get(bareAgent(decodeURIComponent(agent ?? '')));
  if (!account) throw new GoogleError(404);
  if (typeof body.url !== 'string') throw invalid('url is required.');
  if (!(await account.hook.check(body.url))) throw invalid('The webhook URL did not answer with the secret.');
  account.listen(body.url);
  return { url: body.url };
}

async function readJson(request: IncomingMessage): Promise<Json> {
  if (request.method === 'GET' || request.method === 'DELETE') return {};
  const bytes = await readBody(request, bodyLimit);
  if (!bytes) throw new GoogleError(413, 'Request payload size exceeds the limit.');
  try {
    const body: unknown = JSON.parse(bytes.toString('utf8') || '{}');
    if (isObject(body)) return body;
  } catch {
    // Told below, as for JSON of another shape.
  }
  throw invalid('Invalid JSON payload received.');
}
