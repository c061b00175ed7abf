import { type ContentOf, type MessagePart, SendError } from '@tributary/protocol';
import type { ProviderRequest, RenderContext } from '../../adapter.ts';
import { accountPath } from '../../common/twilio.ts';
import { toMediaUrls } from '../../common/twilio_files.ts';
import { PART } from '../../common/twilio_receipts.ts';
import type { RcsConfig } from '../config.ts';
import { senderOf, twilioOf } from './account.ts';

/** The parameters of `POST Messages.json` that we give. */
interface NewMessage {
  To: string;
  From?: string;
  MessagingServiceSid?: string;
  Body?: string;
  MediaUrl?: string[];
  ContentSid?: string;
  ContentVariables?: string;
  StatusCallback: string;
  ValidityPeriod?: number;
}

/** Twilio waits for ten hours at most. */
const VALIDITY_MAX = 36_000;

/** One message of Twilio’s: words, a file that it fetches by link, or a Content template. */
export function renderTwilio({ content }: MessagePart, context: RenderContext, config: RcsConfig): ProviderRequest[] {
  switch (content.type) {
    case 'text':
      return [toRequest({ Body: content.text }, 'send text', context, config)];
    case 'image':
    case 'video':
    case 'audio':
    case 'document':
      return [toRequest({ MediaUrl: toMediaUrls([content.media]) }, `send ${content.type}`, context, config)];
    case 'template':
      return [toRequest(toTemplate(content), 'send template', context, config)];
    default:
      throw new SendError('content_refused', { providerMessage: `RCS has no word for “${content.type}”.` });
  }
}

/** By its SID, or by its name and language, which `send` looks up. */
function toTemplate({ template }: ContentOf<'template'>): Pick<NewMessage, 'ContentSid' | 'ContentVariables'> {
  const { name, language, variables } = template;
  const ContentSid = isSid(name) ? name : `${name}:${language}`;
  const texts = Object.entries(variables ?? {}).map(([key, value]) => [key, String(value)]);
  return { ContentSid, ...(texts.length > 0 ? { ContentVariables: JSON.stringify(Object.fromEntries(texts)) } : {}) };
}

/** Whether a template is named by Twilio’s own id. */
export const isSid = (name: string): boolean => /^HX[0-9a-fA-F]{32}$/.test(name);

function toRequest(
  says: Partial<NewMessage>,
  name: string,
  context: RenderContext,
  config: RcsConfig,
): ProviderRequest {
  const seconds = Math.min(Number.parseInt(config.defaultTtl ?? '0', 10), VALIDITY_MAX);
  const body: NewMessage = {
    // With the prefix Twilio keeps to RCS: whether it goes on as an SMS is decided here, by the message’s failover.
    To: `rcs:${context.to.value}`,
    ...(config.messagingServiceSid ? { MessagingServiceSid: config.messagingServiceSid } : { From: senderOf(config) }),
    ...says,
    StatusCallback: `${context.callbackUrl}/status?${PART}=${context.partKey}`,
    ...(seconds > 0 ? { ValidityPeriod: seconds } : {}),
  };
  return { method: 'POST', path: accountPath(twilioOf(config), 'Messages'), encoding: 'form', body, name };
}
