import { SendError, UnknownOutcome } from '@tributary/protocol';
import type { Io, ProviderRequest, Sent } from '../../adapter.ts';
import { readObject, readObjects, readText } from '../../common/json.ts';
import { callTwilio, readTwilioError } from '../../common/twilio.ts';
import type { RcsConfig } from '../config.ts';
import { twilioOf } from './account.ts';
import { isSid } from './render.ts';

/** Hands one message to Twilio, which queues it: the answer means accepted, and status callbacks tell the rest. */
export async function sendTwilio(request: ProviderRequest, config: RcsConfig, io: Io): Promise<Sent> {
  const asked = readObject(request.body) ?? {};
  const template = readText(asked.ContentSid);
  const named = template !== undefined && !isSid(template);
  const form = named ? { ...asked, ContentSid: await findTemplate(template, config, io) } : asked;
  const answer = await callTwilio({ method: request.method, path: request.path, form }, twilioOf(config), io);
  const sid = readText(answer.sid);
  if (!sid) throw new UnknownOutcome('Twilio answered without naming a message.');
  const status = readText(answer.status);
  if (status === 'failed' || status === 'undelivered') {
    const { code, ...detail } = readTwilioError(answer.error_code, readText(answer.error_message));
    throw new SendError(code, detail);
  }
  return { externalIds: [sid], raw: answer };
}

/** The SID of a Content template by `NAME:LANGUAGE`; in another language where there is none in this. Nothing is sent before. */
async function findTemplate(named: string, config: RcsConfig, io: Io): Promise<string> {
  const at = named.lastIndexOf(':');
  const [name, language] = [named.slice(0, at), named.slice(at + 1)];
  try {
    const path = '/v1/Content?PageSize=500';
    const answer = await callTwilio({ method: 'GET', path, host: 'content' }, twilioOf(config), io);
    const found = readObjects(answer.contents).filter((one) => one.friendly_name === name);
    const sid = readText((found.find((one) => one.language === language) ?? found[0])?.sid);
    if (sid) return sid;
  } catch (error) {
    if (!(error instanceof UnknownOutcome)) throw error;
    throw new SendError('unavailable', { providerMessage: 'Twilio did not tell its Content templates.' });
  }
  throw new SendError('content_refused', { providerMessage: `Twilio has no Content template named “${name}”.` });
}
