import type { Act, Person, PhoneMessage } from '../control.ts';
import type { Lab } from '../lab.ts';
import { cannot } from '../lab-error.ts';
import { inCrowd } from '../people.ts';
import { type Entry, type PhoneState, remember } from '../phones.ts';
import type { Watcher } from '../webhook.ts';
import type { SmsAccount } from './account.ts';
import { sid } from './exchange.ts';
import { keywordIn, obey } from './keywords.ts';
import { resource } from './resource.ts';
import { segmentsOf } from './segments.ts';

interface Picture {
  mimeType: string;
  filename: string;
  base64: string;
}

/** What a customer does with their telephone. Answers the SID of what was made. */
export function actOnSms(lab: Lab, account: SmsAccount, person: Person, act: Act): string | null {
  const phone = account.phones.of(person);
  switch (act.do) {
    case 'text':
      return write(lab, account, phone, act.text, []);
    case 'image':
    case 'video':
    case 'audio':
    case 'document':
      return write(lab, account, phone, act.caption ?? '', [act], act.do);
    case 'block':
    case 'unblock':
      // The phone is switched off and on again; the carrier keeps nothing.
      phone.blocked = act.do === 'block';
      lab.changed(account.public, person, 'block');
      return null;
    default:
      throw cannot('sms', act);
  }
}

/** A customer's text, for the page and for loads. */
export function writeText(lab: Lab, account: SmsAccount, person: Person, text: string, watcher?: Watcher): string {
  return write(lab, account, account.phones.of(person), text, [], 'text', watcher);
}

function write(
  lab: Lab,
  account: SmsAccount,
  phone: PhoneState,
  text: string,
  pictures: readonly Picture[],
  kind: PhoneMessage['kind'] = 'text',
  watcher: Watcher = {},
): string {
  const { person } = phone;
  const { number } = account;
  phone.started = true;
  phone.lastWordAt = Date.now();
  const id = sid(pictures.length > 0 ? 'MM' : 'SM');
  const files = pictures.map(({ mimeType, filename, base64 }) => {
    const { id: fileId } = lab.files.put({ mimeType, filename, bytes: Buffer.from(base64, 'base64') });
    return { sid: sid('ME'), fileId, mimeType, filename };
  });
  if (files.length > 0) account.files.set(id, files);
  const cut = segmentsOf(text);
  account.keep({
    ...resource(account, id, text),
    direction: 'inbound',
    status: 'received',
    from: person.phone,
    to: number.phoneNumber,
    num_media: String(files.length),
    num_segments: String(files.length > 0 ? 1 : cut.count),
  });
  const entry = remember(phone, {
    view: {
      id,
      from: 'customer',
      at: new Date().toISOString(),
      kind,
      ...(text ? { text } : {}),
      ...(files[0] ? { mediaUrl: `/lab/files/${files[0].fileId}`, filename: files[0].filename } : { segments: cut }),
      status: 'sending',
    },
  });
  lab.changed(account.public, person, 'message', id);
  const keyword = keywordIn(text);
  deliver(
    lab,
    account,
    phone,
    entry,
    {
      ToCountry: 'US',
      ToState: '',
      ToCity: '',
      ToZip: '',
      SmsMessageSid: id,
      NumMedia: String(files.length),
      SmsSid: id,
      SmsStatus: 'received',
      FromCountry: countryOf(person.phone),
      FromState: '',
      FromCity: '',
      FromZip: '',
      Body: text,
      To: number.phoneNumber,
      NumSegments: String(files.length > 0 ? 1 : cut.count),
      MessageSid: id,
      AccountSid: number.accountSid,
      From: person.phone,
      ApiVersion: '2010-04-01',
      ...(number.service ? { MessagingServiceSid: number.service.sid } : {}),
      ...(number.service?.advancedOptOut && keyword ? { OptOutType: keyword.toUpperCase() } : {}),
      ...Object.fromEntries(
        files.flatMap((file, at) => [
          [
            `MediaUrl${at}`,
            `${lab.url}/twilio/2010-04-01/Accounts/${number.accountSid}/Messages/${id}/Media/${file.sid}`,
          ],
          [`MediaContentType${at}`, file.mimeType],
        ]),
      ),
    },
    watcher,
  );
  if (keyword) obey(lab, account, phone, keyword, text);
  return id;
}

function deliver(
  lab: Lab,
  account: SmsAccount,
  { person }: PhoneState,
  entry: Entry,
  fields: Record<string, string>,
  watcher: Watcher,
): void {
  const quiet = inCrowd(person);
  const show = (status: PhoneMessage['status']) => {
    if (quiet || entry.view.status === status) return;
    entry.view.status = status;
    lab.changed(account.public, person, 'status', entry.view.id);
  };
  account.queues.tell(account.number.inboundUrl, account.number.authToken, fields, {
    lane: person.id,
    person,
    messageId: entry.view.id,
    watcher: {
      attempted: (ok) => {
        show(ok ? 'accepted' : 'refused');
        watcher.attempted?.(ok);
      },
      ...(watcher.accepted ? { accepted: watcher.accepted } : {}),
    },
  });
}

const countryOf = (phone: string): string =>
  phone.startsWith('+44') ? 'GB' : phone.startsWith('+33') ? 'FR' : phone.startsWith('+49') ? 'DE' : 'US';
