import { SendError, UnknownOutcome } from '@tributary/protocol';
import { createTransport, type SendMailOptions, type SentMessageInfo } from 'nodemailer';
import type { Io, ProviderRequest, Sent } from '../adapter.ts';
import { domainOf, type EmailConfig, secrets } from './config.ts';
import { type SmtpFault, toSmtpError } from './faults.ts';
import { openFiles } from './files.ts';
import type { MailFile } from './mail.ts';
import { bareId } from './naming.ts';

/** With base64 this is what servers of 25 MB take. */
const MOST_BYTES = 18 * 1024 * 1024;

/** The options of a mail as `render` wrote them: files are still to be opened. */
type Options = Omit<SendMailOptions, 'attachments'> & { to: string[]; attachments?: MailFile[] };

/** Hands a mail to the server that the config names, at the address that was checked. */
export async function sendBySmtp(request: ProviderRequest, config: EmailConfig, io: Io): Promise<Sent> {
  const { attachments = [], ...mail } = request.body as Options;
  const files = await openFiles(attachments, MOST_BYTES, io);
  let handedOver = false;
  const transport = await openTransport(config, io, () => {
    handedOver = true;
  });
  try {
    const info: SentMessageInfo = await transport.sendMail({
      ...mail,
      attachments: files.map(({ filename, mimeType, cid, bytes }) => ({
        filename,
        content: bytes,
        ...(mimeType ? { contentType: mimeType } : {}),
        ...(cid ? { cid, contentDisposition: 'inline' as const } : {}),
      })),
    });
    return readSent(info, mail.to, config);
  } catch (error) {
    throw toError(error, handedOver, config);
  } finally {
    transport.close();
  }
}

/** Whether the server lets us in. Throws SendError. */
export async function tryLogin(config: EmailConfig, io: Io): Promise<void> {
  const transport = await openTransport(config, io, () => {});
  try {
    await transport.verify();
  } catch (error) {
    throw toError(error, false, config);
  } finally {
    transport.close();
  }
}

/** The transport never opens a file or a URL by itself: what a mail says comes from programs of others. */
async function openTransport(config: EmailConfig, io: Io, handedOver: () => void) {
  if (!config.smtpHost)
    throw new SendError('bad_credentials', { providerMessage: 'The channel names no SMTP server.' });
  const port = config.smtpPort ?? 587;
  const encryption = config.smtpEncryption ?? (port === 465 ? 'tls' : 'starttls');
  const { address, servername } = await io.resolve(config.smtpHost, port);
  return createTransport({
    host: address,
    port,
    name: domainOf(config),
    secure: encryption === 'tls',
    requireTLS: encryption === 'starttls',
    ignoreTLS: encryption === 'none',
    tls: { servername, minVersion: 'TLSv1.2' },
    ...(config.smtpUsername ? { auth: { user: config.smtpUsername, pass: config.smtpPassword ?? '' } } : {}),
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 60_000,
    disableFileAccess: true,
    disableUrlAccess: true,
    logger: watchful(handedOver) as never,
  });
}

/** Nodemailer tells only its log when the last byte of a mail has left; from then on a broken line leaves its fate unknown. */
function watchful(handedOver: () => void) {
  const silent = (): void => {};
  const watch = (entry: { tnx?: string }, says: unknown): void => {
    if (entry?.tnx === 'message' && String(says).includes('encoded mime message')) handedOver();
  };
  return { trace: silent, debug: watch, info: watch, warn: silent, error: silent, fatal: silent };
}

function readSent(info: SentMessageInfo, to: readonly string[], config: EmailConfig): Sent {
  const refused = (info.rejectedErrors ?? []).find((error: SmtpFault & { recipient?: string }) =>
    to.includes(String(error.recipient)),
  );
  // Only copies were taken.
  if (refused) throw toSmtpError(refused, secretsOf(config));
  return { externalIds: [bareId(String(info.messageId))], raw: { response: info.response, accepted: info.accepted } };
}

function toError(error: unknown, handedOver: boolean, config: EmailConfig): Error {
  if (error instanceof SendError) return error;
  const fault = error as SmtpFault;
  if (handedOver && fault.responseCode === undefined)
    return new UnknownOutcome(`The mail server did not say whether it took the mail (${fault.code ?? 'no code'}).`);
  return toSmtpError(fault, secretsOf(config));
}

const secretsOf = (config: EmailConfig): (string | undefined)[] => secrets.map((name) => config[name]);
