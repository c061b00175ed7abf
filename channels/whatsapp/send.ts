import { UnknownOutcome } from '@tributary/protocol';
import type { Io, ProviderRequest, Sent } from '../adapter.ts';
import { readObjects, readText } from '../common/json.ts';
import { callGraph } from '../common/meta.ts';
import { toCall } from './call.ts';
import type { WhatsAppConfig } from './config.ts';
import { withUploads } from './files.ts';

/**
 * Performs one request. The answer to a send means accepted, not sent: it may even be held for a check of quality, and only a status tells
 * more. Files stored with us are uploaded before. Reading and typing answer with `success` and no id.
 */
export async function send(request: ProviderRequest, config: WhatsAppConfig, io: Io): Promise<Sent> {
  const body = await withUploads(request.body, config, io);
  const answer = await callGraph(toCall({ ...request, body }, config), io);
  const externalIds = readObjects(answer.messages).flatMap((message) => readText(message.id) ?? []);
  if (externalIds.length === 0 && answer.success !== true) {
    throw new UnknownOutcome('WhatsApp answered without naming a message.');
  }
  return { externalIds, raw: answer };
}
