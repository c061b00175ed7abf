import { SendError, type SendErrorCode, type SendErrorDetail } from '@tributary/protocol';

/** What an enhanced status code (RFC 3463) of a lasting refusal means to us, with the server’s sentence where the code alone does not tell. */
export function codeOfStatus(status: string, says = ''): SendErrorCode {
  const [, subject, detail] = status.split('.').map(Number);
  if (subject === 1) return 'invalid_recipient';
  if (subject === 2) return detail === 3 ? 'too_large' : 'invalid_recipient';
  if (subject === 3) return detail === 4 ? 'too_large' : 'rejected';
  if (subject === 6) return 'content_refused';
  if (subject === 7) {
    if (detail === 8 || detail === 9) return 'bad_credentials';
    // 5.7.1 is said of everything a policy forbids: spam, and relaying for strangers.
    return /relay|not (?:allowed|permitted) to send|sender/i.test(says) ? 'rejected' : 'content_refused';
  }
  return 'rejected';
}

/** What SMTP servers and nodemailer say, as nodemailer tells it. */
export interface SmtpFault {
  code?: string;
  responseCode?: number;
  response?: string;
  command?: string;
  message?: string;
}

/** Nothing was sent, or the server said no. What happens after the whole mail was handed over is not judged here. */
export function toSmtpError(fault: SmtpFault, secrets: readonly (string | undefined)[]): SendError {
  const says = explain(redact(fault.response ?? fault.message ?? '', secrets)).slice(0, 500);
  const status = /\b[245]\.\d{1,3}\.\d{1,3}\b/.exec(fault.response ?? '')?.[0];
  const detail: SendErrorDetail = {
    providerCode: status ?? (fault.responseCode ? String(fault.responseCode) : fault.code),
    ...(says ? { providerMessage: says } : {}),
  };
  return new SendError(codeOfFault(fault, status), detail);
}

function codeOfFault(
  { code, responseCode, response = '', command = '' }: SmtpFault,
  status: string | undefined,
): SendErrorCode {
  if (code === 'EAUTH' || code === 'ENOAUTH' || code === 'EOAUTH2')
    return (responseCode ?? 535) < 500 ? 'unavailable' : 'bad_credentials';
  if (responseCode === undefined) return BY_CODE[code ?? ''] ?? 'unexpected';
  if (responseCode < 500) return /\b(?:rate|too many|throttl|limit)/i.test(response) ? 'rate_limited' : 'unavailable';
  if (responseCode === 530 || responseCode === 534 || responseCode === 535) return 'bad_credentials';
  if (status?.startsWith('5')) return codeOfStatus(status, response);
  if (responseCode === 552) return 'too_large';
  if (command.startsWith('RCPT') && (responseCode === 550 || responseCode === 551 || responseCode === 553))
    return 'invalid_recipient';
  return responseCode === 554 ? 'content_refused' : 'rejected';
}

/** Without an answer of the server. */
const BY_CODE: Readonly<Record<string, SendErrorCode>> = {
  ECONNECTION: 'unavailable',
  ETIMEDOUT: 'unavailable',
  ESOCKET: 'unavailable',
  ECONNREFUSED: 'unavailable',
  ECONNRESET: 'unavailable',
  EDNS: 'unavailable',
  EPROTOCOL: 'unavailable',
  // The server has no encryption, or a certificate that is not its own: somebody has to look.
  ETLS: 'bad_credentials',
  EREQUIRETLS: 'bad_credentials',
  EENVELOPE: 'invalid_recipient',
  EMESSAGE: 'content_refused',
  ESTREAM: 'content_refused',
  EFILEACCESS: 'content_refused',
  EURLACCESS: 'content_refused',
};

/** What Mailgun’s API answers: `{message}`, or plain text where the key is wrong. */
export function toMailgunError(status: number, body: unknown, secrets: readonly (string | undefined)[]): SendError {
  const told = typeof body === 'object' && body !== null ? (body as { message?: unknown }).message : body;
  const says = typeof told === 'string' ? redact(told, secrets).slice(0, 500) : '';
  const detail: SendErrorDetail = { providerCode: String(status), ...(says ? { providerMessage: says } : {}) };
  const seconds = /try again after (\d+) seconds/i.exec(says)?.[1];
  if (status === 429)
    return new SendError('rate_limited', {
      ...detail,
      scope: 'channel',
      ...(seconds ? { retryAfterMs: Number(seconds) * 1000 } : {}),
    });
  if (status >= 500) return new SendError('unavailable', detail);
  if (status === 401 || status === 403 || status === 404) return new SendError('bad_credentials', detail);
  if (status === 413) return new SendError('too_large', detail);
  if (status === 400)
    return new SendError(
      /not a valid address|'?to'? parameter/i.test(says) ? 'invalid_recipient' : 'content_refused',
      detail,
    );
  return new SendError(status >= 400 ? 'rejected' : 'unexpected', detail);
}

/** Why Mailgun’s events say that a mail failed. */
export function codeOfEvent(reason: string, code: number, enhanced: string | undefined, says: string): SendErrorCode {
  if (reason === 'suppress-unsubscribe' || reason === 'suppress-complaint' || code === 607 || code === 606)
    return 'opted_out';
  if (reason === 'suppress-bounce' || code === 605) return 'invalid_recipient';
  const status = enhanced ?? /\b5\.\d{1,3}\.\d{1,3}\b/.exec(says)?.[0];
  if (status?.startsWith('5')) return codeOfStatus(status, says);
  if (reason === 'espblock') return 'content_refused';
  return reason === 'bounce' || reason === 'hardfail' ? 'invalid_recipient' : 'rejected';
}

/** What a line of OpenSSL’s or a silence mostly means, for who has to mend it; other words stay as they are. */
export function explain(says: string): string {
  if (/wrong version number|packet length too long|unknown protocol/i.test(says))
    return 'The server does not speak TLS on this port; check the port and the encryption.';
  if (/greeting never received|failed to receive greeting/i.test(says))
    return 'The server does not greet; check the port and the encryption.';
  return says;
}

/** The text without secrets, should somebody repeat one. */
export function redact(text: string, secrets: readonly (string | undefined)[]): string {
  let clean = text;
  for (const secret of secrets) {
    if (!secret || secret.length < 6) continue;
    clean = clean
      .replaceAll(secret, '…')
      .replaceAll(encodeURIComponent(secret), '…')
      .replaceAll(Buffer.from(secret).toString('base64'), '…');
  }
  return clean;
}
