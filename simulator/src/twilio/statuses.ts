import type { Person, PhoneMessage } from '../control.ts';
import type { Lab } from '../lab.ts';
import { inCrowd } from '../people.ts';
import type { Entry } from '../phones.ts';
import type { MessageResource, SmsAccount } from './account.ts';
import { rfc2822 } from './resource.ts';

type Status = 'queued' | 'sent' | 'delivered' | 'undelivered' | 'failed';

const words: Record<number, string> = {
  11200: 'HTTP retrieval failure',
  12300: 'Invalid Content-Type',
  30003: 'Unreachable destination handset',
  30005: 'Unknown destination handset',
  30019: 'Content size exceeds carrier limit',
};

/**
 * What becomes of a message that was taken: queued, sent to the carrier, delivered to the phone. A number that nobody has fails, and so does a file
 * that cannot be fetched; a phone that is switched off leaves the message undelivered.
 */
export function follow(
  lab: Lab,
  account: SmsAccount,
  person: Person | undefined,
  entry: Entry,
  message: MessageResource,
  callback: string,
  fault: number | undefined,
): void {
  const phone = person && account.phones.find(person);
  const off = phone?.blocked ? 30003 : undefined;
  const steps: [Status, number?][] =
    fault !== undefined
      ? [['failed', fault]]
      : !person
        ? [['queued'], ['failed', 30005]]
        : off
          ? [['queued'], ['sent'], ['undelivered', off]]
          : [['queued'], ['sent'], ['delivered']];
  const pauses = [0, 25, 90];
  steps.forEach(([status, code], at) => {
    const tell = () => report(lab, account, person, entry, message, callback, status, code);
    if (lab.settings.receipts === 'instant' || pauses[at] === 0) tell();
    else lab.later(pauses[at]!, tell);
  });
}

function report(
  lab: Lab,
  account: SmsAccount,
  person: Person | undefined,
  entry: Entry,
  message: MessageResource,
  callback: string,
  status: Status,
  code: number | undefined,
): void {
  const now = new Date();
  message.status = status;
  message.date_updated = rfc2822(now);
  message.from ??= account.number.phoneNumber;
  if (status === 'sent') message.date_sent = rfc2822(now);
  if (code !== undefined) {
    message.error_code = code;
    message.error_message = words[code] ?? 'Unknown error';
  }
  const crowd = person !== undefined && inCrowd(person);
  if (person && (status === 'sent' || status === 'delivered')) {
    entry.view.status = status as PhoneMessage['status'];
    if (!crowd) lab.changed(account.public, person, 'status', entry.view.id);
  }
  const { noReceipts, lateReceiptMs } = lab.chaos.sms.settings;
  if (noReceipts || !callback) return;
  const fields = {
    SmsSid: message.sid,
    SmsStatus: status,
    MessageStatus: status,
    To: String(message.to),
    MessageSid: message.sid,
    AccountSid: account.number.accountSid,
    From: String(message.from),
    ApiVersion: '2010-04-01',
    ...(message.messaging_service_sid ? { MessagingServiceSid: String(message.messaging_service_sid) } : {}),
    ...(code !== undefined ? { ErrorCode: String(code) } : {}),
    ...(status === 'delivered' || status === 'undelivered' ? { RawDlrDoneDate: carrierTime(now) } : {}),
  };
  const state = status === 'undelivered' ? 'failed' : status;
  const send = () =>
    account.queues.tell(callback, account.number.authToken, fields, {
      lane: message.sid,
      messageId: message.sid,
      ...(person ? { person } : {}),
      ...(crowd && state !== 'queued' ? { watcher: { accepted: () => account.ledger.receipt(person.id, state) } } : {}),
    });
  if (lateReceiptMs > 0) lab.later(lateReceiptMs, send);
  else send();
}

/** `2610041233`: the carrier's clock, to the minute. */
const carrierTime = (date: Date): string => date.toISOString().replace(/\D/g, '').slice(2, 12);
