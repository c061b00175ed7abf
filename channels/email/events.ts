import type { InboundEvent } from '../adapter.ts';
import { Unparsable } from '../adapter.ts';
import { type Json, parseJson, readNumber, readObject, readText } from '../common/json.ts';
import { type EmailConfig, fromOf, readMailbox } from './config.ts';
import { codeOfEvent } from './faults.ts';
import { bareId, readOwnId } from './naming.ts';

/** What Mailgun tells of mail that we sent: `{signature, "event-data"}`. One body is one event. */
export function readEvents(body: Uint8Array, receivedAt: Date, config: EmailConfig): InboundEvent[] {
  const data = readObject(readObject(parseJson(body))?.['event-data']);
  const id = readText(data?.id);
  const event = readText(data?.event);
  if (!data || !id || !event) throw new Unparsable('The body is no event of Mailgun’s.');
  return [{ ...baseOf(data, id, event, receivedAt, config), ...meaningOf(data, event, config) } as InboundEvent];
}

function baseOf(data: Json, id: string, event: string, receivedAt: Date, config: EmailConfig) {
  const at = new Date((readNumber(data.timestamp) ?? Number.NaN) * 1000);
  return {
    // A domain’s webhooks hear of all its mail: what another channel sent names that channel’s address.
    account: readText(readObject(data['user-variables'])?.account) ?? fromOf(config),
    key: `event:${event}:${id}`,
    at: Number.isNaN(at.getTime()) ? receivedAt : at,
    raw: data,
  };
}

type Meaning<T extends InboundEvent = InboundEvent> = T extends unknown
  ? Omit<T, 'key' | 'account' | 'at' | 'raw'>
  : never;

function meaningOf(data: Json, event: string, config: EmailConfig): Meaning {
  const address = readMailbox(readText(data.recipient) ?? '');
  if ((event === 'unsubscribed' || event === 'complained') && address) {
    const from = { kind: 'email' as const, value: address };
    // Who calls it spam must never get mail again.
    return { type: 'consent', from, state: event === 'complained' ? 'blocked' : 'opted_out', word: event };
  }
  const state = STATES[event];
  if (!state) return ignored(`Mailgun’s event “${event}” changes nothing.`);
  if (event === 'failed' && data.severity === 'temporary') return ignored('Mailgun tries again by itself.');
  const target = targetOf(data, config);
  if (!target) return ignored('The event does not say which mail it is about.');
  if (address && !isMainRecipient(data, address)) return ignored('It is about a copy of the mail.');
  return { type: 'receipt', target, state, ...(state === 'failed' ? { error: errorOf(data) } : {}) };
}

const ignored = (reason: string): Meaning => ({ type: 'ignored', reason });

const STATES: Readonly<Record<string, 'sent' | 'delivered' | 'read' | 'failed'>> = {
  accepted: 'sent',
  delivered: 'delivered',
  opened: 'read',
  clicked: 'read',
  failed: 'failed',
  rejected: 'failed',
};

function targetOf(data: Json, config: EmailConfig) {
  const headers = readObject(readObject(data.message)?.headers);
  const externalId = bareId(readText(headers?.['message-id']) ?? '');
  const own = readOwnId(externalId, config);
  if (own) return { partKey: own.partKey, externalId };
  return externalId ? { externalId } : undefined;
}

/** Copies have events of their own; the mail’s fate is that of whom it was for. */
function isMainRecipient(data: Json, address: string): boolean {
  const to = readText(readObject(readObject(data.message)?.headers)?.to)?.toLowerCase();
  return to === undefined || to.includes(address);
}

function errorOf(data: Json) {
  const status = readObject(data['delivery-status']);
  const reject = readObject(data.reject);
  const says = [readText(reject?.reason), readText(status?.message), readText(status?.description)].find(Boolean) ?? '';
  const enhanced = readText(status?.['enhanced-code']);
  const number = readNumber(status?.code) ?? 0;
  const code = reject ? ('rejected' as const) : codeOfEvent(readText(data.reason) ?? '', number, enhanced, says);
  const providerCode = enhanced ?? (number ? String(number) : readText(data.reason));
  return { code, ...(providerCode ? { providerCode } : {}), ...(says ? { providerMessage: says.slice(0, 500) } : {}) };
}
