import type { ProviderError } from '@tributary/channels';
import type { Refusal } from '../store/consents.ts';

/** What evidence tells of people who do not want to hear from us, for the ledger of consent. */
export function refusalsIn(
  rows: readonly {
    ws: string;
    delivery: string;
    error: unknown;
    at: string | Date;
    jid?: string | null;
    jno?: number | null;
  }[],
): Refusal[] {
  return rows.flatMap(({ ws, delivery, error, at, jid, jno }) => {
    const told = error as ProviderError | null | undefined;
    if (told?.code !== 'opted_out') return [];
    const said = { ...(told.optOut ?? { state: 'opted_out' as const }), code: told.providerCode };
    return [{ ws, delivery, ...said, at: new Date(at).toISOString(), jid, jno }];
  });
}
