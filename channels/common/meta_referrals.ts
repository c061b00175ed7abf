import type { Address, InboundEvent } from '../adapter.ts';
import { type Json, present, readText } from './json.ts';
import { readId } from './meta.ts';
import type { Update } from './meta_updates.ts';

/** Where somebody came from: a link with a code of ours (`m.me/PAGE?ref=…`), an ad, a plugin. `code` is the `ref`, as it was written. */
export function toReferral(
  referral: Json,
  { base }: Update,
  { mid, from }: { mid?: string; from: Address },
): InboundEvent {
  const code = readText(referral.ref);
  const source = readText(referral.source);
  const thread = { key: from.value, kind: 'direct' };
  const detail = {
    source:
      source === 'ADS' ? 'ad' : source?.startsWith('SHORTLINK') ? 'deep_link' : (source ?? 'unknown').toLowerCase(),
    ...present({ code, externalId: mid, adId: readId(referral.ad_id), kind: readText(referral.type) }),
    thread,
    referral,
  };
  const key = `referral:${mid ?? `${from.value}:${base.at.getTime()}:${code ?? ''}`}`;
  return { ...base, key, type: 'referral', from, detail };
}
