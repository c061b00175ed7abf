import { type MessagePart, segmentsOf } from '@tributary/protocol';
import type { ProviderRequest, RenderContext } from '../adapter.ts';
import { accountPath } from '../common/twilio.ts';
import { toMediaUrls } from '../common/twilio_files.ts';
import { PART } from '../common/twilio_receipts.ts';
import type { SmsConfig } from './config.ts';
import type { NewMessage } from './payloads.ts';

/** One message of Twilio’s: words, files that it fetches by link, or both. Everything else has become words before it comes here. */
export function render(part: MessagePart, context: RenderContext, config: SmsConfig): ProviderRequest[] {
  const { content } = part;
  const files = 'attachments' in content ? (content.attachments ?? []).map(({ media }) => media) : [];
  switch (content.type) {
    case 'text':
      return [toRequest({ Body: content.text }, toMediaUrls(files), context, config)];
    case 'image':
    case 'video':
    case 'audio':
      return [toRequest({ Body: content.text }, toMediaUrls([content.media, ...files]), context, config)];
    default:
      throw new Error(`SMS was asked to say ${content.type}, which it did not declare.`);
  }
}

function toRequest(
  words: Pick<NewMessage, 'Body'>,
  mediaUrls: string[],
  context: RenderContext,
  config: SmsConfig,
): ProviderRequest {
  const message: NewMessage = {
    To: context.to.value,
    // With a service Twilio keeps to the sender that a person knows.
    ...(config.messagingServiceSid
      ? { MessagingServiceSid: config.messagingServiceSid }
      : { From: config.phoneNumber ?? '' }),
    ...(words.Body ? { Body: words.Body } : {}),
    ...(mediaUrls.length > 0 ? { MediaUrl: mediaUrls } : {}),
    StatusCallback: `${config.statusCallback ?? `${context.callbackUrl}/status`}?${PART}=${context.partKey}`,
    ...(config.smartEncoded ? { SmartEncoded: true } : {}),
    ...(config.validityPeriod ? { ValidityPeriod: config.validityPeriod } : {}),
  };
  const cost = mediaUrls.length > 0 ? 1 : segmentsOf(words.Body ?? '').segments;
  return {
    method: 'POST',
    path: accountPath(config, 'Messages'),
    encoding: 'form',
    body: message,
    ...(cost > 1 ? { cost } : {}),
    name: mediaUrls.length > 0 ? 'send MMS' : 'send SMS',
  };
}
