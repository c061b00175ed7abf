import type { InboundEvent, InboundEventOf } from '../adapter.ts';
import type { WhatsAppConfig } from './config.ts';
import { readOurNumber } from './people.ts';

/** What a link of ours leaves in the input line: words a person can send as they are, with the code behind them. */
const CODE = /\[([\w-]{1,64})\]\s*$/;

/** `wa.me` opens the chat with words in the input line; there is no other way to carry a code. Throws where our number is not known yet. */
export function deepLink(code: string, config: WhatsAppConfig): { url: string } {
  const number = readOurNumber({ display_phone_number: config.displayPhoneNumber });
  if (!number) throw new Error('The phone number is not known yet; it is found when the channel connects.');
  return { url: `https://wa.me/${number.slice(1)}?text=${encodeURIComponent(`Hello! [${code}]`)}` };
}

/** A text that ends as a link of ours would have it end also tells where its writer came from. */
export function linkFollowed(said: InboundEventOf<'message'>): InboundEvent[] {
  if (said.echo || said.content.type !== 'text' || said.thread.kind !== 'direct') return [];
  const { text } = said.content;
  const code = text.includes(']', text.length - 4) ? CODE.exec(text)?.[1] : undefined;
  if (code === undefined) return [];
  const { account, at, raw, from, externalId, thread } = said;
  const detail = { source: 'deep_link', code, externalId, thread };
  return [{ account, at, raw, key: `referral:${externalId}`, type: 'referral', from, detail }];
}
