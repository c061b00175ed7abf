import type { InboundRequest } from '../adapter.ts';
import { verifyTwilio } from '../common/twilio.ts';
import type { SmsConfig } from './config.ts';

/**
 * Signed with the account’s token over the URL that Twilio called. Where reports go by way of a proxy of the customer’s, that is the proxy’s URL,
 * with the query it passed on.
 */
export function verify(request: InboundRequest, config: SmsConfig): boolean {
  const tokens = [config.authToken, config.previousAuthToken];
  const direct = verifyTwilio(request, tokens);
  if (direct || !config.statusCallback) return direct;
  const query = request.publicUrl.indexOf('?');
  const publicUrl = config.statusCallback + (query < 0 ? '' : request.publicUrl.slice(query));
  return verifyTwilio({ ...request, publicUrl }, tokens);
}
