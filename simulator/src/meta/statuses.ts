import type { Person, PhoneMessage } from '../control.ts';
import type { Lab } from '../lab.ts';
import { inCrowd } from '../people.ts';
import type { Entry, PhoneState } from '../phones.ts';
import type { WhatsappAccount } from './account.ts';
import { callbacks } from './callback.ts';
import { titleOf } from './error.ts';
import { contactOf, seconds } from './words.ts';

type State = 'sent' | 'delivered' | 'read' | 'failed';
const rank: Record<State, number> = { sent: 1, delivered: 2, read: 3, failed: 4 };

/** A reason to fail, told by a status instead of an answer. */
export interface Failure {
  code: number;
  details: string;
}

/** What happens to a message after it was accepted: sent, delivered, and read when the person opens the chat, or failed. */
export function follow(
  lab: Lab,
  account: WhatsappAccount,
  phone: PhoneState | undefined,
  person: Person | undefined,
  entry: Entry,
  failure: Failure | undefined,
): void {
  const tell = (state: State) => report(lab, account, person, entry, state, failure);
  if (lab.settings.receipts === 'instant') {
    if (failure) {
      tell('failed');
      return;
    }
    tell('sent');
    tell('delivered');
    if (lab.settings.autoReadMs !== null) tell('read');
    return;
  }
  if (failure) {
    lab.later(60, () => tell('failed'));
    return;
  }
  lab.later(25, () => tell('sent'));
  lab.later(90, () => {
    tell('delivered');
    if (lab.settings.autoReadMs !== null)
      lab.later(lab.settings.autoReadMs, () => phone && openChat(lab, account, phone));
  });
}

/** The person looks at the chat: everything that has arrived is read. */
export function openChat(lab: Lab, account: WhatsappAccount, phone: PhoneState): void {
  for (const entry of phone.entries) {
    const { view } = entry;
    if (view.from === 'business' && (view.status === 'delivered' || view.status === 'sent'))
      report(lab, account, phone.person, entry, 'read', undefined);
  }
}

/** Shows a state on the phone and tells the business, never backwards. */
function report(
  lab: Lab,
  account: WhatsappAccount,
  person: Person | undefined,
  entry: Entry,
  state: State,
  failure: Failure | undefined,
): void {
  if (entry.told && rank[entry.told] >= rank[state]) return;
  entry.told = state;
  const { view } = entry;
  const crowd = person !== undefined && inCrowd(person);
  if (person && state !== 'failed') {
    view.status = state as PhoneMessage['status'];
    if (!crowd) lab.changed(account.public, person, 'status', view.id);
  }
  const { noReceipts, lateReceiptMs } = lab.chaos.whatsapp.settings;
  if (noReceipts) return;
  const hidden = person?.whatsapp.hidesNumber === true;
  const recipient = person?.whatsapp.waId ?? String(entry.raw?.to ?? '').replace(/\D/g, '');
  const item: Record<string, unknown> = {
    id: view.id,
    status: state,
    timestamp: seconds(),
    ...(hidden ? {} : { recipient_id: recipient }),
    ...(person && state !== 'failed' ? { recipient_user_id: person.whatsapp.userId } : {}),
    ...(entry.callbackData === undefined ? {} : { biz_opaque_callback_data: entry.callbackData }),
    ...(state === 'sent' ? { pricing: entry.template ? templatePricing : servicePricing } : {}),
    ...(failure ? { errors: [failedWith(failure)] } : {}),
  };
  const send = () =>
    callbacks(lab).enqueue({
      account,
      ...(person ? { person } : {}),
      field: 'messages',
      list: 'statuses',
      item,
      messageId: view.id,
      ...(person && state !== 'failed' ? { contact: contactOf(person) } : {}),
      ...(crowd ? { accepted: () => account.ledger.receipt(person.id, state) } : {}),
    });
  if (lateReceiptMs > 0) lab.later(lateReceiptMs, send);
  else send();
}

const servicePricing = { billable: false, pricing_model: 'PMP', type: 'free_customer_service', category: 'service' };
const templatePricing = { billable: true, pricing_model: 'PMP', type: 'regular', category: 'utility' };

const failedWith = ({ code, details }: Failure) => ({
  code,
  title: titleOf(code),
  message: titleOf(code),
  error_data: { details },
  href: '/documentation/business-messaging/whatsapp/support/error-codes',
});
