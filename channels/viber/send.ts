import { SendError, UnknownOutcome } from '@tributary/protocol';
import type { HttpAnswer, Io, ProviderRequest, Sent } from '../adapter.ts';
import { type Json, readNumber, readObject, readText } from '../common/json.ts';
import type { ViberConfig } from './config.ts';
import { parseJson } from './json.ts';
import { faultOf } from './statuses.ts';

/** Sends one message. Viber has to be told how large a film or file is; where nobody knows, the file is opened and counted. */
export async function send(request: ProviderRequest, config: ViberConfig, io: Io): Promise<Sent> {
  const body = await withSize(readObject(request.body) ?? {}, io);
  try {
    return sentAs(await ask(request.path, body, config, io));
  } catch (error) {
    const plainer = error instanceof SendError && isTooNew(error) ? withoutRichness(body) : undefined;
    if (!plainer) throw error;
    return sentAs(await ask(request.path, plainer, config, io));
  }
}

function sentAs(answer: Json): Sent {
  const token = readText(answer.message_token);
  if (!token) throw new UnknownOutcome('Viber answered without naming a message.');
  return { externalIds: [token], raw: answer };
}

/** Calls a method and gives its answer, or throws by its `status`: the HTTP status is 200 for errors, too. */
export async function ask(path: string, body: unknown, config: ViberConfig, io: Io): Promise<Json> {
  const answer = await io.http({
    method: 'POST',
    url: `${io.baseUrl}${path}`,
    headers: { 'content-type': 'application/json', 'x-viber-auth-token': config.authToken },
    body: JSON.stringify(body, (_, value: unknown) => (typeof value === 'string' ? value.toWellFormed() : value)),
  });
  const json = readAnswer(answer);
  const status = readNumber(json?.status);
  if (answer.status !== 200 || status === undefined) throw httpFault(answer, json, config);
  if (status === 0) return json!;
  const { code, ...more } = faultOf(status);
  throw new SendError(code, { providerCode: String(status), ...sentenceOf(json, config), ...more });
}

/** Tokens of messages are beyond 2^53 here as well. */
function readAnswer(answer: HttpAnswer): Json | undefined {
  try {
    return readObject(parseJson(new TextDecoder().decode(answer.body)));
  } catch {
    return undefined;
  }
}

/** Not Viber’s own words: something on the way to it, or a success that nobody can read. */
function httpFault(answer: HttpAnswer, json: Json | undefined, config: ViberConfig): Error {
  const { status } = answer;
  if (status >= 200 && status < 300) {
    return new UnknownOutcome(`Viber answered ${status} with nothing we can read.`);
  }
  const detail = { providerCode: `HTTP ${status}`, ...sentenceOf(json, config) };
  if (status === 429) {
    const seconds = readNumber(answer.headers['retry-after']);
    const wait = seconds !== undefined && seconds > 0 ? { retryAfterMs: seconds * 1000 } : {};
    return new SendError('rate_limited', { ...detail, scope: 'channel', ...wait });
  }
  if (status >= 500) return new SendError('unavailable', detail);
  if (status === 401 || status === 403) return new SendError('bad_credentials', detail);
  return new SendError(status === 413 ? 'too_large' : 'unexpected', detail);
}

function sentenceOf(json: Json | undefined, config: ViberConfig) {
  const says = readText(json?.status_message);
  return says ? { providerMessage: says.replaceAll(config.authToken, '********') } : {};
}

/** Larger than any file Viber takes. */
const SIZE_MAX = 50 * 1024 * 1024;

async function withSize(body: Json, io: Io): Promise<Json> {
  const url = readText(body.media);
  if ((body.type !== 'video' && body.type !== 'file') || body.size !== undefined || !url) return body;
  const file = await io.open({ url }, { maxBytes: SIZE_MAX });
  let counted = 0;
  for await (const chunk of file.body) {
    counted += chunk.length;
    // Whoever holds the file has said how large it is; leaving the loop closes it.
    if (file.size !== undefined) break;
  }
  return { ...body, size: file.size ?? counted };
}

/** The person’s app does not know the buttons, or cards at all. */
const isTooNew = (error: SendError): boolean =>
  error.detail.providerCode === '13' || error.detail.providerCode === '14';

/** The same in words: cards as their text, a keyboard without what is new about it. Nothing where it is as plain as can be. */
function withoutRichness(body: Json): Json | undefined {
  const { rich_media, alt_text, keyboard, ...rest } = body;
  if (rich_media) return { ...rest, type: 'text', text: alt_text, min_api_version: 1 };
  if (!keyboard || readNumber(body.min_api_version) === 1) return undefined;
  const buttons = readObject(keyboard)?.Buttons as Json[];
  const plain = buttons
    .filter((button) => button.ActionType !== 'location-picker')
    .map(({ Silent: _, ...button }) => button);
  const kept = plain.length > 0 ? { keyboard: { ...readObject(keyboard), Buttons: plain } } : {};
  return { ...rest, ...kept, min_api_version: 1 };
}
