import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { SendError, type SendErrorDetail, UnknownOutcome } from '@tributary/protocol';
import type { HttpAnswer, HttpReply, HttpRequest, InboundRequest, Io, ProviderError } from '../adapter.ts';
import { type Json, readNumber, readObject, readText } from './json.ts';
import { findGraphError } from './meta_errors.ts';

/** What WhatsApp, Messenger and Instagram share: Meta’s signature, handshake, clock, and the Graph API with its errors. */

export const GRAPH_URL = 'https://graph.facebook.com';
/** Meta keeps a version for about two years; without one in the path it picks one for us. */
export const GRAPH_VERSION = 'v26.0';
/** `/v26.0/NODE/…`: a node of the Graph API, in the version a channel speaks. */
export function graphPath(config: { graphVersion?: string }, ...nodes: string[]): string {
  return `/${[config.graphVersion ?? GRAPH_VERSION, ...nodes].map(encodeURIComponent).join('/')}`;
}

/** Meta’s largest webhook body, with up to a thousand updates in it. */
export const META_BODY_LIMIT = 3 * 1024 * 1024;

/**
 * Whether one of the app secrets signed exactly these bytes. Meta escapes before it signs, so a body written again never matches. Several
 * secrets are for rotation, and for apps whose Instagram secret is another one; each is tried, so that time does not tell which fits.
 */
export function verifySignature(request: InboundRequest, secrets: readonly (string | undefined)[]): boolean {
  const given = /^sha256=([0-9a-f]{64})$/.exec(request.headers['x-hub-signature-256'] ?? '')?.[1];
  if (!given) return false;
  const signature = Buffer.from(given, 'hex');
  let verified = false;
  for (const secret of secrets) {
    if (!secret) continue;
    const ours = createHmac('sha256', secret).update(request.body).digest();
    verified = timingSafeEqual(ours, signature) || verified;
  }
  return verified;
}

/** Meta’s check of our URL, made whenever the callback or the token is edited: the challenge and nothing around it, or 403. */
export function answerHandshake(request: InboundRequest, verifyToken: string | undefined): HttpReply | undefined {
  if (request.method !== 'GET') return undefined;
  const query = URL.canParse(request.publicUrl) ? new URL(request.publicUrl).searchParams : new URLSearchParams();
  const challenge = query.get('hub.challenge');
  const known = sameText(query.get('hub.verify_token') ?? '', verifyToken ?? '');
  if (query.get('hub.mode') !== 'subscribe' || challenge === null || !verifyToken || !known) return { status: 403 };
  return { status: 200, contentType: 'text/plain', body: challenge };
}

/** Constant time for texts of any length: their digests are compared. */
function sameText(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHmac('sha256', 'compare').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** Meta writes seconds and milliseconds, as texts and as numbers: from 10¹² on it is milliseconds. What cannot be read is `fallback`. */
export function readTime(value: unknown, fallback: Date): Date {
  const number = readNumber(value);
  if (number === undefined || number <= 0) return fallback;
  const time = new Date(number >= 1e12 ? number : number * 1000);
  return Number.isNaN(time.getTime()) ? fallback : time;
}

/** An id: a text, or a number that JavaScript holds exactly. What it would bend stays in `raw`. */
export function readId(value: unknown): string | undefined {
  return Number.isSafeInteger(value) ? String(value) : readText(typeof value === 'string' ? value : undefined);
}

/** What we put into a send comes back in its statuses and echoes; other programs on the same account put in other things. */
export function readPartKey(value: unknown): string | undefined {
  return typeof value === 'string' && /^dlv_[0-9a-f]+\.\d+$/.test(value) ? value : undefined;
}

/** `dlv_….3` → `dlv_….4` for the second request of the same part: part keys number requests. */
export function nthPartKey(partKey: string, no: number): string {
  return no === 0 ? partKey : partKey.replace(/\d+$/, (first) => String(Number(first) + no));
}

/**
 * A key for what has no id: its content and its day, because the same news may come true again, while Meta repeats what was not answered
 * within the hour.
 */
export function keyOfNews(kind: string, content: Json, at: Date): string {
  const hash = createHash('sha256').update(writtenAgain(content)).digest('hex').slice(0, 32);
  return `${kind}:${hash}:${at.toISOString().slice(0, 10)}`;
}

/** JSON nests deeper than it can be written again, if somebody wants it to. */
function writtenAgain(content: Json): string {
  try {
    return JSON.stringify(content);
  } catch {
    return 'too deep';
  }
}

/** One of Meta’s error objects, as webhooks carry them, in our words. What Meta has not told us of is `rejected`: a report is final. */
export function readProviderError(error: Json): ProviderError {
  const rule = findGraphError(readNumber(error.code), readNumber(error.error_subcode));
  return {
    code: rule?.ours ?? 'rejected',
    ...(rule?.optOut ? { optOut: rule.optOut } : {}),
    providerCode: readText(error.code),
    providerMessage: sentenceOf(error),
  };
}

/** The most telling of the sentences in an error. */
export function sentenceOf(error: Json): string | undefined {
  const details = readText(readObject(error.error_data)?.details);
  return details ?? readText(error.error_user_msg) ?? readText(error.message) ?? readText(error.title);
}

/** A call of the Graph API; `path` holds version and node, `secrets` are kept out of every error. */
export interface GraphCall {
  method: string;
  path: string;
  /** Travels as JSON. */
  body?: unknown;
  /** Or a form with a file in it. */
  form?: Pick<HttpRequest, 'headers' | 'stream'>;
  token: string;
  secrets?: readonly (string | undefined)[];
}

const UPLOAD_TIMEOUT_MS = 120_000;

/** Calls the Graph API and answers with its JSON, or throws `SendError` by the table, or `UnknownOutcome` for a success nobody can read. */
export async function callGraph(call: GraphCall, io: Io): Promise<Json> {
  const written =
    call.body === undefined
      ? { ...call.form, ...(call.form ? { timeoutMs: UPLOAD_TIMEOUT_MS } : {}) }
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(call.body) };
  const answer = await io.http({
    method: call.method,
    url: `${io.baseUrl}${call.path}`,
    ...written,
    // Never `?access_token=`: it would land in logs.
    headers: { authorization: `Bearer ${call.token}`, ...written.headers },
  });
  const json = readObject(answer.json());
  const error = readObject(json?.error);
  if (answer.status >= 200 && answer.status < 300 && !error) {
    if (!json) throw new UnknownOutcome(`Meta answered ${answer.status} with nothing we can read.`);
    return json;
  }
  throw toSendError(answer, error, [call.token, ...(call.secrets ?? [])]);
}

/** Decides by `code`, then `error_subcode`: the HTTP status is mostly 400, even for throttling. Without a code the status is all there is. */
function toSendError(answer: HttpAnswer, error: Json | undefined, secrets: readonly (string | undefined)[]): SendError {
  const code = readNumber(error?.code);
  const subcode = readNumber(error?.error_subcode);
  const rule = error ? findGraphError(code, subcode) : undefined;
  const message = error ? sentenceOf(error) : undefined;
  const detail: SendErrorDetail = {
    providerCode:
      code === undefined ? String(answer.status) : [code, subcode].filter((part) => part !== undefined).join('/'),
    providerMessage: message && withoutSecrets(message, secrets),
    retryAfterMs: readRetryAfter(answer.headers['retry-after']) ?? rule?.retryAfterMs,
    scope: rule?.scope,
    optOut: rule?.optOut,
    traceId: readText(error?.fbtrace_id),
  };
  if (rule) return new SendError(rule.ours, detail);
  if (answer.status === 429) return new SendError('rate_limited', { ...detail, scope: 'channel' });
  if (answer.status >= 500 || error?.is_transient === true) return new SendError('unavailable', detail);
  return new SendError(answer.status === 413 ? 'too_large' : 'unexpected', detail);
}

/** Meta repeats a malformed token in its own sentence. */
function withoutSecrets(text: string, secrets: readonly (string | undefined)[]): string {
  return secrets.reduce<string>((clean, secret) => (secret ? clean.replaceAll(secret, '********') : clean), text);
}

function readRetryAfter(header: string | undefined): number | undefined {
  const seconds = readNumber(header);
  return seconds !== undefined && seconds >= 0 ? seconds * 1000 : undefined;
}
