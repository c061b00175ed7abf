import { isAnswerToo } from '@tributary/protocol';
import { appendConsents, type NewConsent, readConsent } from '../store/consents.ts';
import type { Tx } from '../store/db.ts';

/**
 * Writes down what somebody says about hearing from us, and tells whether it says anything: the end of a block that was none, which some providers
 * let us infer with every message, does not; nor does a YES of somebody who never stopped, which answers another question.
 */
export async function hearConsent(tx: Tx, entry: Omit<NewConsent, 'source'>): Promise<boolean> {
  const { ws, idn, state, word } = entry;
  if (state === 'unblocked' && (await readConsent(tx, ws, idn)) !== 'blocked') return false;
  if (state === 'opted_in' && word && isAnswerToo(word) && (await readConsent(tx, ws, idn)) !== 'opted_out')
    return false;
  await appendConsents(tx, [{ ...entry, source: 'person' }]);
  return true;
}
