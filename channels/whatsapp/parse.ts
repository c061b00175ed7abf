import { type InboundEvent, type InboundRequest, Unparsable } from '../adapter.ts';
import { type Json, parseJson, present, readObject, readObjects, readText } from '../common/json.ts';
import { keyOfNews, readProviderError, readTime } from '../common/meta.ts';
import type { WhatsAppConfig } from './config.ts';
import { type Place, toMessageEvents } from './messages.ts';
import { readOurNumber, toAddress } from './people.ts';
import { toReceipt } from './statuses.ts';

/** Fields of a business account that say how a template fares. */
const TEMPLATE_FIELDS = new Set([
  'message_template_status_update',
  'message_template_quality_update',
  'message_template_components_update',
  'template_category_update',
]);

/** Fields that say how the account or the number fares. */
const ACCOUNT_FIELDS = new Set([
  'account_alerts',
  'account_review_update',
  'account_update',
  'business_capability_update',
  'business_status_update',
  'phone_number_name_update',
  'phone_number_quality_update',
  'security',
]);

/**
 * A webhook of the Cloud API: entries of changes, of several numbers perhaps, each holding messages, statuses, echoes or news of the account.
 * Throws only for what is no JSON object.
 */
export function parse(request: InboundRequest, config: WhatsAppConfig): InboundEvent[] {
  const body = readObject(parseJson(request.body));
  if (!body) throw new Unparsable('The body is no JSON object.');
  const events: InboundEvent[] = [];
  for (const entry of readObjects(body.entry)) {
    for (const change of readObjects(entry.changes)) {
      events.push(...parseChange(entry, change, request.receivedAt, config));
    }
  }
  if (events.length > 0) return events;
  const place = { account: config.phoneNumberId, at: request.receivedAt, raw: body };
  return [{ ...place, key: keyOfNews('ignored', body, place.at), type: 'ignored', reason: 'A body without changes.' }];
}

function parseChange(entry: Json, change: Json, receivedAt: Date, config: WhatsAppConfig): InboundEvent[] {
  const field = readText(change.field) ?? '';
  const value = readObject(change.value) ?? {};
  const metadata = readObject(value.metadata);
  const place: Place = {
    account: readText(metadata?.phone_number_id) ?? accountOf(entry, config),
    ...present({ ourNumber: readOurNumber(metadata) }),
    contacts: readObjects(value.contacts),
    receivedAt,
  };
  const events = [
    ...readObjects(value.messages).flatMap((message) => toMessageEvents(message, place, false)),
    ...readObjects(value.message_echoes).flatMap((message) => toMessageEvents(message, place, true)),
    ...readObjects(value.statuses).map((status) => toReceipt(status, place)),
    ...readObjects(value.user_preferences).flatMap((preference) => toConsent(preference, place)),
    ...readObjects(value.user_id_update).flatMap((update) => toUserIdUpdate(update, place)),
    ...readObjects(value.calls).flatMap((call) => toCall(call, place)),
  ];
  const at = readTime(entry.time, receivedAt);
  const base = { account: place.account, at, raw: change };
  const errors = readObjects(value.errors);
  if (errors.length > 0) {
    const detail = { field, errors: errors.map(readProviderError) };
    events.push({ ...base, key: keyOfNews('account', change, at), type: 'account', detail });
  }
  if (events.length > 0) return events;
  if (TEMPLATE_FIELDS.has(field)) {
    const template = {
      name: readText(value.message_template_name),
      language: readText(value.message_template_language),
      status: readText(value.event),
      reason: readText(value.reason),
    };
    const detail = { field, ...present(template) };
    return [{ ...base, key: keyOfNews('template_status', change, at), type: 'template_status', detail }];
  }
  if (ACCOUNT_FIELDS.has(field)) {
    return [{ ...base, key: keyOfNews('account', change, at), type: 'account', detail: { field, ...value } }];
  }
  const reason = `News we have no use for: “${field}”.`;
  return [{ ...base, key: keyOfNews('ignored', change, at), type: 'ignored', reason }];
}

/**
 * News of a business account names no number. It is this channel’s where the account is; otherwise it keeps the account’s own id, which is no
 * channel’s, so that the door drops and counts it.
 */
function accountOf(entry: Json, config: WhatsAppConfig): string {
  const account = readText(entry.id);
  return account === undefined || account === config.businessAccountId ? config.phoneNumberId : account;
}

/** A person stopped or resumed marketing messages; other messages go on. */
function toConsent(preference: Json, place: Place): InboundEvent[] {
  const from = toAddress(preference.wa_id, preference.user_id);
  const word = readText(preference.value);
  const category = readText(preference.category) ?? 'marketing_messages';
  const base = { account: place.account, at: readTime(preference.timestamp, place.receivedAt), raw: preference };
  if (!from || (word !== 'stop' && word !== 'resume')) {
    return [
      {
        ...base,
        key: keyOfNews('ignored', preference, base.at),
        type: 'ignored',
        reason: 'A preference we cannot read.',
      },
    ];
  }
  const state = word === 'stop' ? 'opted_out' : 'opted_in';
  const purpose = category.replace(/_messages$/, '');
  const key = `consent:${from.value}:${category}:${word}:${base.at.getTime()}`;
  return [{ ...base, key, type: 'consent', from, state, word, purpose }];
}

/** The business-scoped id of a person has changed, as it does with their number. */
function toUserIdUpdate(update: Json, place: Place): InboundEvent[] {
  const ids = readObject(update.user_id);
  const base = { account: place.account, at: readTime(update.timestamp, place.receivedAt), raw: update };
  const from = toAddress(update.wa_id, ids?.previous);
  const to = toAddress(update.wa_id, ids?.current);
  if (!from || !to || !readText(ids?.current)) {
    return [
      {
        ...base,
        key: keyOfNews('ignored', update, base.at),
        type: 'ignored',
        reason: 'A change of id that names none.',
      },
    ];
  }
  const detail = { reason: 'user_changed_user_id', to, ...present({ text: readText(update.detail) }) };
  const key = `migrated:${from.value}:${readText(ids?.previous) ?? ''}:${readText(ids?.current)}`;
  return [{ ...base, key, type: 'migrated', from, detail }];
}

/** Calls are told of, not answered. */
function toCall(call: Json, place: Place): InboundEvent[] {
  const id = readText(call.id);
  const event = readText(call.event) ?? readText(call.status) ?? 'call';
  const ours = call.direction === 'BUSINESS_INITIATED';
  const from = ours ? toAddress(call.to, call.to_user_id) : toAddress(call.from, call.from_user_id);
  const base = { account: place.account, at: readTime(call.timestamp, place.receivedAt), raw: call };
  const key = id ? `call:${id}:${event}` : keyOfNews('call', call, base.at);
  const detail = { id, event, direction: readText(call.direction), status: readText(call.status) };
  return [{ ...base, key, type: 'call', ...present({ from }), detail: { ...present(detail) } }];
}
