import { randomInt } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { answerText } from '../http.ts';
import type { Lab } from '../lab.ts';
import { isLoopback } from '../post.ts';
import { numbers, type WhatsappAccount } from './account.ts';
import type { Question } from './door.ts';
import { badToken, MetaError, noObject, refuse } from './error.ts';
import { accepts, kindOfUpload, maximumMB } from './send.ts';

type Json = Record<string, unknown>;

/** A phone number's node, with the fields asked for. */
export function describeNumber(account: WhatsappAccount, fields: string | null): Json {
  const { display } = account;
  const whole: Json = {
    id: account.phoneNumberId,
    display_phone_number: `+${display}`,
    verified_name: account.public.title,
    quality_rating: 'GREEN',
    code_verification_status: 'VERIFIED',
    platform_type: 'CLOUD_API',
    throughput: { level: 'STANDARD' },
    status: 'CONNECTED',
    name_status: 'APPROVED',
    account_mode: 'SANDBOX',
    conversational_automation: { id: account.phoneNumberId, ...account.automation },
    webhook_configuration: {
      ...(account.numberUrl ? { phone_number: account.numberUrl } : {}),
      ...(account.wabaUrl ? { whatsapp_business_account: account.wabaUrl } : {}),
      ...(account.appUrl ? { application: account.appUrl } : {}),
    },
  };
  const wanted = fields?.split(',').map((field) => field.trim()) ?? [
    'verified_name',
    'code_verification_status',
    'display_phone_number',
    'quality_rating',
    'platform_type',
    'throughput',
  ];
  const unknown = wanted.find((field) => !(field in whole));
  if (unknown) {
    throw new MetaError(400, {
      message: `(#100) Tried accessing nonexisting field (${unknown}) on node type (WhatsAppBusinessPhoneNumber)`,
      type: 'OAuthException',
      code: 100,
    });
  }
  return Object.fromEntries([...wanted.map((field) => [field, whole[field]]), ['id', whole.id]]);
}

/** The business account's node. */
export const wabaOf = (account: WhatsappAccount): Json => ({
  id: account.wabaId,
  name: account.public.title,
  timezone_id: '1',
  message_template_namespace: 'lab',
});

/** `POST /{WABA}/subscribed_apps`: from now on updates come, to the app's callback or to the one given, once that has shown it is ours. */
export async function subscribe(lab: Lab, numbers: WhatsappAccount[], body: Json): Promise<Json> {
  const url = body.override_callback_uri;
  if (url !== undefined) await shakeHands(lab, url, body.verify_token);
  for (const account of numbers) {
    account.subscribed = true;
    account.wabaUrl = typeof url === 'string' ? url : '';
    account.publish();
  }
  return { success: true };
}

/** `DELETE /{WABA}/subscribed_apps`. */
export function unsubscribe(numbers: WhatsappAccount[]): Json {
  for (const account of numbers) {
    account.subscribed = false;
    account.wabaUrl = '';
    account.publish();
  }
  return { success: true };
}

/** `POST /{phone number}` with `webhook_configuration`: a callback for this number alone; an empty one takes it back. */
export async function register(lab: Lab, account: WhatsappAccount, body: Json): Promise<Json> {
  const configuration = body.webhook_configuration as Json | undefined;
  const url = configuration?.override_callback_uri;
  if (url === undefined) throw refuse(131008, "Parameter 'webhook_configuration.override_callback_uri' is mandatory");
  if (url !== '') await shakeHands(lab, url, configuration?.verify_token);
  account.numberUrl = String(url);
  account.publish();
  return { success: true };
}

/** Meta's own check of a callback: it must send a fresh challenge back, exactly. */
export async function shakeHands(lab: Lab, url: unknown, verifyToken: unknown): Promise<void> {
  const failed = (reason: string) =>
    new MetaError(400, {
      message: `(#2200) Callback verification failed with the following errors: ${reason}`,
      type: 'OAuthException',
      code: 2200,
    });
  if (typeof url !== 'string' || !URL.canParse(url))
    throw refuse(100, 'Param override_callback_uri is not a valid URL.');
  if (!url.startsWith('https://') && !isLoopback(url))
    throw refuse(100, 'Param override_callback_uri must be an https URL.');
  if (typeof verifyToken !== 'string' || verifyToken === '')
    throw refuse(131008, "Parameter 'verify_token' is mandatory");
  const challenge = String(randomInt(1_000_000_000, 2_000_000_000));
  const asked = new URL(url);
  asked.searchParams.set('hub.mode', 'subscribe');
  asked.searchParams.set('hub.challenge', challenge);
  asked.searchParams.set('hub.verify_token', verifyToken);
  const answer = await lab.postman.get(asked.href, 10_000);
  if (answer.status === null) throw failed(answer.error ?? 'no answer');
  if (answer.status !== 200) throw failed(`HTTP Status Code = ${answer.status}`);
  if (answer.text !== challenge)
    throw failed(
      `Response does not match challenge, expected value = "${challenge}", received = "${answer.text.slice(0, 100)}"`,
    );
}

/** `POST /{phone number}/media`. */
export function uploadMedia(lab: Lab, { body, files }: Question): Json {
  if (body.messaging_product !== 'whatsapp') {
    throw new MetaError(400, {
      message: '(#100) The parameter messaging_product is required.',
      type: 'OAuthException',
      code: 100,
    });
  }
  const file = files.get('file');
  if (!file)
    throw new MetaError(400, { message: '(#100) The parameter file is required.', type: 'OAuthException', code: 100 });
  const mimeType = typeof body.type === 'string' ? body.type : file.mimeType;
  const kind = kindOfUpload(mimeType.split(';')[0]!.trim());
  if (/^(image|audio|video)\//.test(mimeType) && kind === 'document' && !accepts('document', mimeType)) {
    throw refuse(131053, `Unsupported mime type ${mimeType}`);
  }
  if (file.bytes.length > (maximumMB[kind] ?? 100) * 1024 * 1024) throw refuse(131053, 'Media file size is too big');
  return { id: lab.files.put({ mimeType, filename: file.filename, bytes: file.bytes }).id };
}

/** `GET /{media id}`: where the bytes are, for five minutes. */
export function describeMedia(lab: Lab, id: string): Json {
  const file = lab.files.get(id);
  if (!file?.bytes) throw noObject(id, 'get');
  return {
    messaging_product: 'whatsapp',
    url: attachmentUrl(lab, id),
    mime_type: file.mimeType,
    sha256: file.sha256?.toString('hex'),
    file_size: file.bytes.length,
    id,
  };
}

/** `DELETE /{media id}`. */
export function removeMedia(lab: Lab, id: string): Json {
  const file = lab.files.get(id);
  if (!file?.bytes) throw noObject(id, 'delete');
  file.bytes = undefined;
  return { success: true };
}

/** The signed link to an attachment; the bytes need the token as well. */
export function attachmentUrl(lab: Lab, id: string): string {
  const expires = Math.floor(Date.now() / 1000) + 300;
  return `${lab.url}/meta/lookaside/whatsapp_business/attachments/?mid=${id}&source=webhook&ext=${expires}&hash=ARlab${id}`;
}

/** The bytes behind such a link. */
export function download(lab: Lab, response: ServerResponse, query: URLSearchParams, token: string | undefined): void {
  const known = [...numbers(lab).values()].some(({ accessToken }) => accessToken === token);
  if (!known) throw badToken(token !== undefined);
  const file = lab.files.get(query.get('mid') ?? '');
  if (!file?.bytes || Number(query.get('ext')) < Date.now() / 1000) {
    answerText(response, 404, '');
    return;
  }
  response.writeHead(200, { 'content-type': file.mimeType, 'content-length': file.bytes.length });
  response.end(file.bytes);
}

/** A file behind one of Messenger's or Instagram's own links, which are signed and ask for no token. */
export function handOut(lab: Lab, response: ServerResponse, id: string): void {
  const file = lab.files.get(id);
  if (!file?.bytes) {
    answerText(response, 404, '');
    return;
  }
  response.writeHead(200, { 'content-type': file.mimeType, 'content-length': file.bytes.length });
  response.end(file.bytes);
}
