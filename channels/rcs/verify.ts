import { createHmac, timingSafeEqual } from 'node:crypto';
import type { HttpReply, InboundRequest } from '../adapter.ts';
import { parseJson, readObject, readText } from '../common/json.ts';
import type { RcsConfig } from './config.ts';
import { readAgent, readData, readTold } from './envelope.ts';

/**
 * Signed with the client token, over the decoded bytes of `message.data`: not over the body, so what else stands in the envelope proves nothing
 * and is never read. Without a token nothing can be believed, so nothing is received.
 */
export function verify(request: InboundRequest, config: RcsConfig): boolean {
  const data = readData(request);
  const given = request.headers['x-goog-signature'];
  if (!data || !given || !config.clientToken) return false;
  return sameText(given, createHmac('sha512', config.clientToken).update(data).digest('base64'));
}

/** Google’s check is a hundred bytes long. */
const CHECK_MAX = 4096;

/**
 * Google’s check of our URL, made when the webhook is configured: the secret and nothing around it, or 400 where the token is another’s. Messages
 * are signed and this is not.
 */
export function handshake(request: InboundRequest, config: RcsConfig): HttpReply | undefined {
  if (request.method !== 'POST' || request.headers['x-goog-signature'] !== undefined) return undefined;
  // Every channel may be asked, so a large body is not even read.
  if (request.body.length > CHECK_MAX) return undefined;
  const body = readObject(parseJson(request.body));
  const token = readText(body?.clientToken);
  const secret = readText(body?.secret);
  if (token === undefined || secret === undefined || body?.message !== undefined) return undefined;
  if (!config.clientToken || !sameText(token, config.clientToken)) return { status: 400, contentType: 'text/plain' };
  return { status: 200, contentType: 'text/plain', body: secret };
}

/** The agent a body speaks to: one webhook may serve all agents of a partner. It proves nothing: each channel’s own token still has to fit. */
export function accounts(request: InboundRequest): string[] {
  const agent = readAgent(readTold(readData(request)));
  return agent === undefined ? [] : [agent];
}

/** Constant time for texts of any length: their digests are compared. */
function sameText(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHmac('sha256', 'compare').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
