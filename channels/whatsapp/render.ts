import { type ContactCard, type ContentOf, type Media, type MessagePart, SendError } from '@tributary/protocol';
import type { Address, InboundEvent, ProviderRequest, RenderContext } from '../adapter.ts';
import { present } from '../common/json.ts';
import { graphPath, nthPartKey } from '../common/meta.ts';
import { templateComponents } from '../common/meta_templates.ts';
import type { WhatsAppConfig } from './config.ts';
import { cardMessages, carouselMessages, listMessage, speakingMessages } from './interactive.ts';
import { mediaKindOf, toOutboundMedia } from './media.ts';
import { toWamid } from './messages.ts';
import type { OutboundBody, OutboundContact } from './payloads.ts';

/** Each part is mostly one send; a file that cannot stand above buttons, or a place with words, is two. */
export function render(part: MessagePart, context: RenderContext, config: WhatsAppConfig): ProviderRequest[] {
  return toBodies(part, context).map((body, no) => toRequest(body, no, context, config));
}

function toBodies({ content }: MessagePart, context: RenderContext): OutboundBody[] {
  switch (content.type) {
    case 'text':
      if (content.actions?.length) return speakingMessages(content.text, content.actions);
      return [textBody(content.text), ...attachmentBodies(content.attachments)];
    case 'image':
    case 'video':
    case 'audio':
    case 'document':
      return [...fileBodies(content), ...attachmentBodies(content.attachments)];
    case 'sticker':
      return [{ type: 'sticker', sticker: toOutboundMedia(content.media) }];
    case 'location':
      return [locationBody(content), ...wordsAfter(content.text, content.actions)];
    case 'contact':
      return [{ type: 'contacts', contacts: content.contacts.map(toOutboundContact) }];
    case 'list':
      return [listMessage(content)];
    case 'card':
      return cardMessages(content);
    case 'carousel':
      return carouselMessages(content);
    case 'template':
      return [templateBody(content)];
    case 'reaction':
      return [reactionBody(context.replyTo?.externalId ?? content.messageId ?? '', content.emoji)];
    default:
      throw new SendError('content_refused', { providerMessage: `WhatsApp has no word for “${content.type}”.` });
  }
}

/** Puts an emoji under a message, or takes ours away. */
export function react(
  externalId: string,
  emoji: string | null,
  context: RenderContext,
  config: WhatsAppConfig,
): ProviderRequest[] {
  return [toRequest(reactionBody(externalId, emoji), 0, context, config)];
}

/** Marks what the person wrote as read, and with it all before it. */
export function acknowledge(event: InboundEvent, config: WhatsAppConfig): ProviderRequest[] {
  if ((event.type !== 'message' && event.type !== 'action') || (event.type === 'message' && event.echo)) return [];
  const read = { messaging_product: 'whatsapp', status: 'read', message_id: toWamid(event.externalId) };
  return [{ method: 'POST', path: graphPath(config, config.phoneNumberId, 'messages'), body: read, name: 'mark read' }];
}

/** Shown only as the answer to a message, which it marks as read; it ends by itself, and there is no word for stopping. */
export function typing(
  _to: Address,
  on: boolean,
  config: WhatsAppConfig,
  answering?: { externalId: string },
): ProviderRequest[] {
  if (!on || !answering) return [];
  const body = {
    messaging_product: 'whatsapp',
    status: 'read',
    message_id: toWamid(answering.externalId),
    typing_indicator: { type: 'text' },
  };
  return [{ method: 'POST', path: graphPath(config, config.phoneNumberId, 'messages'), body, name: 'show typing' }];
}

/** Whom it goes to, what it answers, and our part key, which comes back in every status: Meta has no idempotency key. */
function toRequest(body: OutboundBody, no: number, context: RenderContext, config: WhatsAppConfig): ProviderRequest {
  const answers = no === 0 && body.type !== 'reaction' ? context.replyTo : undefined;
  return {
    method: 'POST',
    path: graphPath(config, config.phoneNumberId, 'messages'),
    body: {
      messaging_product: 'whatsapp',
      ...recipientOf(context),
      ...body,
      ...(answers ? { context: { message_id: toWamid(answers.externalId) } } : {}),
      biz_opaque_callback_data: nthPartKey(context.partKey, no),
    },
    name: `send ${body.type === 'interactive' ? body.interactive.type : body.type}`,
  };
}

/** A number wins over a business-scoped id: some messages refuse the id. */
function recipientOf({ to, thread }: RenderContext): Record<string, string> {
  if (thread.kind === 'group') return { recipient_type: 'group', to: thread.key };
  const phone = [to, ...(to.aliases ?? [])].find((address) => address.kind === 'phone');
  if (phone) return { recipient_type: 'individual', to: phone.value };
  return { recipient_type: 'individual', recipient: to.value };
}

function textBody(text: string): OutboundBody {
  return { type: 'text', text: { body: text, ...(/https?:\/\//i.test(text) ? { preview_url: true } : {}) } };
}

function reactionBody(externalId: string, emoji: string | null): OutboundBody {
  return { type: 'reaction', reaction: { message_id: toWamid(externalId), emoji: emoji ?? '' } };
}

type FileContent = ContentOf<'image'> | ContentOf<'video'> | ContentOf<'audio'> | ContentOf<'document'>;

/** A file with its caption; above buttons it becomes their header, except sound, which has neither caption nor buttons. */
function fileBodies(content: FileContent): OutboundBody[] {
  const { text, actions, media } = content;
  if (content.type === 'audio') return [fileBody('audio', media), ...wordsAfter(text, actions)];
  if (!actions?.length) return [fileBody(content.type, media, text)];
  return speakingMessages(text ?? '', actions, { kind: content.type, media });
}

function fileBody(kind: FileContent['type'], media: Media, text?: string): OutboundBody {
  const file = toOutboundMedia(media);
  const caption = text ? { caption: text } : {};
  switch (kind) {
    case 'audio':
      return { type: 'audio', audio: { ...file, ...(media.voice ? { voice: true } : {}) } };
    case 'document':
      return { type: 'document', document: { ...file, ...caption, ...present({ filename: media.filename }) } };
    case 'image':
      return { type: 'image', image: { ...file, ...caption } };
    case 'video':
      return { type: 'video', video: { ...file, ...caption } };
  }
}

function attachmentBodies(attachments: ContentOf<'text'>['attachments']): OutboundBody[] {
  return (attachments ?? []).map(({ type, media }) => fileBody(type ?? mediaKindOf(media), media));
}

function wordsAfter(text: string | undefined, actions: ContentOf<'text'>['actions']): OutboundBody[] {
  if (actions?.length) return speakingMessages(text ?? '', actions);
  return text ? [textBody(text)] : [];
}

/** Coordinates are texts here, and numbers in webhooks. */
function locationBody({ location }: ContentOf<'location'>): OutboundBody {
  return {
    type: 'location',
    location: {
      latitude: String(location.latitude),
      longitude: String(location.longitude),
      ...present({ name: location.name, address: location.address }),
    },
  };
}

/** A full name needs one more beside it, or Meta refuses the card. */
function toOutboundContact({ name, phones, emails, organization }: ContactCard): OutboundContact {
  const [first = name, ...rest] = name.split(/\s+/).filter(Boolean);
  const last = rest.join(' ');
  return {
    name: { formatted_name: name, first_name: first, ...(last ? { last_name: last } : {}) },
    ...(phones?.length ? { phones: phones.map((phone) => ({ phone, type: 'CELL' })) } : {}),
    ...(emails?.length ? { emails: emails.map((email) => ({ email, type: 'WORK' })) } : {}),
    ...(organization ? { org: { company: organization } } : {}),
  };
}

/** An approved template by name. */
function templateBody({ template, actions }: ContentOf<'template'>): OutboundBody {
  const components = templateComponents(template, actions, (payloads) =>
    payloads.map(({ index, payload }) => ({
      type: 'button',
      sub_type: 'quick_reply',
      index: String(index),
      parameters: [{ type: 'payload', payload }],
    })),
  );
  return {
    type: 'template',
    template: {
      name: template.name,
      language: { code: template.language },
      ...(components.length > 0 ? { components } : {}),
    },
  };
}
