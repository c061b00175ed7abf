import { SendError, UnknownOutcome } from '@tributary/protocol';
import type { Address, Io, ProviderRequest, Sent } from '../adapter.ts';
import { type Json, readObject, readText } from '../common/json.ts';
import { callTwilio } from '../common/twilio.ts';
import type { VoiceConfig } from './config.ts';
import { isFrame } from './frame.ts';

/**
 * Publishes words, and makes the call they are for where one has to be made. Words come first, so that they are there whenever somebody answers;
 * what was published for a call that never came about is heard by nobody.
 */
export async function send(request: ProviderRequest, config: VoiceConfig, io: Io): Promise<Sent> {
  if (request.name === 'say') {
    await publish(request.body, io);
    return { externalIds: [], raw: null };
  }
  if (request.frame !== undefined) await publish(request.frame, io);
  const form = (request.body ?? {}) as Json;
  const answer = await callTwilio({ method: request.method, path: request.path, form }, config, io);
  const call = readText(answer.sid);
  if (!call) throw new UnknownOutcome('Twilio answered without naming the call.');
  return { externalIds: [call], session: call, raw: answer };
}

async function publish(words: unknown, io: Io): Promise<void> {
  const { to, frame } = readObject(words) ?? {};
  if (!isFrame(frame) || typeof readObject(to)?.value !== 'string')
    throw new SendError('rejected', { providerMessage: 'The request holds no words, or nobody to say them to.' });
  await io.publish(to as Address, frame);
}
