import { readConsent } from '../store/consents.ts';
import type { Tx } from '../store/db.ts';
import { lastHeard } from '../store/sends.ts';

/**
 * Whether a person has stopped us, in everything or in what a message is for. Most have not, which their identity tells at once. A provider's
 * refusal counts until the person writes again: if they still do not want us, the provider will say so again.
 */
export async function hasStopped(
  tx: Tx,
  asked: { ws: string; identity: string | null; conversation: string; consent: string | null; purpose?: string },
): Promise<boolean> {
  const { ws, identity, conversation, consent, purpose } = asked;
  const stopped = consent === 'opted_out' || consent === 'blocked';
  if (!identity || (!stopped && !purpose)) return stopped;
  const state = await readConsent(tx, ws, identity, { purpose, heardAt: await lastHeard(tx, ws, conversation) });
  return state === 'opted_out' || state === 'blocked';
}
