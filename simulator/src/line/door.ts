import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Door } from '../double.ts';
import { answerText, isObject, readBody } from '../http.ts';
import type { Lab } from '../lab.ts';
import { inCrowd } from '../people.ts';
import { isLoopback } from '../post.ts';
import { wireOf } from '../webhook.ts';
import { accounts, type LineAccount } from './account.ts';
import { contentOf, transcodingOf } from './content.ts';
import { invalid, LineError, notFound } from './error.ts';
import { createMenu, deleteMenu, describeMenu, givePicture, hideMenu, showMenu, shownMenu } from './menu.ts';
import { pictureOf } from './people.ts';
import { type Call, markAsRead, push, reply, showLoading } from './send.ts';
import { faultsOf } from './spec.ts';

type Json = Record<string, unknown>;
interface Question {
  body: Json;
  /** What stands in the path for each `*` of its pattern. */
  names: string[];
  retryKey: string | undefined;
  /** Of what is no JSON. */
  bytes: Buffer;
  type: string;
}
type Answer = (lab: Lab, account: LineAccount, question: Question, call: Call) => Json | Promise<Json>;

const bodyLimit = 2 * 1024 * 1024;

/** `/line/v2/…` as api.line.me answers it, `/line/data/v2/…` as api-data.line.me does, `/line/pictures/ID` for profiles. */
export const answerLine: Door = async (lab, request, response, path) => {
  const [place = ''] = path.split('?');
  const picture = /^\/pictures\/(\d+)$/.exec(place)?.[1];
  if (picture) return answerFile(response, lab.files.get(picture));
  const started = performance.now();
  const route = routes.find(({ method, pattern }) => method === request.method && pattern.test(place));
  const call: Call = { ignored: [] };
  let account: LineAccount | undefined;
  let body: Json = {};
  let status = 200;
  let answer: Json | undefined;
  let misfortune: ReturnType<Lab['chaos']['line']['onRequest']>;
  const requestId = randomUUID();
  response.setHeader('x-line-request-id', requestId);
  try {
    const read = await readBody(request, bodyLimit);
    account = accounts(lab).get(/^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '');
    if (!account) {
      const reason = 'invalid token. Confirm that the access token in the authorization header is valid.';
      throw new LineError(401, `Authentication failed due to the following reason: ${reason}`);
    }
    if (!route) throw notFound();
    lab.count(`line ${route.name}`);
    body = route.bytes ? {} : readJson(read);
    const names = route.pattern.exec(place)!.slice(1).map(decodeURIComponent);
    // Only what speaks to a person goes wrong, so that a channel can still be connected on a bad day.
    if (route.speaks) misfortune = lab.chaos.line.onRequest();
    if (misfortune === 'rate') {
      response.setHeader('retry-after', lab.chaos.line.settings.retryAfterSeconds);
      throw new LineError(429, 'The API rate limit has been exceeded. Try again later.');
    }
    if (misfortune === 'error') throw new LineError(500, 'Internal server error');
    if (route.file) {
      const file = contentOf(lab, account, names[0]!);
      if (file === 'preparing') return answerText(response, 202, '{}');
      return answerFile(response, file);
    }
    const retryKey = request.headers['x-line-retry-key'] as string | undefined;
    const bytes = read ?? Buffer.alloc(0);
    const type = request.headers['content-type'] ?? '';
    answer = await route.answer!(lab, account, { body, names, retryKey, bytes, type }, call);
    status = route.status ?? 200;
  } catch (cause) {
    if (!(cause instanceof LineError)) throw cause;
    status = cause.status;
    answer = cause.body;
  }
  if (account && !(call.person && inCrowd(call.person))) {
    lab.tell(call.person, {
      type: 'request',
      provider: 'line',
      account: account.userId,
      method: request.method ?? 'POST',
      path: place,
      status: misfortune === 'hang' ? 0 : status,
      ms: Math.round((performance.now() - started) * 10) / 10,
      request: body,
      answer: misfortune === 'hang' ? null : answer,
      ...(call.messageId ? { messageId: call.messageId } : {}),
      ...(call.ignored.length > 0 ? { ignored: call.ignored } : {}),
    });
  }
  // The work is done and nobody is told: the caller's own time-out must end this.
  if (misfortune === 'hang') return;
  answerText(response, status, JSON.stringify(answer));
};

function answerFile(response: ServerResponse, file: { bytes?: Buffer; mimeType: string } | undefined): void {
  if (!file?.bytes) {
    answerText(response, 404, '{"message":"Not found"}');
    return;
  }
  response.writeHead(200, { 'content-type': file.mimeType, 'content-length': file.bytes.length });
  response.end(file.bytes);
}

function readJson(body: Buffer | undefined): Json {
  if (!body) throw new LineError(413, 'The request body is too large');
  if (body.length === 0) return {};
  try {
    const json: unknown = JSON.parse(body.toString('utf8'));
    if (isObject(json)) return json;
  } catch {
    // Said below.
  }
  throw new LineError(400, 'The request body could not be parsed as JSON (line: 1, column: 1)');
}

const setEndpoint: Answer = (_lab, account, { body }, call) => {
  const faults = faultsOf('SetWebhookEndpointRequest', body, call.ignored);
  const url = String(body.endpoint);
  if (faults.length === 0 && (!URL.canParse(url) || url.length > 500))
    faults.push({ message: 'Must be a valid URL', property: 'endpoint' });
  if (faults.length > 0) throw invalid(faults);
  if (!isLoopback(url) && !url.startsWith('https://')) throw new LineError(400, 'Invalid webhook endpoint URL');
  account.listen(url);
  return {};
};

/** Posts a webhook without events and tells how that went. */
const testEndpoint: Answer = async (lab, account) => {
  if (!account.url) throw notFound();
  const call = account.call({ destination: account.userId, events: [] });
  const posted = await lab.postman.post(call.url, call.headers, call.body, lab.settings.webhookTimeoutMs);
  lab.tell(undefined, {
    type: 'webhook',
    provider: 'line',
    account: account.userId,
    url: call.url,
    status: posted.status,
    ms: Math.round(posted.ms * 10) / 10,
    body: JSON.parse(call.body) as unknown,
    wire: wireOf(call),
    ...(posted.error ? { error: posted.error } : {}),
  });
  const success = posted.status === 200;
  return {
    success,
    timestamp: new Date().toISOString(),
    statusCode: posted.status ?? 0,
    reason: success ? 'OK' : posted.status === null ? 'COULD_NOT_CONNECT' : 'ERROR_STATUS_CODE',
    detail: posted.error ?? String(posted.status),
  };
};

const getProfile: Answer = (lab, account, { names }, call) => {
  const person = lab.people.byLine(names[0]!);
  const phone = person && account.phones.find(person);
  if (!person || !phone?.started || phone.blocked) throw notFound();
  call.person = person;
  return {
    userId: person.line.userId,
    displayName: person.name,
    ...(inCrowd(person) ? {} : { pictureUrl: `${lab.url}/line/pictures/${pictureOf(lab, person)}` }),
    language: person.telegram.languageCode ?? 'en',
  };
};

interface Route {
  method: string;
  name: string;
  pattern: RegExp;
  speaks?: true;
  file?: true;
  /** Its body is a file. */
  bytes?: true;
  status?: number;
  answer?: Answer;
}

const route = (method: string, path: string, answer: Answer | undefined, more: Partial<Route> = {}): Route => ({
  method,
  name: path,
  pattern: new RegExp(`^${path.replaceAll('*', '([^/]+)')}$`),
  ...(answer ? { answer } : {}),
  ...more,
});

const routes: readonly Route[] = [
  route(
    'POST',
    '/v2/bot/message/reply',
    (lab, one, { body, retryKey }, call) => reply(lab, one, body, call, retryKey),
    {
      speaks: true,
    },
  ),
  route('POST', '/v2/bot/message/push', (lab, one, { body, retryKey }, call) => push(lab, one, body, call, retryKey), {
    speaks: true,
  }),
  route('POST', '/v2/bot/chat/loading/start', (lab, one, { body }, call) => showLoading(lab, one, body, call), {
    status: 202,
  }),
  route('POST', '/v2/bot/chat/markAsRead', (lab, one, { body }, call) => markAsRead(lab, one, body, call)),
  route('GET', '/v2/bot/info', (_lab, one) => ({
    userId: one.userId,
    basicId: one.public.credentials.basicId,
    displayName: one.public.title,
    chatMode: 'bot',
    markAsReadMode: 'manual',
  })),
  route('GET', '/v2/bot/profile/*', getProfile),
  route('POST', '/v2/bot/user/*/linkToken', () => ({ linkToken: randomUUID().replaceAll('-', '') })),
  route('GET', '/v2/bot/channel/webhook/endpoint', (_lab, one) => {
    if (!one.url) throw notFound();
    return { endpoint: one.url, active: one.active };
  }),
  route('PUT', '/v2/bot/channel/webhook/endpoint', setEndpoint),
  route('POST', '/v2/bot/channel/webhook/test', testEndpoint),
  route('POST', '/v2/bot/richmenu', (_lab, one, { body }, call) => createMenu(one, body, call.ignored)),
  route('GET', '/v2/bot/richmenu/*', (_lab, one, { names }) => describeMenu(one, names[0]!)),
  route('DELETE', '/v2/bot/richmenu/*', (_lab, one, { names }) => deleteMenu(one, names[0]!)),
  route(
    'POST',
    '/data/v2/bot/richmenu/*/content',
    (_lab, one, { names, bytes, type }) => givePicture(one, names[0]!, bytes, type),
    { bytes: true },
  ),
  route('GET', '/v2/bot/user/all/richmenu', (_lab, one) => shownMenu(one)),
  route('POST', '/v2/bot/user/all/richmenu/*', (_lab, one, { names }) => showMenu(one, names[0]!)),
  route('DELETE', '/v2/bot/user/all/richmenu', (_lab, one) => hideMenu(one)),
  route('GET', '/v2/bot/message/quota', (_lab, one) =>
    one.quota === undefined ? { type: 'none' } : { type: 'limited', value: one.quota },
  ),
  route('GET', '/v2/bot/message/quota/consumption', (_lab, one) => ({ totalUsage: one.used })),
  route('GET', '/data/v2/bot/message/*/content', undefined, { file: true }),
  route('GET', '/data/v2/bot/message/*/content/transcoding', (lab, one, { names }) => ({
    status: transcodingOf(lab, one, names[0]!),
  })),
];
