import { randomBytes } from 'node:crypto';
import { writeParts } from './compose.ts';

/** Why a mail came back. */
export interface Fault {
  status: string;
  says: string;
}

/** A delivery status notification as Postfix writes it (RFC 3464): to the sender of the envelope, from nobody. */
export function writeBounce(
  original: Buffer,
  recipient: string,
  to: string,
  { status, says }: Fault,
  action = 'failed',
): Buffer {
  const head = headOf(original);
  const words =
    action === 'delayed'
      ? 'It will be retried.'
      : 'I am sorry to have to inform you that your message could not be delivered.';
  const parts = [
    `Content-Type: text/plain; charset=us-ascii\r\n\r\n${words}\r\n\r\n<${recipient}>: ${says}\r\n`,
    `Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.lab.example\r\nArrival-Date: ${new Date().toUTCString()}\r\n\r\n` +
      `Final-Recipient: rfc822; ${recipient}\r\nAction: ${action}\r\nStatus: ${status}\r\nDiagnostic-Code: smtp; ${says}\r\n`,
    `Content-Type: text/rfc822-headers\r\n\r\n${head}\r\n`,
  ];
  return Buffer.from(
    `Return-Path: <>\r\nDate: ${new Date().toUTCString()}\r\nFrom: MAILER-DAEMON@mx.lab.example (Mail Delivery System)\r\nTo: ${to}\r\n` +
      `Subject: ${action === 'delayed' ? 'Delayed Mail (still being retried)' : 'Undelivered Mail Returned to Sender'}\r\n` +
      `Auto-Submitted: auto-replied\r\nMessage-ID: <${randomBytes(10).toString('hex')}@mx.lab.example>\r\nMIME-Version: 1.0\r\n${writeParts('report', parts, '; report-type=delivery-status')}`,
  );
}

/** A read receipt (RFC 8098), as a person’s program sends it when asked. */
export function writeReceipt(originalId: string, reader: string, to: string): Buffer {
  const parts = [
    'Content-Type: text/plain; charset=utf-8\r\n\r\nYour message was displayed.\r\n',
    `Content-Type: message/disposition-notification\r\n\r\nReporting-UA: people.example; LabMail\r\nFinal-Recipient: rfc822; ${reader}\r\n` +
      `Original-Message-ID: ${originalId}\r\nDisposition: manual-action/MDN-sent-manually; displayed\r\n`,
  ];
  return Buffer.from(
    `Return-Path: <${reader}>\r\nDate: ${new Date().toUTCString()}\r\nFrom: ${reader}\r\nTo: ${to}\r\nSubject: Read\r\nIn-Reply-To: ${originalId}\r\n` +
      `Message-ID: <${randomBytes(10).toString('hex')}@people.example>\r\nMIME-Version: 1.0\r\n${writeParts('report', parts, '; report-type=disposition-notification')}`,
  );
}

/** The headers of a mail, without what is not ASCII. */
function headOf(raw: Buffer): string {
  const end = raw.indexOf('\r\n\r\n');
  return raw.subarray(0, end < 0 ? raw.length : end).toString('latin1');
}
