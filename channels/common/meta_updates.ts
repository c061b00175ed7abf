import type { InboundEvent } from '../adapter.ts';
import type { Json } from './json.ts';
import { keyOfNews } from './meta.ts';

/** Where in a webhook something stood: whose account it is, when it came, and whether another app answers this person just now. */
export interface Place {
  /** The page’s id, or the Instagram account’s. */
  account: string;
  /** The product’s name, for sentences. */
  title: string;
  at: Date;
  /** Another app owns the conversation: kept, not answered. */
  standby: boolean;
}

/** One element of `messaging` or `standby`: who, to whom, when, and one key that says what. */
export interface Update {
  item: Json;
  place: Place;
  /** Id of who did it, or `user_ref:…` of somebody known only to a plugin of the page. */
  sender: string | undefined;
  recipient: string | undefined;
  /** What every event of this update starts from. */
  base: { account: string; at: Date; raw: unknown };
}

/** An update that moves nothing, with the reason. */
export function ignored(update: Update, reason: string): InboundEvent {
  const { base, item } = update;
  return { ...base, key: keyOfNews('ignored', item, base.at), type: 'ignored', reason };
}
