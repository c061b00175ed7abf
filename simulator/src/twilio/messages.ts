import type { Person } from '../control.ts';
import type { Lab } from '../lab.ts';
import { inCrowd } from '../people.ts';
import { type Entry, type PhoneState, remember } from '../phones.ts';
import { type MessageResource, type SmsAccount, smsAccounts } from './account.ts';
import { invalid, notFound, tooMany } from './error.ts';
import { exchange, sid } from './exchange.ts';
import { drawFiles, fetchFiles } from './mms.ts';
import { resource } from './resource.ts';
import type { Answer, Question } from './routes.ts';
import { segmentsOf } from './segments.ts';
import { checkParameters } from './spec.ts';
import { follow } from './statuses.ts';

const bodyMax = 1600;
const filesMax = 10;

/** `POST Messages.json`: takes a message into the queue, or throws the refusal that Twilio would give. */
export function createMessage(question: Question): Answer {
  const { lab, form } = question;
  const { fault, ignored } = checkParameters(form);
  if (fault) throw invalid(20001, fault);
  const to = form.get('To') ?? '';
  const body = form.get('Body') ?? '';
  const urls = form.getAll('MediaUrl');
  if (!to) throw invalid(21604, "A 'To' phone number is required.");
  const account = senderOf(question);
  if (!/^\+[1-9]\d{6,14}$/.test(to)) {
    throw /^\d{3,6}$/.test(to)
      ? invalid(21265, `The 'To' number ${to} cannot be a Short Code.`)
      : invalid(21211, `The 'To' number ${to} is not a valid phone number.`);
  }
  if (to === account.number.phoneNumber) throw invalid(21266, "'To' and 'From' number cannot be the same");
  if (!body && urls.length === 0 && !form.get('ContentSid'))
    throw invalid(21619, 'A text message body or media urls must be specified.');
  if (body.length > bodyMax)
    throw invalid(21617, `The concatenated message body exceeds the ${bodyMax} character limit`);
  if (urls.length > filesMax) throw invalid(21623, 'Number of media files exceeds allowed limit');
  if (!urls.every((url) => /^https?:\/\/[^\s/]+/.test(url))) throw invalid(21620, 'Invalid media URL(s)');
  const callback = form.get('StatusCallback') ?? '';
  if (callback && !/^https?:\/\/[^\s/_]+(\/|$)/.test(callback))
    throw invalid(21609, `The 'StatusCallback' URL ${callback} is not a valid URL.`);
  checkTimes(form);
  const person = lab.people.byNumber(to.slice(1));
  if (account.optedOut.has(to)) throw invalid(21610, 'Attempt to send to unsubscribed recipient');
  if (lab.settings.limits && account.bucket.take() > 0) throw tooMany();

  const serviceSid = form.get('MessagingServiceSid') || null;
  const cut = segmentsOf(body);
  const id = sid(urls.length > 0 ? 'MM' : 'SM');
  const message: MessageResource = {
    ...resource(account, id, body),
    to,
    from: serviceSid && !form.get('From') ? null : account.number.phoneNumber,
    messaging_service_sid: serviceSid,
    direction: 'outbound-api',
    status: serviceSid ? 'accepted' : 'queued',
    num_media: String(urls.length),
    // A service chooses the sender later, and with it the alphabet.
    num_segments: serviceSid ? '0' : String(urls.length > 0 ? 1 : cut.count),
  };
  account.keep(message);
  const entry: Entry = {
    view: {
      id,
      from: 'business',
      at: new Date().toISOString(),
      status: 'sending',
      ...drawFiles(urls, []),
      kind: urls.length > 0 ? 'image' : 'text',
      ...(body ? { text: body } : {}),
      ...(urls.length > 0 ? {} : { segments: cut }),
    },
    raw: message,
    callbackData: callback.split('?')[1] ?? '',
  };
  const phone = person && account.phones.of(person);
  if (phone && !phone.blocked) arrive(lab, account, phone, entry);
  const answer = { ...message };
  return {
    status: 201,
    json: answer,
    account: account.public,
    ...(person ? { person } : {}),
    messageId: id,
    ...(ignored.length > 0 ? { ignored } : {}),
    after: () => void send(lab, account, person, entry, message, callback, urls),
  };
}

/** Twilio fetches files after it has taken the message, so a bad one shows in its status. */
async function send(
  lab: Lab,
  account: SmsAccount,
  person: Person | undefined,
  entry: Entry,
  message: MessageResource,
  callback: string,
  urls: readonly string[],
): Promise<void> {
  const files = await fetchFiles(lab, urls);
  const failed = files.find((file) => 'code' in file);
  if (!failed && urls.length > 0) {
    const types = files.map((file) => ('mimeType' in file ? file.mimeType : ''));
    Object.assign(entry.view, drawFiles(urls, types));
    if (person) lab.changed(account.public, person, 'status', entry.view.id);
  }
  follow(lab, account, person, entry, message, callback, failed && 'code' in failed ? failed.code : undefined);
}

function arrive(lab: Lab, account: SmsAccount, phone: PhoneState, entry: Entry): void {
  remember(phone, entry);
  const { person } = phone;
  if (inCrowd(person)) {
    const partKey = new URLSearchParams(entry.callbackData).get('part') ?? undefined;
    account.ledger.got(person.id, entry.view.id, entry.view.text ?? '', partKey);
  } else lab.changed(account.public, person, 'message', entry.view.id);
}

/** The number that sends: the one named, or one of the service's pool. */
function senderOf({ lab, accountSid, form }: Question): SmsAccount {
  const from = form.get('From') ?? '';
  const service = form.get('MessagingServiceSid') ?? '';
  if (!from && !service) throw invalid(21603, "A 'From' phone number is required.");
  if (service) {
    const found = exchange(lab).services.get(service);
    if (!found || found.accountSid !== accountSid)
      throw invalid(21701, `The Messaging Service ${service} does not exist`);
    const pooled = found.numbers.find(({ phoneNumber }) => !from || phoneNumber === from);
    const account = pooled && smsAccounts(lab).get(pooled.phoneNumber);
    if (!account)
      throw invalid(21703, 'The Messaging Service does not have a phone number available to send a message');
    return account;
  }
  const account = smsAccounts(lab).get(from);
  if (!account || account.number.accountSid !== accountSid) {
    throw invalid(
      21606,
      `The 'From' phone number provided (${from}) is not a valid message-capable Twilio phone number for this destination`,
    );
  }
  return account;
}

function checkTimes(form: URLSearchParams): void {
  const validity = form.get('ValidityPeriod');
  if (validity !== null && (Number(validity) < 1 || Number(validity) > 36_000))
    throw invalid(21624, `The Validity Period ${validity} is invalid`);
  if (form.get('ScheduleType') === null) return;
  if (!form.get('MessagingServiceSid')) throw invalid(35118, 'MessagingServiceSid is required to schedule a message');
  const sendAt = Date.parse(form.get('SendAt') ?? '');
  // From five minutes to thirty-five days ahead.
  const ahead = sendAt - Date.now();
  if (!(ahead >= 300_000 && ahead <= 35 * 86_400_000)) throw invalid(35114, 'SendAt timestamp is out of range');
}

/** `GET Messages.json`, newest first; `GET`, `POST` and `DELETE` of one message. */
export function answerMessages(question: Question): Answer {
  const { lab, method, path, accountSid, query, form } = question;
  const accounts = [...smsAccounts(lab).values()].filter(({ number }) => number.accountSid === accountSid);
  const [, id, sub, fileSid] = path;
  if (id === undefined) {
    if (method === 'POST') return createMessage(question);
    const wanted = (message: MessageResource) =>
      (!query.get('To') || message.to === query.get('To')) &&
      (!query.get('From') || message.from === query.get('From'));
    const all = accounts.flatMap(({ messages }) => [...messages.values()].filter(wanted)).reverse();
    const size = Math.min(1000, Number(query.get('PageSize')) || 50);
    return { status: 200, json: { messages: all.slice(0, size), page: 0, page_size: size, next_page_uri: null } };
  }
  const account = accounts.find(({ messages }) => messages.has(id));
  const message = account?.messages.get(id);
  if (!account || !message) throw notFound(`/${path.join('/')}.json`);
  if (sub === 'Media') return answerMedia(question, account, id, fileSid);
  if (method === 'DELETE') {
    account.messages.delete(id);
    return { status: 204, account: account.public };
  }
  // A message may only be emptied, or held back while it waits for its time.
  if (method === 'POST' && form.get('Body') === '') message.body = '';
  return { status: 200, json: { ...message }, account: account.public };
}

function answerMedia({ lab, path }: Question, account: SmsAccount, id: string, fileSid: string | undefined): Answer {
  const files = account.files.get(id) ?? [];
  const uri = (file: string) => `/2010-04-01/Accounts/${account.number.accountSid}/Messages/${id}/Media/${file}`;
  if (fileSid === undefined) {
    const media_list = files.map((file) => ({
      sid: file.sid,
      parent_sid: id,
      content_type: file.mimeType,
      uri: `${uri(file.sid)}.json`,
    }));
    return { status: 200, json: { media_list, page: 0, page_size: 50 }, account: account.public };
  }
  const file = files.find((one) => one.sid === fileSid);
  if (!file) throw notFound(`/${path.join('/')}`);
  // The file itself lies with another company, behind a link that needs no credentials.
  return { status: 307, location: `${lab.url}/twilio/storage/${file.fileId}`, account: account.public };
}
