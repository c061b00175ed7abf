import { SendError } from '@tributary/protocol';
import { ImapFlow } from 'imapflow';
import type { Io } from '../adapter.ts';
import { type EmailConfig, secrets } from './config.ts';
import { explain, redact } from './faults.ts';

/** The folder that is read. */
export const folderOf = (config: EmailConfig): string => config.imapFolder || 'INBOX';

/** Connects, at the address that was checked, and logs in. Throws SendError; the caller closes it. */
export async function openImap(config: EmailConfig, io: Io): Promise<ImapFlow> {
  if (!config.imapHost)
    throw new SendError('bad_credentials', { providerMessage: 'The channel names no IMAP server.' });
  const encryption = config.imapEncryption ?? (config.imapPort === 143 ? 'starttls' : 'tls');
  const port = config.imapPort ?? (encryption === 'tls' ? 993 : 143);
  const { address, servername } = await io.resolve(config.imapHost, port);
  const client = new ImapFlow({
    host: address,
    port,
    servername,
    secure: encryption === 'tls',
    doSTARTTLS: encryption === 'starttls',
    auth: {
      user: config.imapUser ?? config.smtpUsername ?? '',
      pass: config.imapPassword ?? config.smtpPassword ?? '',
    },
    tls: { servername, minVersion: 'TLSv1.2' },
    logger: false,
    disableAutoIdle: true,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 6 * 60_000,
  } as never);
  // Without a listener an error would end the process; whoever waits for the connection is told by its end.
  client.on('error', () => {});
  try {
    await client.connect();
    return client;
  } catch (error) {
    client.close();
    throw toImapError(error, config);
  }
}

/** What a server or the line said, as an error of the closed list. */
export function toImapError(error: unknown, config: EmailConfig): SendError {
  if (error instanceof SendError) return error;
  const { authenticationFailed, responseText, code, message } = error as {
    authenticationFailed?: boolean;
    responseText?: string;
    code?: string;
    message?: string;
  };
  const secret = secrets.map((name) => config[name]);
  const says = explain(redact(responseText ?? message ?? '', secret)).slice(0, 500);
  return new SendError(authenticationFailed ? 'bad_credentials' : 'unavailable', {
    ...(code ? { providerCode: code } : {}),
    ...(says ? { providerMessage: says } : {}),
  });
}
