import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerText, readBody } from '../http.ts';
import type { Lab } from '../lab.ts';
import { inCrowd } from '../people.ts';
import { badCredentials, notFound, TwilioError, tooMany, unavailable } from './error.ts';
import { exchange } from './exchange.ts';
import { describeAccount } from './numbers.ts';
import { type Answer, ELSEWHERE, type Question, RESOURCES, type Resource } from './routes.ts';

const bodyLimit = 1024 * 1024;

/** `/twilio/2010-04-01/Accounts/AC…/…` as api.twilio.com answers it, and `/twilio/HOST/v1/…` as HOST.twilio.com does. */
export async function answerTwilio(
  lab: Lab,
  request: IncomingMessage,
  response: ServerResponse,
  rest: string,
): Promise<void> {
  const started = performance.now();
  const mark = rest.indexOf('?');
  const whole = mark < 0 ? rest : rest.slice(0, mark);
  const query = new URLSearchParams(mark < 0 ? '' : rest.slice(mark + 1));
  if (whole.startsWith('/storage/')) {
    answerStorage(lab, response, whole.slice('/storage/'.length));
    return;
  }
  const form = await readFields(request);
  let answer: Answer;
  let headers: Record<string, string> = {};
  let silent = false;
  let early = false;
  let made = false;
  let provider: Resource['provider'] = 'sms';
  try {
    const { resource, question } = route(lab, request, whole, query, form);
    provider = resource.provider;
    made = question.method === 'POST' && question.path.length === 1;
    const misfortune = made ? lab.chaos[provider].onRequest() : undefined;
    lab.count(`${provider} ${question.method} ${question.path[0] ?? 'Account'}`);
    if (misfortune === 'rate') throw tooMany(lab.chaos[provider].settings.retryAfterSeconds);
    if (misfortune === 'error') throw unavailable();
    silent = misfortune === 'hang';
    answer = await resource.answer(question);
    early = made && lab.chaos[provider].draw(lab.chaos[provider].settings.earlyReceipt);
  } catch (cause) {
    if (!(cause instanceof TwilioError)) throw cause;
    answer = { status: cause.status, json: cause.body };
    headers = cause.headers;
  }
  if (early) {
    // The report overtakes the answer it speaks of.
    answer.after?.();
    answer.after = undefined;
    await new Promise<void>((resolve) => lab.later(60, resolve));
  }
  if (!silent) write(response, answer, headers);
  if (!answer.person || !inCrowd(answer.person)) {
    lab.tell(answer.person, {
      type: 'request',
      provider,
      account: answer.account?.account ?? accountShown(lab, form, provider),
      method: request.method ?? 'GET',
      path: rest,
      status: silent ? 0 : answer.status,
      ms: Math.round((performance.now() - started) * 10) / 10,
      request: shown(form),
      answer: silent ? null : (answer.json ?? null),
      ...(answer.messageId ? { messageId: answer.messageId } : {}),
      ...(answer.ignored ? { ignored: answer.ignored } : {}),
    });
  }
  answer.after?.();
}

/** Finds who answers, and checks that whoever asks may. */
function route(
  lab: Lab,
  request: IncomingMessage,
  whole: string,
  query: URLSearchParams,
  form: URLSearchParams,
): { resource: Resource; question: Question } {
  const accountSid = authenticate(lab, request);
  const parts = whole
    .replace(/\.json$/, '')
    .split('/')
    .slice(1);
  const method = request.method ?? 'GET';
  const ask = (path: string[]): Question => ({ lab, method, accountSid, path, query, form });
  if (parts[0] !== '2010-04-01') {
    const [host, , ...path] = parts;
    const resource = ELSEWHERE[`${host}/${path[0]}`];
    if (!resource) throw notFound(whole);
    return { resource, question: ask(path) };
  }
  const [, accounts, named, ...path] = parts;
  // Another's account looks as if it did not exist.
  if (accounts !== 'Accounts' || named !== accountSid) throw notFound(whole);
  if (path.length === 0) {
    const title = exchange(lab).of(accountSid)[0]?.friendlyName ?? 'Lab';
    const answer = () => ({ status: 200, json: describeAccount(accountSid, title) });
    return { resource: { provider: 'sms', answer }, question: ask(path) };
  }
  const resource = Object.hasOwn(RESOURCES, path[0]!) ? RESOURCES[path[0]!] : undefined;
  if (!resource) throw notFound(whole);
  return { resource, question: ask(path) };
}

/** HTTP Basic, by the account's own pair. Answers the account. */
function authenticate(lab: Lab, request: IncomingMessage): string {
  const given = /^Basic (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
  const [user = '', ...password] = Buffer.from(given, 'base64').toString('utf8').split(':');
  const token = exchange(lab).tokenOf(user);
  if (token === undefined || token !== password.join(':')) throw badCredentials();
  return user;
}

/** The storage behind a redirection: no credentials, and none wanted. */
function answerStorage(lab: Lab, response: ServerResponse, id: string): void {
  const file = lab.files.get(id);
  if (!file?.bytes) {
    answerText(response, 404, '{"error":"gone"}');
    return;
  }
  response.writeHead(200, { 'content-type': file.mimeType, 'content-length': file.bytes.length });
  response.end(file.bytes);
}

function write(response: ServerResponse, answer: Answer, headers: Record<string, string>): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.setHeader('twilio-request-id', `RQ${Math.random().toString(16).slice(2).padEnd(32, '0').slice(0, 32)}`);
  if (answer.location) {
    response.writeHead(answer.status, { location: answer.location });
    response.end();
  } else if (answer.file) {
    response.writeHead(answer.status, {
      'content-type': answer.file.mimeType,
      'content-length': answer.file.bytes.length,
    });
    response.end(answer.file.bytes);
  } else if (answer.json) answerText(response, answer.status, JSON.stringify(answer.json));
  else {
    response.writeHead(answer.status);
    response.end();
  }
}

async function readFields(request: IncomingMessage): Promise<URLSearchParams> {
  const body = request.method === 'GET' ? undefined : await readBody(request, bodyLimit);
  return new URLSearchParams(body?.toString('utf8') ?? '');
}

/** The form as an object: a list where a name is repeated. */
function shown(form: URLSearchParams): Record<string, unknown> {
  return Object.fromEntries(
    [...new Set(form.keys())].map((name) => {
      const values = form.getAll(name);
      return [name, values.length > 1 ? values : values[0]];
    }),
  );
}

/** The account of a request that came to nothing: the sender it names, else the first there is. */
function accountShown(lab: Lab, form: URLSearchParams, provider: Resource['provider']): string {
  const accounts = [...(lab.double(provider)?.accounts() ?? [])].map((one) => one.public.account);
  return accounts.find((account) => account === form.get('From')) ?? accounts[0] ?? '';
}
