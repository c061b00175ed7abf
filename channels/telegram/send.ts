import { type Media, SendError, type SendErrorCode, type SendErrorDetail, UnknownOutcome } from '@tributary/protocol';
import type { HttpRequest, Io, OpenMedia, ProviderRequest, Sent } from '../adapter.ts';
import { parseJson } from '../common/big_integers.ts';
import { botId, type TelegramConfig } from './config.ts';
import { plainOf } from './html.ts';
import { call } from './target.ts';
import { DOWNLOAD_MAX, filePath, linkedFiles, storedFiles, type Upload, uploadForm } from './upload.ts';

/** Performs one call of the Bot API. A few refusals are mended or mean that all is well; the rest become errors of the closed list. */
export async function send(request: ProviderRequest, config: TelegramConfig, io: Io): Promise<Sent> {
  const body = (request.body ?? {}) as Record<string, unknown>;
  return perform(request, { body, files: storedFiles(body) }, config, io);
}

async function perform(request: ProviderRequest, said: Upload, config: TelegramConfig, io: Io): Promise<Sent> {
  const answer = await post(request, said, config, io);
  const { body } = said;
  if (answer.ok) return sent(answer.result, body);
  const says = answer.description.toLowerCase();

  if (says.includes("can't parse entities")) {
    const plain = withoutMarkup(body);
    // Once: what is sent now has no markup left to stumble over.
    if (plain) return perform(request, { ...said, body: plain }, config, io);
  }
  if (says.includes('there is no text in the message to edit') && request.name === 'editMessageText') {
    const { text, link_preview_options: _, ...rest } = body;
    return send(call('editMessageCaption', { ...rest, caption: text }), config, io);
  }
  if (says.includes('message is not modified') || says.includes('message to delete not found')) {
    return { externalIds: idOf(body), raw: answer.raw };
  }
  if (says.includes('query is too old')) return { externalIds: [], raw: answer.raw };
  if (/failed to get http url|wrong type of the web page|wrong remote file|wrong file identifier/.test(says)) {
    const linked = linkedFiles(said);
    if (linked) {
      // Once: no link is left in it now. Where we cannot fetch the file either, Telegram's refusal stands.
      return perform(request, linked, config, io).catch((error: unknown) => {
        throw error instanceof SendError && !error.retry ? refusal(answer, body, config) : error;
      });
    }
  }
  if (says.includes('photo_invalid_dimensions') && request.name === 'sendPhoto')
    return perform(call('sendDocument', {}), asDocument(said), config, io);
  throw refusal(answer, body, config);
}

/** A picture of a shape that Telegram does not show, as a file that it does. */
function asDocument({ body, files }: Upload): Upload {
  const { photo, ...rest } = body;
  const renamed = [...files].map(([field, file]) => [field === 'photo' ? 'document' : field, file] as const);
  return { body: { ...rest, document: photo }, files: new Map(renamed) };
}

/** Calls a method and gives its result: for what is asked rather than sent. */
export async function ask(
  method: string,
  body: Record<string, unknown>,
  config: TelegramConfig,
  io: Io,
): Promise<Record<string, unknown>> {
  return record(await askFor(method, body, config, io)) ?? {};
}

/** The same, for results that are no objects. */
export async function askFor(
  method: string,
  body: Record<string, unknown>,
  config: TelegramConfig,
  io: Io,
): Promise<unknown> {
  const answer = await post(call(method, body), { body, files: new Map() }, config, io);
  if (!answer.ok) throw refusal(answer, body, config);
  return answer.result;
}

type Answer = { raw: unknown } & (
  | { ok: true; result: unknown }
  | { ok: false; code: number; description: string; parameters: Record<string, unknown> }
);

async function post(request: ProviderRequest, said: Upload, config: TelegramConfig, io: Io): Promise<Answer> {
  let status: number;
  let text: string;
  try {
    const answer = await io.http({
      method: request.method,
      url: `${io.baseUrl}/bot${config.botToken}${request.path}`,
      ...(said.files.size > 0 ? await uploadForm(said, io) : jsonBody(said.body)),
    });
    status = answer.status;
    text = new TextDecoder().decode(answer.body);
  } catch (error) {
    throw withoutToken(error, config);
  }
  const raw = readJson(text);
  const answer = record(raw);
  if (answer?.ok === true) return { ok: true, result: answer.result, raw };
  const described = typeof answer?.description === 'string';
  // A success we cannot read may well have been one: only evidence can tell.
  if (status >= 200 && status < 300 && !described) {
    throw new UnknownOutcome(`Telegram answered ${request.name} with ${status} and nothing we can read.`);
  }
  return {
    ok: false,
    code: typeof answer?.error_code === 'number' ? answer.error_code : status,
    description: described ? redact(answer.description as string, config) : `HTTP ${status}`,
    parameters: record(answer?.parameters) ?? {},
    raw,
  };
}

/** Half a surrogate pair is no Unicode; Telegram refuses the whole request for it. */
function jsonBody(body: unknown): Pick<HttpRequest, 'headers' | 'body'> {
  const sound = (_: string, value: unknown): unknown => (typeof value === 'string' ? value.toWellFormed() : value);
  return { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body ?? {}, sound) };
}

/** Opens a file that a customer sent: asks where it lies for the next hour, and fetches it from there. */
export async function fetchMedia(media: Media, config: TelegramConfig, io: Io): Promise<OpenMedia> {
  const fileId = media.ref?.file_id;
  if (typeof fileId !== 'string')
    throw new SendError('content_refused', { providerMessage: 'Telegram named no file.' });
  const path = filePath(await ask('getFile', { file_id: fileId }, config, io));
  try {
    const url = `${io.baseUrl}/file/bot${config.botToken}/${path}`;
    const file = await io.download({ method: 'GET', url }, { maxBytes: DOWNLOAD_MAX });
    if (file.status === 200) return file;
    throw new SendError(file.status === 429 || file.status >= 500 ? 'unavailable' : 'content_refused', {
      providerCode: String(file.status),
      providerMessage: `Telegram answered ${file.status} instead of the file.`,
    });
  } catch (error) {
    throw withoutToken(error, config);
  }
}

/** Descriptions are sentences for people, matched in part and without regard to case: there are no finer codes. */
const REFUSALS: readonly [RegExp, SendErrorCode][] = [
  [/bot was blocked by the user|bot was kicked/, 'opted_out'],
  [/^forbidden/, 'invalid_recipient'],
  [
    /chat not found|user not found|peer_id_invalid|group chat was (deactivated|upgraded)|user is deactivated/,
    'invalid_recipient',
  ],
  [/file is too big|request entity too large/, 'too_large'],
  [
    /can't parse|too long|too_long|is empty|must be non-empty|invalid|wrong file|wrong remote file|wrong type of the web page|failed to get http url|webpage_|button_|photo_|can't be edited|can't be deleted/,
    'content_refused',
  ],
];

function refusal(
  { code, description, parameters }: Extract<Answer, { ok: false }>,
  body: Record<string, unknown>,
  config: TelegramConfig,
): SendError {
  const detail: SendErrorDetail = { providerCode: String(code), providerMessage: description };
  if (code === 429) {
    const seconds = Number(parameters.retry_after);
    return new SendError('rate_limited', {
      ...detail,
      ...(Number.isFinite(seconds) && seconds > 0 ? { retryAfterMs: seconds * 1000 } : {}),
      // Telegram does not say which limit was met. With a chat it is nearly always that chat's.
      scope: body.chat_id === undefined ? 'channel' : 'recipient',
    });
  }
  if (code >= 500) return new SendError('unavailable', detail);
  if (code === 401 || code === 404) return new SendError('bad_credentials', detail);
  const moved = parameters.migrate_to_chat_id;
  if (typeof moved === 'number' || typeof moved === 'string') {
    return new SendError('invalid_recipient', { ...detail, movedTo: redact(String(moved), config) });
  }
  const says = description.toLowerCase();
  const known = REFUSALS.find(([pattern]) => pattern.test(says))?.[1];
  // Only a webhook tells of the end of a block.
  if (known === 'opted_out') return new SendError(known, { ...detail, optOut: { state: 'blocked' } });
  return new SendError(known ?? (code >= 400 ? 'rejected' : 'unexpected'), detail);
}

/** One message, an album of them, or `true` where nothing has an id. */
function sent(result: unknown, body: Record<string, unknown>): Sent {
  const messages = (Array.isArray(result) ? result : [result]).map(record).filter((one) => one !== undefined);
  const externalIds = messages.flatMap((message) => {
    const chat = record(message.chat)?.id ?? body.chat_id;
    return isId(message.message_id) && isId(chat) ? [`${chat}:${message.message_id}`] : [];
  });
  const seconds = messages[0]?.date;
  const acceptedAt = typeof seconds === 'number' ? new Date(seconds * 1000) : undefined;
  return {
    externalIds,
    ...(acceptedAt && !Number.isNaN(acceptedAt.getTime()) ? { acceptedAt } : {}),
    raw: result,
  };
}

function idOf(body: Record<string, unknown>): string[] {
  return isId(body.chat_id) && isId(body.message_id) ? [`${body.chat_id}:${body.message_id}`] : [];
}

/** The same call in clean text, or nothing when it has no markup. */
function withoutMarkup(body: Record<string, unknown>): Record<string, unknown> | undefined {
  const { parse_mode, ...plain } = body;
  if (parse_mode === undefined) return undefined;
  for (const field of ['text', 'caption']) {
    const words = plain[field];
    if (typeof words === 'string') plain[field] = plainOf(words);
  }
  return plain;
}

// ---- nothing we throw may hold the token, and it stands in every URL

function redact(text: string, config: TelegramConfig): string {
  const [, secret = ''] = config.botToken.split(`${botId(config)}:`);
  let clean = text.replaceAll(config.botToken, '<token>').replaceAll(encodeURIComponent(config.botToken), '<token>');
  if (secret.length >= 6) clean = clean.replaceAll(secret, '<token>');
  return config.webhookSecret ? clean.replaceAll(config.webhookSecret, '<secret>') : clean;
}

function withoutToken(error: unknown, config: TelegramConfig): unknown {
  if (!(error instanceof Error)) return new Error(redact(String(error), config));
  const told = `${error.stack} ${error.message} ${JSON.stringify(error)} ${String((error.cause as Error)?.stack ?? error.cause ?? '')}`;
  if (redact(told, config) === told) return error;
  const message = redact(error.message, config);
  if (error instanceof UnknownOutcome) return new UnknownOutcome(message);
  if (error instanceof SendError) return new SendError(error.code, { ...error.detail, providerMessage: message });
  return new Error(message);
}

function readJson(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

const isId = (value: unknown): value is number | string => typeof value === 'number' || typeof value === 'string';

function record(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
