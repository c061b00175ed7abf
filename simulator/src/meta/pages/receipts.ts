import type { Lab } from '../../lab.ts';
import { inCrowd } from '../../people.ts';
import type { Entry, PhoneState } from '../../phones.ts';
import type { PageAccount } from './account.ts';

/** A message is on its phone. Messenger says so; Instagram tells nobody. Later the person opens the chat. */
export function arrive(lab: Lab, account: PageAccount, phone: PhoneState, entry: Entry): void {
  const { autoReadMs, receipts } = lab.settings;
  const deliver = (): void => {
    if (entry.told) return;
    show(lab, account, phone, entry, 'delivered');
    if (account.product === 'facebook') {
      // A watermark speaks of everything before it, so it stands for this moment.
      tell(lab, account, phone, 'message_deliveries', { delivery: { mids: [entry.view.id], watermark: Date.now() } }, [
        entry,
      ]);
    }
    if (autoReadMs === null) return;
    if (receipts === 'instant') openChat(lab, account, phone);
    else lab.later(autoReadMs, () => openChat(lab, account, phone));
  };
  if (receipts === 'instant') deliver();
  else lab.later(60, deliver);
}

/** The person looks at the chat: everything that has arrived is read, and one receipt says so. */
export function openChat(lab: Lab, account: PageAccount, phone: PhoneState): void {
  const unread = phone.entries.filter(({ view, told }) => view.from === 'business' && told === 'delivered');
  const last = unread.at(-1);
  if (!last) return;
  for (const entry of unread) show(lab, account, phone, entry, 'read');
  if (account.product === 'facebook')
    tell(lab, account, phone, 'message_reads', { read: { watermark: Date.now() } }, unread);
  else tell(lab, account, phone, 'messaging_seen', { read: { mid: last.view.id } }, unread);
}

function show(lab: Lab, account: PageAccount, { person }: PhoneState, entry: Entry, state: 'delivered' | 'read'): void {
  entry.told = state;
  entry.view.status = state;
  if (!inCrowd(person)) lab.changed(account.public, person, 'status', entry.view.id);
}

function tell(
  lab: Lab,
  account: PageAccount,
  { person, started }: PhoneState,
  field: string,
  update: Record<string, unknown>,
  entries: readonly Entry[],
): void {
  const { noReceipts, lateReceiptMs } = lab.chaos[account.product].settings;
  // Somebody matched by number is a stranger until they answer.
  if (noReceipts || !started) return;
  const item = { sender: { id: account.idOf(person) }, recipient: { id: account.id }, ...update };
  const state = field === 'message_deliveries' ? 'delivered' : 'read';
  const count = (): void => {
    for (let told = 0; told < entries.length; told++) account.ledger.receipt(person.id, state);
  };
  const messageId = entries.at(-1)?.view.id;
  const about = {
    person,
    ...(messageId ? { messageId } : {}),
    ...(inCrowd(person) ? { watcher: { accepted: count } } : {}),
  };
  const send = (): void => account.hook.tell(field, item, about);
  if (lateReceiptMs > 0) lab.later(lateReceiptMs, send);
  else send();
}
