import type { HttpReply, InboundRequest } from '../adapter.ts';
import { parseJson, readObject } from '../common/json.ts';
import type { ViberConfig } from './config.ts';
import { senderOf } from './render.ts';

/**
 * Who opens the chat has not subscribed yet, and can be told one thing only: what stands in our answer to Viber. Everything else is answered
 * with an empty 200.
 */
export function accepted(request: InboundRequest, config: ViberConfig): HttpReply {
  if (!config.welcomeMessage || readObject(parseJson(request.body))?.event !== 'conversation_started') {
    return { status: 200 };
  }
  const message = { sender: senderOf(config), type: 'text', text: config.welcomeMessage, tracking_data: 'welcome' };
  return { status: 200, contentType: 'application/json', body: JSON.stringify(message) };
}
