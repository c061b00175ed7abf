import type { Lab } from '../lab.ts';
import { type PhoneState, remember } from '../phones.ts';
import type { SmsAccount } from './account.ts';
import { sid } from './exchange.ts';
import { segmentsOf } from './segments.ts';

type Keyword = 'stop' | 'start' | 'help';

const keywords: Record<Keyword, readonly string[]> = {
  stop: ['STOP', 'STOPALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT', 'REVOKE', 'OPTOUT'],
  start: ['START', 'YES', 'UNSTOP'],
  help: ['HELP', 'INFO'],
};

/** Twilio's own answers, word for word. */
const answers: Record<Keyword, string> = {
  stop: 'You have successfully been unsubscribed. You will not receive any more messages from this number. Reply START to resubscribe.',
  start:
    'You have successfully been re-subscribed to messages from this number. Reply HELP for help. Reply STOP to unsubscribe. Msg&Data Rates May Apply.',
  help: 'Reply STOP to unsubscribe. Msg&Data Rates May Apply.',
};

/** The keyword that a whole message is, in any case. */
export function keywordIn(text: string): Keyword | undefined {
  const word = text.trim().toUpperCase();
  return (Object.keys(keywords) as Keyword[]).find((kind) => keywords[kind].includes(word));
}

/** Twilio acts on a keyword by itself, and answers in the business's name. A YES of somebody who never stopped is none of its business. */
export function obey(lab: Lab, account: SmsAccount, phone: PhoneState, keyword: Keyword, text: string): void {
  const { person } = phone;
  const stopped = account.optedOut.has(person.phone);
  if (keyword === 'start' && !stopped && text.trim().toUpperCase() === 'YES') return;
  if (keyword === 'stop') account.optedOut.add(person.phone);
  if (keyword === 'start') account.optedOut.delete(person.phone);
  const answer = answers[keyword];
  const id = sid('SM');
  remember(phone, {
    view: {
      id,
      from: 'business',
      at: new Date().toISOString(),
      kind: 'text',
      text: answer,
      status: 'delivered',
      segments: segmentsOf(answer),
      footer: 'Answered by the carrier',
    },
  });
  lab.changed(account.public, person, 'message', id);
}
