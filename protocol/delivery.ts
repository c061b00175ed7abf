/**
 * The states of one part on its way, in the order evidence can only raise: queued < sending < unknown < sent < failed < delivered < read.
 * Proof of delivery beats a report of failure; read implies delivered. `rank` is what the database stores.
 */
export const DELIVERY_STATES = ['queued', 'sending', 'unknown', 'sent', 'failed', 'delivered', 'read'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

export const RANK: Readonly<Record<DeliveryState, number>> = {
  queued: 0,
  sending: 1,
  unknown: 2,
  sent: 3,
  failed: 4,
  delivered: 5,
  read: 6,
};

/** The join of two pieces of evidence about one part: commutative, associative, idempotent. */
export function joinStates(a: DeliveryState, b: DeliveryState): DeliveryState {
  return RANK[a] >= RANK[b] ? a : b;
}

/** A message of several parts has the state of its worst part: failed if any failed, else the least advanced. */
export function worstState(parts: readonly DeliveryState[]): DeliveryState {
  if (parts.includes('failed')) return 'failed';
  return parts.reduce<DeliveryState>((worst, part) => (RANK[part] < RANK[worst] ? part : worst), 'read');
}

/** The word on the wire. */
export type WireStatus = 'pending' | 'sent' | 'delivered' | 'read' | 'failed';
export function wireStatus(state: DeliveryState): WireStatus {
  return state === 'queued' || state === 'sending' || state === 'unknown' ? 'pending' : state;
}
