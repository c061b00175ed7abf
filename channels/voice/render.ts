import type { MessagePart } from '@tributary/protocol';
import type { Address, ProviderRequest, RenderContext } from '../adapter.ts';
import { accountPath, insisting } from '../common/twilio.ts';
import type { VoiceConfig } from './config.ts';
import { frameOf } from './frame.ts';
import { writeUrl } from './place.ts';
import { recordingUrl } from './twiml.ts';

/**
 * Words for a call: one request a part, whether a call is open or not, so that a retry finds its place. While one is open they are published into
 * it. Else the first part makes a call, whose first request finds what was published under the part's key, since the call has no id yet; the
 * parts after it are published under the same key.
 */
export function render(part: MessagePart, context: RenderContext, config: VoiceConfig): ProviderRequest[] {
  const { to, session, partKey } = context;
  const first = partKey.replace(/\.\d+$/, '.0');
  const frame = frameOf(part, context.choices ?? [], partKey, session ?? first);
  if (!session && partKey === first) return [{ ...callRequest(to, context, config), frame: { to, frame } }];
  return [{ method: 'POST', path: `/calls/${encodeURIComponent(frame.call)}`, body: { to, frame }, name: 'say' }];
}

/** Calls somebody who then has the word. */
export const call = (to: Address, context: RenderContext, config: VoiceConfig): ProviderRequest[] => [
  callRequest(to, context, config),
];

function callRequest(to: Address, { callbackUrl, partKey }: RenderContext, config: VoiceConfig): ProviderRequest {
  const place = { step: 0, said: [], tries: 0, quiet: 0, spoken: false, part: partKey };
  return {
    method: 'POST',
    path: accountPath(config, 'Calls'),
    encoding: 'form',
    body: {
      To: to.value,
      From: config.phoneNumber,
      Url: writeUrl(callbackUrl, 'next', place),
      Method: 'POST',
      StatusCallback: insisting(`${callbackUrl}/status?part=${partKey}`),
      StatusCallbackMethod: 'POST',
      StatusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'],
      ...(config.machineDetection ? { MachineDetection: 'Enable' } : {}),
      ...(config.recordCalls
        ? {
            Record: true,
            RecordingStatusCallback: recordingUrl(callbackUrl, to.value),
            RecordingStatusCallbackEvent: ['completed'],
          }
        : {}),
    },
    name: 'call',
  };
}
