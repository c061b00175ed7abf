import type { Lab } from '../lab.ts';
import { inCrowd } from '../people.ts';
import type { Entry, PhoneState } from '../phones.ts';
import { isLoopback } from '../post.ts';
import type { ViberAccount } from './account.ts';

type State = 'delivered' | 'seen' | 'failed';
const rank: Record<State, number> = { delivered: 1, seen: 2, failed: 3 };

/** What happens to a message after it was taken: delivered, and seen when the person opens the chat; or failed, where its file is not there. */
export function follow(lab: Lab, bot: ViberAccount, phone: PhoneState, entry: Entry, media: string | undefined): void {
  const deliver = () => {
    report(lab, bot, phone, entry, 'delivered');
    if (lab.settings.autoReadMs === null) return;
    if (lab.settings.receipts === 'instant') openChat(lab, bot, phone);
    else lab.later(lab.settings.autoReadMs, () => openChat(lab, bot, phone));
  };
  if (media && isLoopback(media)) {
    void fetched(lab, media).then((fine) => (fine ? deliver() : report(lab, bot, phone, entry, 'failed')));
  } else if (lab.settings.receipts === 'instant') deliver();
  else lab.later(60, deliver);
}

/** The app fetches files itself; the Lab does so on this machine, and takes links elsewhere on trust. */
async function fetched(lab: Lab, url: string): Promise<boolean> {
  const file = await lab.postman.download(url, 50 * 1024 * 1024);
  return !('error' in file) && file.status === 200;
}

/** The person looks at the chat: everything that has arrived is seen. */
export function openChat(lab: Lab, bot: ViberAccount, phone: PhoneState): void {
  for (const entry of phone.entries) {
    if (entry.view.from === 'business' && entry.view.status === 'delivered') report(lab, bot, phone, entry, 'seen');
  }
}

/** Shows a state on the phone and tells the business, never backwards. */
function report(lab: Lab, bot: ViberAccount, { person }: PhoneState, entry: Entry, state: State): void {
  const before = entry.told === 'read' ? 'seen' : entry.told;
  if (before && before !== 'sent' && rank[before] >= rank[state]) return;
  const shown = state === 'seen' ? 'read' : state;
  entry.told = shown;
  if (shown !== 'failed') entry.view.status = shown;
  const crowd = inCrowd(person);
  if (!crowd) lab.changed(bot.public, person, 'status', entry.view.id);
  const { noReceipts, lateReceiptMs } = lab.chaos.viber.settings;
  if (noReceipts) return;
  const tell = () =>
    bot.tell(
      state,
      {
        message_token: entry.view.id,
        user_id: person.viber.id,
        ...(state === 'failed' ? { desc: 'The media could not be downloaded' } : {}),
      },
      { person, entry, ...(crowd ? { watcher: { accepted: () => bot.ledger.receipt(person.id, shown) } } : {}) },
    );
  if (lateReceiptMs > 0) lab.later(lateReceiptMs, tell);
  else tell();
}
