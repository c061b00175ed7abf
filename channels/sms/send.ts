import { SendError, UnknownOutcome } from '@tributary/protocol';
import type { Io, ProviderRequest, Sent } from '../adapter.ts';
import { type Json, readObject, readObjects, readText } from '../common/json.ts';
import { accountPath, callTwilio, readTwilioError } from '../common/twilio.ts';
import type { SmsConfig } from './config.ts';

/** Hands one message to Twilio, which queues it: the answer means accepted, and status callbacks tell the rest. */
export async function send(request: ProviderRequest, config: SmsConfig, io: Io): Promise<Sent> {
  const form = readObject(request.body) ?? {};
  const answer = await callTwilio({ method: request.method, path: request.path, form }, config, io);
  const sid = readText(answer.sid);
  if (!sid) throw new UnknownOutcome('Twilio answered without naming a message.');
  const status = readText(answer.status);
  if (status === 'failed' || status === 'undelivered') {
    const { code, ...detail } = readTwilioError(answer.error_code, readText(answer.error_message));
    throw new SendError(code, detail);
  }
  return { externalIds: [sid], raw: answer };
}

/** Our clock and Twilio’s may differ by so much. */
const SKEW_MS = 5_000;
const PAGE = 50;

/**
 * Looks for a message whose answer never came, among the newest to that person: Twilio does not tell which callback a message was sent with, so
 * it is known by its words and files, sender and time. One that fits is it; several are not told apart.
 */
export async function lookup(
  attempt: { at: Date; request: ProviderRequest },
  config: SmsConfig,
  io: Io,
): Promise<Sent | 'absent' | 'unknown'> {
  const asked = readObject(attempt.request.body);
  const to = readText(asked?.To);
  if (!asked || !to) return 'unknown';
  const query = new URLSearchParams({ To: to, PageSize: String(PAGE) });
  const path = `${accountPath(config, 'Messages')}?${query}`;
  const list = readObjects((await callTwilio({ method: 'GET', path }, config, io)).messages);
  const since = attempt.at.getTime() - SKEW_MS;
  const recent = list.filter(
    (one) => one.direction === 'outbound-api' && Date.parse(String(one.date_created)) >= since,
  );
  const fits = recent.filter((message) => isSame(message, asked));
  const sid = readText(fits[0]?.sid);
  if (fits.length === 1 && sid) return { externalIds: [sid], raw: fits[0] };
  // A service, and smart encoding, may have changed the words; a full page that is all newer may hide the message on the next.
  const changed = recent.length > 0 && (asked.MessagingServiceSid !== undefined || asked.SmartEncoded !== undefined);
  return fits.length > 1 || changed || recent.length >= PAGE ? 'unknown' : 'absent';
}

/** What Twilio puts before the words of an account that is on trial. */
const TRIAL = 'Sent from your Twilio trial account - ';

function isSame(message: Json, asked: Json): boolean {
  const files = Array.isArray(asked.MediaUrl) ? asked.MediaUrl.length : 0;
  const words = readText(asked.Body) ?? '';
  return (
    [words, TRIAL + words].includes(readText(message.body) ?? '') &&
    (Number(message.num_media) || 0) === files &&
    (asked.From === undefined || message.from === asked.From)
  );
}
