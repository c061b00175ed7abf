import { UnknownOutcome } from '@tributary/protocol';
import type { Io, ProviderRequest, Sent } from '../adapter.ts';
import { readObjects, readText } from '../common/json.ts';
import { callGraph } from '../common/meta.ts';
import { secrets, type WhatsAppConfig } from './config.ts';

/**
 * Performs one request. The answer to a send means accepted, not sent: it may even be held for a check of quality, and only a status tells
 * more. Reading and typing answer with `success` and no id.
 */
export async function send(request: ProviderRequest, config: WhatsAppConfig, io: Io): Promise<Sent> {
  const answer = await callGraph(toCall(request, config), io);
  const externalIds = readObjects(answer.messages).flatMap((message) => readText(message.id) ?? []);
  if (externalIds.length === 0 && answer.success !== true) {
    throw new UnknownOutcome('WhatsApp answered without naming a message.');
  }
  return { externalIds, raw: answer };
}

/** The request with the credentials it needs, and everything that must not show in an error. */
export function toCall(request: Pick<ProviderRequest, 'method' | 'path' | 'body'>, config: WhatsAppConfig) {
  return {
    method: request.method,
    path: request.path,
    ...(request.body === undefined ? {} : { body: request.body }),
    token: config.accessToken,
    secrets: secrets.map((name) => config[name]),
  };
}
