import type { Io, ProviderRequest, Sent } from '../adapter.ts';
import { type EmailConfig, isMailgun } from './config.ts';
import { sendByMailgun } from './mailgun.ts';
import { sendBySmtp } from './smtp.ts';

/** Hands a mail in. What the server took is sent; whether it arrived is told by Mailgun’s events, or by a bounce. */
export function send(request: ProviderRequest, config: EmailConfig, io: Io): Promise<Sent> {
  return isMailgun(config) ? sendByMailgun(request, config, io) : sendBySmtp(request, config, io);
}
