import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Door } from '../double.ts';
import { answerText, isObject, readBody, readForm, type Upload } from '../http.ts';
import type { Lab } from '../lab.ts';
import { inCrowd } from '../people.ts';
import { bots, TelegramAccount } from './account.ts';
import type { Params } from './content.ts';
import { badRequest, TelegramError } from './error.ts';
import type { Call } from './messages.ts';
import { tooMany } from './messages.ts';
import { methods, notPlayed } from './methods.ts';
import { Described } from './setup.ts';
import { methodName, methodReader } from './spec.ts';
import { asciiJson } from './webhook.ts';

const uploadLimit = 52 * 1024 * 1024;
const nothing = new Map<string, Upload>();

/** Everything under `/telegram`, as api.telegram.org answers it. */
export const answerTelegram: Door = (lab, request, response, path) => {
  if (path.startsWith('/bot')) return answerMethod(lab, request, response, path.slice('/bot'.length));
  if (path.startsWith('/file/bot')) return answerFile(lab, response, path.slice('/file/bot'.length));
  answerText(response, 404, '{"ok":false,"error_code":404,"description":"Not Found"}');
};

/** `bot<TOKEN>/<method>`; `rest` is what follows `bot`. */
async function answerMethod(lab: Lab, request: IncomingMessage, response: ServerResponse, rest: string): Promise<void> {
  const started = performance.now();
  const question = rest.indexOf('?');
  const path = question < 0 ? rest : rest.slice(0, question);
  const slash = path.indexOf('/');
  const token = decodeURIComponent(path.slice(0, slash));
  const word = path.slice(slash + 1);
  const call: Call = {};
  let bot: TelegramAccount | undefined;
  let params: Params = {};
  let ignored: string[] = [];
  let misfortune: ReturnType<Lab['chaos']['telegram']['onRequest']>;
  let status = 200;
  let answer: Record<string, unknown>;
  try {
    const body = request.method === 'GET' ? undefined : await readBody(request, uploadLimit);
    if (request.method !== 'GET' && !body) throw new TelegramError(413, 'Request Entity Too Large');
    bot = findBot(lab, token);
    const method = methodName(word);
    if (!method) throw new TelegramError(404, 'Not Found');
    lab.count(`telegram ${method}`);
    const read = await readParams(request, body, question < 0 ? '' : rest.slice(question + 1));
    params = read.params;
    const perform = methods[method];
    const check = methodReader(method);
    if (!perform || !check) throw notPlayed(method);
    ignored = check(params);
    // Only what speaks to a person goes wrong, so that a channel can still be connected on a bad day.
    if (params.chat_id !== undefined) {
      misfortune = lab.chaos.telegram.onRequest();
      if (misfortune === 'rate') throw tooMany(lab.chaos.telegram.settings.retryAfterSeconds);
      if (misfortune === 'error') throw new TelegramError(502, 'Bad Gateway');
    }
    const pending = perform(lab, bot, params, call, read.uploads);
    const result = pending instanceof Promise ? await pending : pending;
    answer =
      result instanceof Described
        ? { ok: true, result: result.result, description: result.description }
        : { ok: true, result };
  } catch (cause) {
    if (!(cause instanceof TelegramError)) throw cause;
    status = cause.code;
    answer = {
      ok: false,
      error_code: cause.code,
      description: cause.message,
      ...(cause.parameters ? { parameters: cause.parameters } : {}),
    };
  }
  if (bot && !(call.person && inCrowd(call.person))) {
    lab.tell(call.person, {
      type: 'request',
      provider: 'telegram',
      account: bot.public.account,
      method: request.method ?? 'POST',
      path: `/bot${bot.id}:…/${word}`,
      status: misfortune === 'hang' ? 0 : status,
      ms: Math.round((performance.now() - started) * 10) / 10,
      request: params,
      answer: misfortune === 'hang' ? null : answer,
      ...(call.messageId ? { messageId: call.messageId } : {}),
      ...(ignored.length > 0 ? { ignored } : {}),
    });
  }
  // The work is done and nobody is told: the caller's own time-out must end this.
  if (misfortune === 'hang') return;
  answerText(response, status, asciiJson(JSON.stringify(answer)));
}

/** `file/bot<TOKEN>/<path>`: the bytes of a file that getFile named. */
function answerFile(lab: Lab, response: ServerResponse, rest: string): void {
  const slash = rest.indexOf('/');
  const known = bots(lab).has(decodeURIComponent(rest.slice(0, slash)));
  const id = /\/file_(\d+)\.\w+$/.exec(rest)?.[1];
  const file = known && id ? lab.files.get(id) : undefined;
  if (!file?.bytes) {
    const status = known ? 404 : 401;
    answerText(
      response,
      status,
      JSON.stringify({ ok: false, error_code: status, description: known ? 'Not Found' : 'Unauthorized' }),
    );
    return;
  }
  // The real server names no type but this one.
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': file.bytes.length });
  response.end(file.bytes);
}

function findBot(lab: Lab, token: string): TelegramAccount {
  const bot = bots(lab).get(token);
  if (bot) return bot;
  if (lab.settings.autoCreate && /^\d{3,16}:[\w-]{20,}$/.test(token)) {
    return addBot(lab, { credentials: { botToken: token } });
  }
  throw new TelegramError(401, 'Unauthorized');
}

/** Makes a bot, or finds it by its token. */
export function addBot(lab: Lab, wanted: ConstructorParameters<typeof TelegramAccount>[1]): TelegramAccount {
  const known = wanted.credentials?.botToken ? bots(lab).get(wanted.credentials.botToken) : undefined;
  if (known) return known;
  const bot = new TelegramAccount(lab, wanted);
  bots(lab).set(bot.token, bot);
  bot.hook.onReply = (reply) => void performReply(lab, bot, reply);
  return bot;
}

/** Carries out the call that a webhook's answer holds. Nobody learns its result, at Telegram neither. */
async function performReply(
  lab: Lab,
  bot: TelegramAccount,
  { method: word, ...params }: Record<string, unknown>,
): Promise<void> {
  const method = typeof word === 'string' ? methodName(word) : undefined;
  const perform = method ? methods[method] : undefined;
  if (!method || !perform) return;
  const call: Call = {};
  let answer: Record<string, unknown>;
  try {
    methodReader(method)?.(params);
    answer = { ok: true, result: await perform(lab, bot, params, call, nothing) };
  } catch (cause) {
    if (!(cause instanceof TelegramError)) throw cause;
    answer = { ok: false, error_code: cause.code, description: cause.message };
  }
  lab.tell(call.person, {
    type: 'request',
    provider: 'telegram',
    account: bot.public.account,
    method: 'REPLY',
    path: `/bot${bot.id}:…/${method}`,
    status: answer.ok ? 200 : Number(answer.error_code),
    ms: 0,
    request: params,
    answer,
    ...(call.messageId ? { messageId: call.messageId } : {}),
  });
}

async function readParams(
  request: IncomingMessage,
  body: Buffer | undefined,
  query: string,
): Promise<{ params: Params; uploads: Map<string, Upload> }> {
  const params: Params = query ? Object.fromEntries(new URLSearchParams(query)) : {};
  if (!body || body.length === 0) return { params, uploads: nothing };
  const type = request.headers['content-type'] ?? '';
  if (type.startsWith('application/json')) {
    let json: unknown;
    try {
      json = JSON.parse(body.toString('utf8'));
    } catch {
      throw badRequest("can't parse request JSON object");
    }
    if (!isObject(json)) throw badRequest("can't parse request JSON object");
    return { params: query ? Object.assign(params, json) : json, uploads: nothing };
  }
  if (!/^(multipart\/form-data|application\/x-www-form-urlencoded)/.test(type)) return { params, uploads: nothing };
  try {
    const form = await readForm(body, type);
    Object.assign(params, form.fields);
    for (const name of form.files.keys()) params[name] ??= `attach://${name}`;
    return { params, uploads: form.files };
  } catch {
    throw badRequest("can't parse request form");
  }
}
