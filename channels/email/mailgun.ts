import { randomBytes } from 'node:crypto';
import { SendError, UnknownOutcome } from '@tributary/protocol';
import type { HttpAnswer, Io, ProviderRequest, Sent } from '../adapter.ts';
import { readObject, readText } from '../common/json.ts';
import { type EmailConfig, secrets } from './config.ts';
import { toMailgunError } from './faults.ts';
import { type OpenFile, openFiles } from './files.ts';
import type { MailFile } from './mail.ts';
import { bareId } from './naming.ts';

/** Mailgun counts the whole message. */
const MOST_BYTES = 25 * 1024 * 1024;
/** Files take longer to hand over than words. */
const WORDS_MS = 15_000;
const FILES_MS = 60_000;

/** Sends a message. The answer names it with angle brackets, events without them. */
export async function sendByMailgun(request: ProviderRequest, config: EmailConfig, io: Io): Promise<Sent> {
  const {
    attachment = [],
    inline = [],
    ...fields
  } = request.body as Record<string, unknown> & {
    attachment?: MailFile[];
    inline?: MailFile[];
  };
  const files = await openFiles([...inline, ...attachment], MOST_BYTES, io);
  const boundary = randomBytes(18).toString('base64url');
  const answer = await io.http({
    method: request.method,
    url: `${io.baseUrl}${request.path}`,
    headers: { authorization: authorizationOf(config), 'content-type': `multipart/form-data; boundary=${boundary}` },
    body: toMultipart(fields, files, boundary),
    timeoutMs: files.length > 0 ? FILES_MS : WORDS_MS,
  });
  const body = readAnswer(answer, config);
  const id = bareId(readText(readObject(body)?.id) ?? '');
  if (!id) throw new UnknownOutcome('Mailgun answered without naming the message.');
  return { externalIds: [id], raw: body };
}

/** Asks the API something, or tells it to keep something, as a form. Throws SendError. */
export async function ask(
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  form: readonly (readonly [string, string])[],
  config: EmailConfig,
  io: Io,
): Promise<Record<string, unknown>> {
  const answer = await io.http({
    method,
    url: `${io.baseUrl}${path}`,
    headers: {
      authorization: authorizationOf(config),
      ...(form.length > 0 ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
    },
    ...(form.length > 0 ? { body: new URLSearchParams(form.map(([name, value]) => [name, value])).toString() } : {}),
  });
  return readObject(readAnswer(answer, config)) ?? {};
}

/** HTTP Basic, with a user that is always called `api`. */
export const authorizationOf = (config: EmailConfig): string =>
  `Basic ${Buffer.from(`api:${config.apiKey ?? ''}`).toString('base64')}`;

function readAnswer(answer: HttpAnswer, config: EmailConfig): unknown {
  const body = answer.json();
  if (answer.status >= 200 && answer.status < 300) return body;
  const told = body ?? new TextDecoder().decode(answer.body);
  throw toMailgunError(
    answer.status,
    told,
    secrets.map((name) => config[name]),
  );
}

function toMultipart(fields: Record<string, unknown>, files: readonly OpenFile[], boundary: string): Uint8Array {
  const pieces: Uint8Array[] = [];
  const add = (text: string): number => pieces.push(Buffer.from(text));
  for (const [name, value] of Object.entries(fields))
    for (const one of Array.isArray(value) ? value : [value])
      add(`--${boundary}\r\ncontent-disposition: form-data; name="${escaped(name)}"\r\n\r\n${String(one)}\r\n`);
  for (const file of files) {
    const name = file.cid ? 'inline' : 'attachment';
    // The HTML names an inline file by its filename.
    add(
      `--${boundary}\r\ncontent-disposition: form-data; name="${name}"; filename="${escaped(file.cid ?? file.filename)}"\r\n` +
        `content-type: ${file.mimeType?.replace(/[^\w/+.;= -]/g, '') || 'application/octet-stream'}\r\n\r\n`,
    );
    pieces.push(file.bytes);
    add('\r\n');
  }
  add(`--${boundary}--\r\n`);
  if (pieces.reduce((sum, piece) => sum + piece.length, 0) > MOST_BYTES)
    throw new SendError('too_large', { providerMessage: 'Mailgun takes 25 MB a message.' });
  return Buffer.concat(pieces);
}

const escaped = (name: string): string => name.replace(/[\r\n]/g, ' ').replaceAll('"', '%22');
