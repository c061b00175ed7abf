import { SendError, type SendErrorCode, type SendErrorDetail, UnknownOutcome } from '@tributary/protocol';
import type { HttpAnswer, Io, ProviderRequest, Sent } from '../adapter.ts';
import { type Json, readNumber, readObject, readObjects, readText } from '../common/json.ts';
import { type LineConfig, SECRETS } from './config.ts';
import { ELSE_PUSH_TO, RETRY_KEY } from './render.ts';

/** Performs one request. A reply token that was used, or has died, is no loss: then the same is pushed. */
export async function send(request: ProviderRequest, config: LineConfig, io: Io): Promise<Sent> {
  const { [ELSE_PUSH_TO]: to, ...headers } = request.headers ?? {};
  if (to === undefined) return sentAs(request, await call(request, headers, config, io), config);
  // Replies take no retry key.
  const { [RETRY_KEY]: _, ...replyHeaders } = headers;
  const answer = await call(request, replyHeaders, config, io);
  if (!isDeadToken(answer)) return sentAs(request, answer, config);
  const body = { to, messages: readObject(request.body)?.messages };
  const push = { ...request, path: '/v2/bot/message/push', body };
  return sentAs(push, await call(push, headers, config, io), config);
}

const isDeadToken = (answer: HttpAnswer): boolean =>
  answer.status === 400 && /reply token/i.test(readText(readObject(answer.json())?.message) ?? '');

/** Asks for something of the account’s and gives the answer, or throws as `send` does. */
export async function ask(
  method: ProviderRequest['method'],
  path: string,
  body: unknown,
  config: LineConfig,
  io: Io,
): Promise<Json> {
  const answer = await call({ method, path, body, name: path }, {}, config, io);
  if (answer.status < 200 || answer.status >= 300) throw refusal(answer, config);
  const json = readObject(answer.json());
  if (!json) throw new UnknownOutcome(`LINE answered ${answer.status} with nothing we can read.`);
  return json;
}

function call(
  request: ProviderRequest,
  headers: Readonly<Record<string, string>>,
  config: LineConfig,
  io: Io,
): Promise<HttpAnswer> {
  const { method, path, body } = request;
  return io.http({
    method,
    url: `${io.baseUrl}${path}`,
    headers: {
      ...headers,
      authorization: `Bearer ${config.channelAccessToken}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body, wellFormed) }),
  });
}

const wellFormed = (_: string, value: unknown): unknown => (typeof value === 'string' ? value.toWellFormed() : value);

/** 409: the same retry key was accepted before, so this very message has been sent. */
function sentAs(request: ProviderRequest, answer: HttpAnswer, config: LineConfig): Sent {
  const fine = (answer.status >= 200 && answer.status < 300) || answer.status === 409;
  if (!fine) throw refusal(answer, config);
  const raw = readObject(answer.json());
  const sentMessages = readObjects(raw?.sentMessages);
  const externalIds = sentMessages.flatMap((message) => readText(message.id) ?? []);
  const speaks = request.path.startsWith('/v2/bot/message/');
  if (speaks && externalIds.length === 0 && answer.status !== 409) {
    throw new UnknownOutcome(`LINE answered ${answer.status} without naming a message.`);
  }
  return { externalIds, raw: { sentMessages } };
}

/** https://developers.line.biz/en/reference/messaging-api/#status-codes. LINE has no finer codes: some sentences say more. */
export function refusal(answer: HttpAnswer, config: LineConfig): SendError {
  const json = readObject(answer.json());
  const message = sentenceOf(json);
  const { code, ...more } = faultOf(answer, message ?? '');
  return new SendError(code, {
    providerCode: String(answer.status),
    ...(message ? { providerMessage: withoutSecrets(message, config) } : {}),
    ...(answer.headers['x-line-request-id'] ? { traceId: answer.headers['x-line-request-id'] } : {}),
    ...more,
  });
}

type Fault = { code: SendErrorCode } & Pick<SendErrorDetail, 'scope' | 'retryAfterMs'>;

function faultOf({ status, headers }: HttpAnswer, message: string): Fault {
  if (status >= 500) return { code: 'unavailable' };
  switch (status) {
    case 400:
      return { code: /'to'|failed to send messages/i.test(message) ? 'invalid_recipient' : 'content_refused' };
    case 401:
    case 403:
      return { code: 'bad_credentials' };
    case 404:
      return { code: 'invalid_recipient' };
    case 413:
      return { code: 'too_large' };
    case 429: {
      // The plan’s messages of this month are used up: asking again helps nobody before the next.
      if (/monthly limit/i.test(message)) return { code: 'rejected', scope: 'channel' };
      const seconds = readNumber(headers['retry-after']);
      const wait = seconds !== undefined && seconds > 0 ? { retryAfterMs: seconds * 1000 } : {};
      return { code: 'rate_limited', scope: 'channel', ...wait };
    }
    default:
      return { code: status >= 400 ? 'rejected' : 'unexpected' };
  }
}

/** The message, and which part of the request it is about. */
function sentenceOf(json: Json | undefined): string | undefined {
  const message = readText(json?.message);
  const details = readObjects(json?.details)
    .map((one) => [readText(one.property), readText(one.message)].filter(Boolean).join(': '))
    .filter(Boolean);
  return message && details.length > 0 ? `${message}: ${details.join('; ')}` : message;
}

const withoutSecrets = (text: string, config: LineConfig): string =>
  SECRETS.reduce((clean, name) => (config[name] ? clean.replaceAll(config[name], '********') : clean), text);
