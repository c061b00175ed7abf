import type { Place } from '../store/sockets.ts';

/** A place in the log as others see it: `XID.SEQ`. */
export const writeCursor = (place: Place): string => `${place.xid}.${place.seq}`;

/** Reads a cursor somebody kept. Anything else is `undefined`. */
export function readCursor(text: string): Place | undefined {
  const [, xid, seq] = /^(\d{1,19})\.(\d{1,18})$/.exec(text) ?? [];
  return xid && seq ? { xid: BigInt(xid), seq: BigInt(seq) } : undefined;
}

/** Does `a` lie after `b`? */
export function isAfter(a: Place, b: Place): boolean {
  return a.xid === b.xid ? a.seq > b.seq : a.xid > b.xid;
}
