import type { Db } from '../store/db.ts';
import { expireHeld, findHeld, type Held, releaseHeld } from '../store/held.ts';

const BATCH = 200;
const EXPIRED = { code: 'window_closed', message: 'The person did not write before its time was over.' };

/** Sends off what waited for its person and may go now, and gives up what waited too long. Answers how many moved. */
export async function sweepHeld(db: Db): Promise<number> {
  const held = await findHeld(db, BATCH);
  if (held.length === 0) return 0;
  const is = (expired: boolean): Held[] => held.filter((one) => one.expired === expired);
  if (is(true).length > 0) await db.tx((tx) => expireHeld(tx, is(true), EXPIRED));
  if (is(false).length > 0) await db.tx((tx) => releaseHeld(tx, is(false)));
  return held.length;
}
