import { createHash, timingSafeEqual } from 'node:crypto';
import { SendError, type SendErrorDetail, UnknownOutcome } from '@tributary/protocol';
// Its own file: the library as a whole takes a second to load, and this is all we need of it.
import { validateRequest } from 'twilio/lib/webhooks/webhooks.js';
import type { Download, HttpAnswer, HttpReply, InboundRequest, Io, ProviderError } from '../adapter.ts';
import { type Json, readNumber, readObject, readText } from './json.ts';
import { findTwilioError } from './twilio_errors.ts';

/** What SMS and voice share: Twilio’s signature, its forms, and its REST API with its errors. */

/** Twilio’s forms have a text of 1600 characters and some forty short fields. */
export const TWILIO_BODY_LIMIT = 256 * 1024;

/** Who we are at Twilio. Calls of the API may be made with a key of its own; webhooks are always signed with the account’s token. */
export interface TwilioAccount {
  accountSid: string;
  authToken: string;
  /** While the token is being changed: what is signed with either is taken. */
  previousAuthToken?: string;
  apiKeySid?: string;
  apiKeySecret?: string;
  /** The region that holds the account’s data, and the edge to enter its network by. */
  region?: string;
  edge?: string;
}

/** The members of a Twilio config that are nobody else’s business. */
export const twilioSecrets = ['authToken', 'previousAuthToken', 'apiKeySecret'] as const;

/** `https://api.twilio.com`, or the same at an edge and in a region: `https://api.dublin.ie1.twilio.com`. Other products have names of their own. */
export function twilioUrl({ region, edge }: Pick<TwilioAccount, 'region' | 'edge'>, product = 'api'): string {
  return `https://${[product, edge, region, 'twilio.com'].filter(Boolean).join('.')}`;
}

/** `/2010-04-01/Accounts/AC…/Messages.json`: a resource of the account. */
export function accountPath({ accountSid }: Pick<TwilioAccount, 'accountSid'>, ...nodes: string[]): string {
  return `/2010-04-01/Accounts/${[accountSid, ...nodes].map(encodeURIComponent).join('/')}.json`;
}

/**
 * Asks Twilio, which calls a webhook only once, to try five times: what stands after `#` is for Twilio and not called. See its page “Webhooks:
 * Connection Overrides”.
 */
export const insisting = (url: string): string => `${url}${INSIST}`;
const INSIST = '#rc=5&rp=all';

/** Whether a URL that Twilio holds calls this one, however often. */
export const calls = (held: string | undefined, url: string): boolean => held?.split('#')[0] === url;

/** The fields of a form in the order they came, each with all its values. A form that no one could have written has none. */
export type Form = ReadonlyMap<string, readonly string[]>;

/** Reads a form. Nothing in it can make this throw. */
export function readForm(body: Uint8Array | string): Form {
  const form = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(typeof body === 'string' ? body : new TextDecoder().decode(body))) {
    const values = form.get(name);
    if (values) values.push(value);
    else form.set(name, [value]);
  }
  return form;
}

/** What a field says. Twilio sends fields it knows nothing for as empty, which says nothing; of a repeated one the first counts. */
export function readField(form: Form, name: string): string | undefined {
  return form.get(name)?.[0] || undefined;
}

/** Whether the request carries a form, as all of Twilio’s do but those that are set up to carry JSON. */
export function isForm(request: InboundRequest): boolean {
  return /^application\/x-www-form-urlencoded\b/i.test(request.headers['content-type'] ?? '');
}

/**
 * Whether one of the tokens signed this request: its URL exactly as Twilio was given it, query included, and every field of its form, known or
 * not, empty or not. A body that is no form is vouched for by its digest, which stands in the signed URL. Each token is tried, so that time does
 * not tell which fits.
 */
export function verifyTwilio(request: InboundRequest, tokens: readonly (string | undefined)[]): boolean {
  const signature = request.headers['x-twilio-signature'];
  if (!signature || !URL.canParse(request.publicUrl)) return false;
  const fields = isForm(request) ? toFields(readForm(request.body)) : {};
  if (!isForm(request) && request.body.length > 0 && !fitsDigest(request)) return false;
  // Twilio does not say whether what stands after `#` is signed.
  const urls = [request.publicUrl, insisting(request.publicUrl)];
  let verified = false;
  for (const token of tokens) {
    if (!token) continue;
    verified = urls.some((url) => validateRequest(token, signature, url, fields)) || verified;
  }
  return verified;
}

/** The form as an object, to be signed and to be kept: a list where a name is repeated. */
export function toFields(form: Form): Record<string, string | string[]> {
  // Entries become own members even where a stranger calls them `__proto__`.
  return Object.fromEntries([...form].map(([name, values]) => [name, values.length === 1 ? values[0]! : [...values]]));
}

function fitsDigest(request: InboundRequest): boolean {
  const given = new URL(request.publicUrl).searchParams.get('bodySHA256') ?? '';
  if (!/^[0-9a-f]{64}$/i.test(given)) return false;
  return timingSafeEqual(createHash('sha256').update(request.body).digest(), Buffer.from(given, 'hex'));
}

/** What Twilio reads in our answer to a webhook: TwiML that does nothing. Anything else than TwiML would be reported as an error. */
export const EMPTY_TWIML: HttpReply = {
  status: 200,
  contentType: 'text/xml',
  body: '<?xml version="1.0" encoding="UTF-8"?><Response/>',
};

/** A call of the REST API: `path` lies below `io.baseUrl`, or below the `host` named. A list in `form` repeats its key, in order. */
export interface TwilioCall {
  method: string;
  path: string;
  /** One of the adapter’s `hosts`. */
  host?: string;
  form?: Readonly<Record<string, unknown>>;
  /** For the few that take JSON: Content. */
  json?: unknown;
}

/** Calls the REST API and answers with its JSON, or throws `SendError` by the table, or `UnknownOutcome` for a success nobody can read. */
export async function callTwilio(call: TwilioCall, account: TwilioAccount, io: Io): Promise<Json> {
  const body = call.form ? encodeForm(call.form) : call.json === undefined ? undefined : JSON.stringify(call.json);
  const answer = await io.http({
    method: call.method,
    url: `${call.host ? io.hosts[call.host] : io.baseUrl}${call.path}`,
    headers: {
      ...authorization(account),
      ...(body === undefined
        ? {}
        : { 'content-type': call.form ? 'application/x-www-form-urlencoded' : 'application/json' }),
    },
    ...(body === undefined ? {} : { body }),
  });
  if (answer.status >= 200 && answer.status < 300) {
    if (answer.status === 204) return {};
    const json = readObject(answer.json());
    if (!json) throw new UnknownOutcome(`Twilio answered ${answer.status} with nothing we can read.`);
    return json;
  }
  throw toSendError(answer, account);
}

/**
 * Opens a file of the account’s: what came by MMS, a recording. Credentials are always given, since accounts may insist on them; the storage
 * behind a redirect never sees them.
 */
export async function downloadTwilio(
  path: string,
  account: TwilioAccount,
  io: Io,
  maxBytes: number,
): Promise<Download> {
  const request = { method: 'GET', url: `${io.baseUrl}${path}`, headers: authorization(account) };
  return openDownload(await io.download(request, { maxBytes }));
}

/** A file that is there, or why it is not. */
export function openDownload(file: Download): Download {
  if (file.status >= 200 && file.status < 300) return file;
  const detail = { providerCode: String(file.status), providerMessage: `The file was answered with ${file.status}.` };
  if (file.status === 401 || file.status === 403) throw new SendError('bad_credentials', detail);
  if (file.status === 429 || file.status >= 500) throw new SendError('unavailable', detail);
  throw new SendError('content_refused', detail);
}

/** HTTP Basic: by the API key where there is one, else by the account itself. */
export function authorization(account: TwilioAccount): { authorization: string } {
  const pair =
    account.apiKeySid && account.apiKeySecret
      ? `${account.apiKeySid}:${account.apiKeySecret}`
      : `${account.accountSid}:${account.authToken}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

/** A form as Twilio reads it: a list repeats its key, and what is `undefined` is left out. */
export function encodeForm(form: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(form).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value])
      .filter((one) => one !== undefined)
      .map((one): [string, string] => [name, String(one)]),
  );
  return new URLSearchParams(pairs).toString();
}

/** Why something failed that Twilio had accepted, from the `ErrorCode` of a callback. What Twilio has not told us of is `rejected`: a report is final. */
export function readTwilioError(code: unknown, message?: string): ProviderError {
  const rule = findTwilioError(readNumber(code));
  return {
    code: rule?.ours ?? 'rejected',
    ...(readText(code) ? { providerCode: readText(code) } : {}),
    ...((message ?? rule?.means) ? { providerMessage: message ?? rule?.means } : {}),
  };
}

/** Decides by Twilio’s code; without one the status is all there is. */
function toSendError(answer: HttpAnswer, account: TwilioAccount): SendError {
  const json = readObject(answer.json());
  const code = readNumber(json?.code);
  const rule = findTwilioError(code);
  const message = readText(json?.message);
  const detail: SendErrorDetail = {
    providerCode: String(code ?? answer.status),
    providerMessage: message && withoutSecrets(message, account),
    retryAfterMs: readRetryAfter(answer.headers['retry-after']) ?? rule?.retryAfterMs,
    scope: rule?.scope,
    traceId: answer.headers['twilio-request-id'],
  };
  if (rule) return new SendError(rule.ours, detail);
  if (answer.status === 401) return new SendError('bad_credentials', detail);
  if (answer.status === 429) return new SendError('rate_limited', { ...detail, scope: 'channel' });
  if (answer.status >= 500) return new SendError('unavailable', detail);
  // A code of Twilio’s own is a considered no, even one that is new to us.
  return new SendError(code !== undefined && answer.status >= 400 ? 'rejected' : 'unexpected', detail);
}

function withoutSecrets(text: string, account: TwilioAccount): string {
  return twilioSecrets.reduce((clean, name) => {
    const secret = account[name];
    return secret ? clean.replaceAll(secret, '********') : clean;
  }, text);
}

function readRetryAfter(header: string | undefined): number | undefined {
  const seconds = readNumber(header);
  return seconds !== undefined && seconds >= 0 ? seconds * 1000 : undefined;
}
