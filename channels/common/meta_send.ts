import { type MessagePart, SendError, UnknownOutcome } from '@tributary/protocol';
import type { Address, InboundEvent, Io, ProviderRequest, RenderContext, Sent } from '../adapter.ts';
import { type Json, readObject, readObjects, readText } from './json.ts';
import { callGraph, type GraphCall, nthPartKey } from './meta.ts';
import type { Manner, Saying, Upload } from './meta_payloads.ts';
import { recipientOf } from './meta_people.ts';
import { toSayings } from './meta_say.ts';
import { uploadFile } from './meta_upload.ts';

/** One account at the Send API. */
export interface Sender {
  /** `/v26.0/PAGE`: what the edges hang from. */
  node: string;
  manner: Manner;
  /** Inside the window messages say that they answer: not with Instagram Login, where Meta shows no such word. */
  saysResponse: boolean;
}

/** Messages as requests of the Send API. The part key travels as `metadata`, where it comes back in the echo: Meta has no idempotency key. */
export function toSendRequests(part: MessagePart, context: RenderContext, sender: Sender): ProviderRequest[] {
  const { content } = part;
  if (content.type === 'reaction') {
    const target = context.replyTo?.externalId ?? content.messageId ?? '';
    return reactionRequests(sender, context.to, target, content.emoji);
  }
  return toSayings(part, sender.manner).map((saying, no) => {
    const { message, uploads, name } = saying;
    const ours = sender.manner.instagram ? {} : { metadata: nthPartKey(context.partKey, no) };
    const body = {
      recipient: recipientOf(context.to),
      ...purposeOf(saying, context, sender),
      message: message.template ? message : { ...message, ...ours },
      ...(context.replyTo && no === 0 ? { reply_to: { mid: context.replyTo.externalId } } : {}),
      ...(uploads ? { uploads } : {}),
    };
    return request(sender, body, name, uploads !== undefined);
  });
}

/** Why this may be said now: an answer, a tag that keeps the window open, an approved template, or the first word to somebody by number. */
function purposeOf({ message }: Saying, { to, windowTag }: RenderContext, sender: Sender): Json {
  if (message.template) return { messaging_type: 'UTILITY' };
  if (windowTag) return { messaging_type: 'MESSAGE_TAG', tag: windowTag };
  if (to.kind === 'phone') return { messaging_type: 'UPDATE' };
  return sender.saysResponse && !to.value.includes(':') ? { messaging_type: 'RESPONSE' } : {};
}

function request(sender: Sender, body: Json, name: string, uploads = false): ProviderRequest {
  const path = `${sender.node}/messages`;
  return { method: 'POST', path, body, ...(uploads ? { encoding: 'multipart' as const } : {}), name };
}

/** What the person sees us do: alone in its request. */
export function senderAction(sender: Sender, to: Address, action: string, payload?: Json): ProviderRequest {
  const body = { recipient: recipientOf(to), sender_action: action, ...(payload ? { payload } : {}) };
  return request(sender, body, action.replace('_', ' '));
}

/** Puts an emoji under a message, or takes ours away. Instagram calls its heart by name. */
export function reactionRequests(
  sender: Sender,
  to: Address,
  externalId: string,
  emoji: string | null,
): ProviderRequest[] {
  if (emoji === null) return [senderAction(sender, to, 'unreact', { message_id: externalId })];
  const reaction = sender.manner.instagram && emoji.startsWith('❤') ? 'love' : emoji;
  return [senderAction(sender, to, 'react', { message_id: externalId, reaction })];
}

/** Marks what the person wrote as read, unless another app answers them. */
export function seenRequests(event: InboundEvent, sender: Sender): ProviderRequest[] {
  if (event.type !== 'message' && event.type !== 'action') return [];
  if (event.type === 'message' && (event.echo || event.automatic)) return [];
  return [senderAction(sender, event.from, 'mark_seen')];
}

/** Meta answers so when it does not know itself whether the message went out. */
const PERHAPS_SENT = '1/1357046';

/** Performs one request: what has to be uploaded first, then the message. Only what names a message was sent; a sign has no name. */
export async function performSend(
  request: ProviderRequest,
  credentials: Pick<GraphCall, 'token' | 'secrets'>,
  manner: Manner,
  io: Io,
): Promise<Sent> {
  // A copy: what is stored and shown stays as it was rendered.
  const { uploads, ...body } = structuredClone(readObject(request.body) ?? {});
  const node = request.path.replace(/\/messages$/, '');
  for (const upload of readObjects(uploads) as unknown as Upload[]) {
    const id = await uploadFile(upload, node, credentials, manner, io);
    const place = openPlace(body.message);
    if (place) place.attachment_id = id;
  }
  const call = { method: request.method, path: request.path, body, ...credentials };
  const answer = await callGraph(call, io).catch((error: unknown) => {
    throw error instanceof SendError ? readRefusal(error, body) : error;
  });
  const id = readText(answer.message_id);
  if (!id && !body.sender_action) throw new UnknownOutcome(`${manner.title} answered without naming a message.`);
  return { externalIds: id ? [id] : [], raw: answer };
}

/** The first place of a message that waits for the id of a file. */
function openPlace(message: unknown): Json | undefined {
  const { attachment, attachments } = readObject(message) ?? {};
  const payloads = [...readObjects(attachments), ...readObjects([attachment])].map(({ payload }) =>
    readObject(payload),
  );
  const media = payloads.flatMap((payload) =>
    payload?.template_type === 'media' ? readObjects(payload.elements) : [],
  );
  const files = payloads.filter((payload) => payload !== undefined && !('template_type' in payload)) as Json[];
  return [...files, ...media].find((place) => place.attachment_id === undefined && place.url === undefined);
}

/** Most pages may not write by number: that says nothing about the credentials, which the table would stop the channel for. */
function readRefusal(error: SendError, body: Json): Error {
  if (error.detail.providerCode === PERHAPS_SENT) return new UnknownOutcome(error.message, { cause: error });
  const byNumber = readObject(body.recipient)?.phone_number !== undefined;
  if (!byNumber || error.code !== 'bad_credentials' || error.detail.providerCode !== '10') return error;
  const says = 'Meta has closed matching by phone number for this page; send the person a link to the page instead.';
  const providerMessage = [says, error.detail.providerMessage].filter(Boolean).join(' ');
  return new SendError('invalid_recipient', { ...error.detail, providerMessage });
}
