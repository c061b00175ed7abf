import type { InboundRequest } from '../adapter.ts';
import { parseJson, readObject, readObjects, readText } from '../common/json.ts';
import { verifySignature } from '../common/meta.ts';
import type { WhatsAppConfig } from './config.ts';

/** Signed by the app’s secret; without one nothing can be believed, so nothing is received. */
export function verify(request: InboundRequest, config: WhatsAppConfig): boolean {
  return verifySignature(request, [config.appSecret, config.previousAppSecret]);
}

/** Every phone number id the body speaks of. It proves nothing: each channel’s own secret still has to fit. */
export function accounts(request: InboundRequest): string[] {
  const found = new Set<string>();
  for (const entry of readObjects(readObject(parseJson(request.body))?.entry)) {
    for (const change of readObjects(entry.changes)) {
      const account = readText(readObject(readObject(change.value)?.metadata)?.phone_number_id);
      if (account) found.add(account);
    }
  }
  return [...found];
}
