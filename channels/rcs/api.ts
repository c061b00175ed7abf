import { SendError, type SendErrorCode, type SendErrorDetail, UnknownOutcome } from '@tributary/protocol';
import type { HttpAnswer, Io, OpenMedia } from '../adapter.ts';
import { type Json, readNumber, readObject, readText } from '../common/json.ts';
import type { RcsConfig } from './config.ts';
import { accessToken, readServiceAccount } from './tokens.ts';

/** A call of Google’s API: JSON, or the bytes of a file. */
export interface RbmCall {
  method: string;
  path: string;
  body?: unknown;
  /** Opened anew for each try: what has gone out is not there a second time. */
  file?: () => Promise<OpenMedia & { mimeType: string }>;
}

/**
 * Calls the API and answers with its JSON, or throws `SendError` by the table, or `UnknownOutcome` for a success nobody can read. A token that is
 * refused is replaced once. `taken`: the id was taken before, so all is well.
 */
export async function callRbm(call: RbmCall, config: RcsConfig, io: Io): Promise<Json | 'taken'> {
  let token = await accessToken(config, io);
  let answer = await perform(call, token, io);
  if (answer.status === 401) {
    token = await accessToken(config, io, token);
    answer = await perform(call, token, io);
  }
  if (answer.status === 409) return 'taken';
  if (answer.status >= 200 && answer.status < 300) {
    const json = readObject(answer.json());
    if (!json) throw new UnknownOutcome(`Google answered ${answer.status} with nothing we can read.`);
    return json;
  }
  throw toSendError(answer, [
    token,
    config.serviceAccountJson,
    config.clientToken,
    readServiceAccount(config)?.privateKey,
  ]);
}

async function perform({ method, path, body, file: open }: RbmCall, token: string, io: Io): Promise<HttpAnswer> {
  const url = `${io.baseUrl}${path}`;
  const headers: Record<string, string> = { authorization: `Bearer ${token}` };
  if (!open) {
    if (body === undefined) return io.http({ method, url, headers });
    return io.http({
      method,
      url,
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  }
  const file = await open();
  headers['content-type'] = file.mimeType;
  if (file.size !== undefined) headers['content-length'] = String(file.size);
  return io.http({ method, url, headers, stream: file.body, timeoutMs: UPLOAD_TIMEOUT_MS });
}

/** A file of 100 MB takes its time. */
const UPLOAD_TIMEOUT_MS = 120_000;

/**
 * The HTTP status decides. 404 is somebody without RCS, a carrier where the agent is not launched, or no tester of an agent that is launched
 * nowhere: all of them cannot be reached this way.
 */
const REFUSALS: Readonly<Record<number, SendErrorCode>> = {
  400: 'content_refused',
  401: 'bad_credentials',
  403: 'bad_credentials',
  404: 'invalid_recipient',
  413: 'too_large',
};

function toSendError(answer: HttpAnswer, secrets: readonly (string | undefined)[]): SendError {
  const error = readObject(readObject(answer.json())?.error);
  const message = readText(error?.message);
  const detail: SendErrorDetail = {
    providerCode: readText(error?.status) ?? String(answer.status),
    providerMessage: message && withoutSecrets(message, secrets),
  };
  if (answer.status === 429) {
    return new SendError('rate_limited', { ...detail, ...retryAfter(answer), scope: 'channel' });
  }
  if (answer.status >= 500) return new SendError('unavailable', { ...detail, ...retryAfter(answer) });
  const known = REFUSALS[answer.status] ?? (answer.status >= 400 ? 'rejected' : 'unexpected');
  return new SendError(known, detail);
}

function retryAfter(answer: HttpAnswer): { retryAfterMs?: number } {
  const seconds = readNumber(answer.headers['retry-after']);
  return seconds !== undefined && seconds >= 0 ? { retryAfterMs: seconds * 1000 } : {};
}

function withoutSecrets(text: string, secrets: readonly (string | undefined)[]): string {
  return secrets.reduce<string>((clean, secret) => (secret ? clean.replaceAll(secret, '********') : clean), text);
}
