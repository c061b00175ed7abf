import type { Door } from '../double.ts';
import { answerText, isObject, readBody } from '../http.ts';
import type { Lab } from '../lab.ts';
import { inCrowd } from '../people.ts';
import { isLoopback } from '../post.ts';
import { wireOf } from '../webhook.ts';
import { bots, eventTypes, type ViberAccount } from './account.ts';
import { badData, missingData, ViberError } from './error.ts';
import { detailsOf } from './people.ts';
import { broadcast, type Call, sendMessage } from './send.ts';
import { writeJson } from './tokens.ts';

type Json = Record<string, unknown>;
type Method = (lab: Lab, bot: ViberAccount, body: Json, call: Call) => Json | Promise<Json>;

const bodyLimit = 256 * 1024;

/** `/viber/pa/METHOD`, as chatapi.viber.com answers it, and `/viber/files/ID/NAME`, where the files of customers lie. */
export const answerViber: Door = async (lab, request, response, path) => {
  const file = /^\/files\/(\d+)\//.exec(path)?.[1];
  if (file) {
    const found = lab.files.get(file);
    if (!found?.bytes) return answerText(response, 404, '{"error":"expired"}');
    response.writeHead(200, { 'content-type': found.mimeType, 'content-length': found.bytes.length });
    response.end(found.bytes);
    return;
  }
  const started = performance.now();
  const name = /^\/pa\/(\w+)/.exec(path)?.[1] ?? '';
  const perform = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (!perform || request.method !== 'POST') return answerText(response, 404, '{"error":"Not Found"}');
  const call: Call = {};
  let bot: ViberAccount | undefined;
  let body: Json = {};
  let answer: Json;
  let misfortune: ReturnType<Lab['chaos']['viber']['onRequest']>;
  lab.count(`viber ${name}`);
  try {
    body = readJson(await readBody(request, bodyLimit));
    const token = String(request.headers['x-viber-auth-token'] ?? body.auth_token ?? '');
    bot = bots(lab).get(token);
    if (!bot) throw new ViberError(2);
    // Only what speaks to a person goes wrong, so that a channel can still be connected on a bad day.
    if (name === 'send_message') misfortune = lab.chaos.viber.onRequest();
    answer =
      misfortune === 'rate' || misfortune === 'error'
        ? {}
        : { status: 0, status_message: 'ok', ...(await perform(lab, bot, body, call)) };
  } catch (cause) {
    if (!(cause instanceof ViberError)) throw cause;
    answer = { status: cause.status, status_message: cause.message, chat_hostname: 'SN-CHAT-01_' };
  }
  const status = misfortune === 'rate' ? 429 : misfortune === 'error' ? 502 : 200;
  if (bot && !(call.person && inCrowd(call.person))) {
    lab.tell(call.person, {
      type: 'request',
      provider: 'viber',
      account: bot.public.account,
      method: 'POST',
      path: `/pa/${name}`,
      status: misfortune === 'hang' ? 0 : status,
      ms: Math.round((performance.now() - started) * 10) / 10,
      request: body,
      answer: misfortune === 'hang' ? null : answer,
      ...(call.messageId ? { messageId: call.messageId } : {}),
    });
  }
  // The work is done and nobody is told: the caller's own time-out must end this.
  if (misfortune === 'hang') return;
  if (status === 429) response.setHeader('retry-after', lab.chaos.viber.settings.retryAfterSeconds);
  answerText(response, status, status === 200 ? writeJson(answer) : '<html><body>Try again later.</body></html>');
};

function readJson(body: Buffer | undefined): Json {
  if (!body) throw badData('request is larger than 30kB');
  try {
    const json: unknown = JSON.parse(body.toString('utf8') || '{}');
    if (isObject(json)) return json;
  } catch {
    // Said below.
  }
  throw badData('request is not JSON');
}

/** Calls the URL before it answers: only who answers that with 200 is registered. */
const setWebhook: Method = async (lab, bot, body) => {
  const { url, event_types: wanted } = body;
  if (typeof url !== 'string') throw missingData('url');
  if (url === '') {
    bot.listen('');
    return { event_types: [] };
  }
  if (!URL.canParse(url) || (!isLoopback(url) && !url.startsWith('https://'))) throw new ViberError(1);
  if (wanted !== undefined && !Array.isArray(wanted)) throw badData('event_types is not a list');
  const text = writeJson({
    event: 'webhook',
    timestamp: Date.now(),
    chat_hostname: 'SN-CHAT-01_',
    message_token: bot.tokens.next(),
  });
  const headers = bot.signed(text);
  const posted = await lab.postman.post(url, headers, text, lab.settings.webhookTimeoutMs);
  lab.tell(undefined, {
    type: 'webhook',
    provider: 'viber',
    account: bot.public.account,
    url,
    status: posted.status,
    ms: Math.round(posted.ms * 10) / 10,
    body: JSON.parse(text) as unknown,
    wire: wireOf({ url, headers, body: text }),
    ...(posted.error ? { error: posted.error } : {}),
  });
  if (posted.status !== 200)
    throw new ViberError(1, `the webhook answered ${posted.status ?? posted.error ?? 'nothing'}`);
  const heard = Array.isArray(wanted) ? eventTypes.filter((type) => wanted.includes(type)) : [...eventTypes];
  bot.listen(url, heard);
  return { event_types: heard };
};

const getAccountInfo: Method = (_lab, bot) => ({
  id: bot.public.account,
  name: bot.public.title,
  uri: bot.public.credentials.uri,
  category: 'Companies, Brands & Products',
  country: 'US',
  ...(bot.url ? { webhook: bot.url, event_types: [...bot.wanted] } : {}),
  subscribers_count: bot.subscribers,
});

const getUserDetails: Method = (lab, _bot, body) => {
  const person = lab.people.byViber(String(body.id ?? ''));
  if (!person) throw new ViberError(5);
  return { message_token: _bot.tokens.next(), user: { ...detailsOf(lab, person), primary_device_os: 'android 14' } };
};

const getOnline: Method = (lab, bot, body) => {
  if (!Array.isArray(body.ids) || body.ids.length > 100) throw badData('ids is not a list of up to 100');
  return {
    users: body.ids.map((id) => {
      const person = lab.people.byViber(String(id));
      const phone = person && bot.phones.find(person);
      return { id, online_status: phone ? 0 : 3, online_status_message: phone ? 'online' : 'tryLater' };
    }),
  };
};

const methods: Record<string, Method> = {
  set_webhook: setWebhook,
  get_account_info: getAccountInfo,
  get_user_details: getUserDetails,
  get_online: getOnline,
  send_message: sendMessage,
  broadcast_message: broadcast,
};
