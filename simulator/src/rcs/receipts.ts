import type { Person } from '../control.ts';
import type { Lab } from '../lab.ts';
import { inCrowd } from '../people.ts';
import type { Entry, PhoneState } from '../phones.ts';
import type { RcsAccount } from './account.ts';
import { newId } from './webhook.ts';

/** A message is on its phone: Google says so, and later that it was read, when the person opens the chat. */
export function arrive(lab: Lab, account: RcsAccount, phone: PhoneState, entry: Entry): void {
  report(lab, account, phone.person, entry, 'delivered');
  const { autoReadMs, receipts } = lab.settings;
  if (autoReadMs === null) return;
  if (receipts === 'instant') report(lab, account, phone.person, entry, 'read');
  else lab.later(autoReadMs, () => openChat(lab, account, phone));
}

/** The person looks at the chat: everything that has arrived is read. */
export function openChat(lab: Lab, account: RcsAccount, phone: PhoneState): void {
  for (const entry of phone.entries) {
    if (entry.view.from === 'business' && entry.told === 'delivered') report(lab, account, phone.person, entry, 'read');
  }
}

function report(lab: Lab, account: RcsAccount, person: Person, entry: Entry, state: 'delivered' | 'read'): void {
  if (entry.told === 'read' || entry.told === state) return;
  entry.told = state;
  entry.view.status = state;
  lab.changed(account.public, person, 'status', entry.view.id);
  const { noReceipts, lateReceiptMs } = lab.chaos.rcs.settings;
  if (noReceipts) return;
  const event = {
    senderPhoneNumber: person.phone,
    eventType: state === 'read' ? 'READ' : 'DELIVERED',
    eventId: newId(),
    messageId: entry.view.id,
  };
  const watcher = inCrowd(person) ? { accepted: () => account.ledger.receipt(person.id, state) } : undefined;
  const about = { person, messageId: entry.view.id, ...(watcher ? { watcher } : {}) };
  const send = () => account.hook.tell('event', event, about);
  if (lateReceiptMs > 0) lab.later(lateReceiptMs, send);
  else send();
}

/** The server itself speaks here, and calls the person's number by another name. */
export function tellExpiry(lab: Lab, account: RcsAccount, person: Person, messageId: string): void {
  if (lab.chaos.rcs.settings.noReceipts) return;
  const event = {
    phoneNumber: person.phone,
    messageId,
    eventType: 'TTL_EXPIRATION_REVOKED',
    eventId: newId(),
  };
  account.hook.tell('event', event, { person, messageId });
}
