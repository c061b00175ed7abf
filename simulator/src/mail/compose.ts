import { randomBytes } from 'node:crypto';

/** A mail as people’s programs write one. */
export interface Draft {
  id: string;
  from: { name?: string; address: string };
  to: string;
  subject: string;
  text: string;
  html?: string;
  attachments?: readonly { filename: string; mimeType: string; bytes: Buffer }[];
  headers?: Readonly<Record<string, string>>;
}

/** The mail as it travels (RFC 5322, RFC 2045): two forms of the words where there is HTML, files around them. */
export function writeMail(draft: Draft): Buffer {
  const { from, to, subject, headers = {} } = draft;
  const head = {
    Date: new Date().toUTCString().replace('GMT', '+0000'),
    From: from.name ? `${encodeWord(from.name)} <${from.address}>` : from.address,
    To: to,
    Subject: encodeWord(subject),
    'Message-ID': `<${draft.id}>`,
    'MIME-Version': '1.0',
    ...headers,
  };
  const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}`);
  return Buffer.from(`${lines.join('\r\n')}\r\n${writeBody(draft)}`);
}

function writeBody({ text, html, attachments = [] }: Draft): string {
  const words =
    html === undefined
      ? writeText('plain', text)
      : writeParts('alternative', [writeText('plain', text), writeText('html', html)]);
  if (attachments.length === 0) return words;
  const files = attachments.map(
    ({ filename, mimeType, bytes }) =>
      `Content-Type: ${mimeType}; name="${encodeWord(filename)}"\r\nContent-Disposition: attachment; filename="${encodeWord(filename)}"\r\n` +
      `Content-Transfer-Encoding: base64\r\n\r\n${inLines(bytes.toString('base64'))}`,
  );
  return writeParts('mixed', [words, ...files]);
}

const writeText = (kind: 'plain' | 'html', words: string): string =>
  `Content-Type: text/${kind}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${inLines(Buffer.from(words).toString('base64'))}`;

/** Parts between boundaries: each begins with its own headers. */
export function writeParts(kind: string, parts: readonly string[], more = ''): string {
  const boundary = `lab-${randomBytes(12).toString('hex')}`;
  const body = parts.map((part) => `--${boundary}\r\n${part}\r\n`).join('');
  return `Content-Type: multipart/${kind}; boundary="${boundary}"${more}\r\n\r\n${body}--${boundary}--\r\n`;
}

const inLines = (base64: string): string => base64.replace(/.{76}(?=.)/g, '$&\r\n');

/** Words beyond ASCII travel encoded (RFC 2047). */
export const encodeWord = (words: string): string =>
  /^[\x20-\x7e]*$/.test(words) ? words.replaceAll('"', "'") : `=?UTF-8?B?${Buffer.from(words).toString('base64')}?=`;
