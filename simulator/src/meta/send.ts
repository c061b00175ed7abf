import type { Person, PhoneMessage } from '../control.ts';
import type { StoredFile } from '../files.ts';
import { isObject } from '../http.ts';
import type { Lab } from '../lab.ts';
import { inCrowd } from '../people.ts';
import { type Entry, findEntry, type PhoneState, remember } from '../phones.ts';
import { isLoopback } from '../post.ts';
import type { WhatsappAccount } from './account.ts';
import { draw } from './draw.ts';
import { MetaError, refuse } from './error.ts';
import { type Failure, follow } from './statuses.ts';
import { checkMessage } from './validate.ts';
import { newWamid, numberOf } from './words.ts';

type Json = Record<string, unknown>;

/** What a request turned out to be about, for the log. */
export interface Call {
  person?: Person;
  messageId?: string;
}

const hourMs = 3_600_000;
const windowDetails =
  'Message failed to send because more than 24 hours have passed since the customer last replied to this number.';

/** An accepted send: the answer, and what follows once it has been given. */
export interface Accepted {
  answer: Json;
  after(): void;
}

/** Takes a message to a person, or throws the refusal that Meta would give. */
export function sendMessage(lab: Lab, account: WhatsappAccount, body: Json, call: Call): Accepted {
  const type = checkMessage(body);
  const { person, input, waId } = recipientOf(lab, body);
  if (person) call.person = person;
  if (waId === account.display) throw refuse(131021, 'Sender and recipient cannot be the same number.');
  if (lab.settings.limits) checkLimits(account, waId);
  const phone = person ? account.phones.of(person) : undefined;
  let failure: Failure | undefined;
  if (!phone) failure = { code: 131026, details: 'Message Undeliverable.' };
  else if (phone.blocked) failure = { code: 131026, details: 'Message Undeliverable.' };
  else if (type !== 'template' && lab.settings.window !== 'off' && phone.lastWordAt < Date.now() - 24 * hourMs) {
    if (lab.settings.window === 'refuse') throw refuse(131047, windowDetails);
    failure = { code: 131047, details: windowDetails };
  }
  const drawn = draw(account, type, body, (id, kind) => media(lab, id, kind));
  const id = newWamid(waId, 'out');
  call.messageId = id;
  const callbackData = body.biz_opaque_callback_data as string | undefined;
  const entry: Entry = {
    view: { id, from: 'business', at: new Date().toISOString(), status: 'sending', ...drawn.view },
    raw: body,
    ...(callbackData === undefined ? {} : { callbackData }),
    ...(type === 'template' ? { template: true } : {}),
  };
  if (phone && !failure) arrive(lab, account, phone, entry, type, body);
  const answer = {
    messaging_product: 'whatsapp',
    contacts: [typeof body.to === 'string' ? { input, wa_id: waId } : { input, user_id: input }],
    messages: [{ id, ...(type === 'template' ? { message_status: 'accepted' } : {}) }],
  };
  const after = () => {
    if (failure || drawn.links.length === 0) follow(lab, account, phone, person, entry, failure);
    else void fetchLinks(lab, drawn.links).then((unfetched) => follow(lab, account, phone, person, entry, unfetched));
  };
  return { answer, after };
}

function recipientOf(lab: Lab, body: Json): { person: Person | undefined; input: string; waId: string } {
  if (typeof body.to === 'string') {
    const waId = body.to.replace(/\D/g, '');
    if (waId.length < 5 || waId.length > 20) throw refuse(131009, 'Recipient phone number is not valid');
    return { person: lab.people.byNumber(waId), input: body.to, waId };
  }
  const input = body.recipient as string;
  if (!/^[A-Z]{2}\.[A-Za-z0-9]{1,128}$/.test(input))
    throw refuse(131009, 'Recipient is not a valid business-scoped user id');
  const person = lab.people.byUserId(input);
  return { person, input, waId: person?.whatsapp.waId ?? '' };
}

function checkLimits(account: WhatsappAccount, waId: string): void {
  const { wait, of } = account.flood.take(waId);
  if (wait === 0) return;
  throw of === 'person'
    ? refuse(
        131056,
        'Message failed to send because there were too many messages sent from this phone number to the same phone number in a short period of time.',
      )
    : refuse(130429, 'Cloud API message throughput has been reached.');
}

function media(lab: Lab, id: string, kind: string): StoredFile {
  const file = lab.files.get(id);
  if (!file) throw refuse(131009, `Param ${kind}["id"] is not a valid whatsapp business account media attachment ID`);
  return file;
}

/** The message lands on the phone; a reaction lands on the message it is about. */
function arrive(lab: Lab, account: WhatsappAccount, phone: PhoneState, entry: Entry, type: string, body: Json): void {
  const { person } = phone;
  phone.typingUntil = 0;
  if (type === 'reaction' && isObject(body.reaction)) {
    const target = findEntry(phone, String(body.reaction.message_id));
    if (!target) throw refuse(131009, 'Reaction message id is not known');
    target.view.reactions = body.reaction.emoji ? [String(body.reaction.emoji)] : [];
    lab.changed(account.public, person, 'reaction', target.view.id);
    return;
  }
  if (isObject(body.context)) entry.view.replyTo = String(body.context.message_id);
  remember(phone, entry);
  if (inCrowd(person)) account.ledger.got(person.id, entry.view.id, entry.view.text ?? '', entry.callbackData);
  else lab.changed(account.public, person, 'message', entry.view.id);
}

/** Meta fetches links after it has accepted the message, so that a bad one shows in a status. The Lab looks on this machine only. */
async function fetchLinks(
  lab: Lab,
  links: { url: string; view: PhoneMessage | Json; kind: string }[],
): Promise<Failure | undefined> {
  for (const { url, kind } of links) {
    if (!isLoopback(url)) continue;
    const fetched = await lab.postman.download(url, (maximumMB[kind] ?? 100) * 1024 * 1024);
    if ('error' in fetched) {
      return {
        code: 131053,
        details:
          fetched.error === 'too big'
            ? 'Media file size is too big'
            : `Downloading media from weblink failed: ${fetched.error}`,
      };
    }
    if (fetched.status !== 200)
      return { code: 131053, details: `Downloading media from weblink failed with http code ${fetched.status}` };
    const mime = fetched.mimeType.split(';')[0]!.trim();
    if (!accepts(kind, mime)) return { code: 131053, details: `Unsupported ${kind} mime type ${mime}` };
  }
  return undefined;
}

/** Largest file by kind, megabytes. */
export const maximumMB: Record<string, number> = { audio: 16, image: 5, video: 16, document: 100, sticker: 0.5 };

const types: Record<string, string[]> = {
  audio: ['audio/aac', 'audio/amr', 'audio/mpeg', 'audio/mp4', 'audio/ogg', 'audio/opus'],
  image: ['image/jpeg', 'image/png'],
  video: ['video/mp4', 'video/3gpp'],
  sticker: ['image/webp'],
};

/** Whether a kind of message takes files of this type; documents take any. */
export const accepts = (kind: string, mimeType: string): boolean => types[kind]?.includes(mimeType) ?? true;

/** The kind that an upload of this type is for. */
export const kindOfUpload = (mimeType: string): string =>
  Object.keys(types).find((kind) => types[kind]!.includes(mimeType)) ?? 'document';

/** `{status:"read"}`: the business has read up to a message, and perhaps begins to type. */
export function markRead(lab: Lab, account: WhatsappAccount, body: Json, call: Call): Json {
  if (body.messaging_product !== 'whatsapp') {
    throw new MetaError(400, {
      message: '(#100) The parameter messaging_product is required.',
      type: 'OAuthException',
      code: 100,
    });
  }
  const id = body.message_id;
  if (typeof id !== 'string') throw refuse(131008, "Parameter 'message_id' is mandatory");
  const typing = isObject(body.typing_indicator);
  if (typing && (body.typing_indicator as Json).type !== 'text')
    throw refuse(131009, 'typing_indicator["type"] must be text');
  const phone = phoneWith(lab, account, id);
  if (!phone) throw refuse(131009, 'Message id is not known, or not of a message that was received');
  const { person } = phone;
  call.person = person;
  call.messageId = id;
  for (const { view } of phone.entries) {
    if (view.from === 'customer' && view.status !== 'read') {
      view.status = 'read';
      lab.changed(account.public, person, 'status', view.id);
    }
    if (view.id === id) break;
  }
  if (typing) {
    phone.typingUntil = Date.now() + 25_000;
    lab.changed(account.public, person, 'typing');
    lab.later(25_050, () => {
      if (phone.typingUntil > 0 && phone.typingUntil <= Date.now()) lab.changed(account.public, person, 'typing');
    });
  }
  return { success: true };
}

/** The number stands in the id, so that the phone need not be searched for among thousands. */
function phoneWith(lab: Lab, account: WhatsappAccount, wamid: string): PhoneState | undefined {
  const person = lab.people.byNumber(numberOf(wamid));
  const phone = person && account.phones.find(person);
  return phone && findEntry(phone, wamid)?.view.from === 'customer' ? phone : undefined;
}
