import { type MessagePart, SendError } from '@tributary/protocol';
import type { ProviderRequest, RenderContext } from '../adapter.ts';
import { compose } from './compose.ts';
import { type EmailConfig, fromOf, isMailgun, readMailbox, tagged } from './config.ts';
import type { Mail, MailFile } from './mail.ts';

/** Every part is one mail, and one request. */
export function render(part: MessagePart, context: RenderContext, config: EmailConfig): ProviderRequest[] {
  const mail = compose(part, context, config);
  return [isMailgun(config) ? toMailgunRequest(mail, config) : toSmtpRequest(mail, config)];
}

/** What nodemailer is given, files and secrets apart. */
function toSmtpRequest(mail: Mail, config: EmailConfig): ProviderRequest {
  if (mail.template && !mail.text)
    throw new SendError('content_refused', {
      providerMessage: `The template “${mail.template.name}” has no text of its own, and a mail server keeps none.`,
    });
  const bounces = readMailbox(config.bounceAddress ?? '');
  return {
    method: 'POST',
    path: '/smtp',
    name: 'send mail',
    body: {
      from: { address: fromOf(config), ...(config.fromName ? { name: config.fromName } : {}) },
      to: mail.to,
      ...list('cc', mail.cc),
      ...list('bcc', mail.bcc),
      ...(mail.replyTo ? { replyTo: mail.replyTo } : {}),
      subject: mail.subject,
      text: mail.text,
      ...(mail.html === undefined ? {} : { html: mail.html }),
      messageId: `<${mail.id}>`,
      ...(mail.inReplyTo ? { inReplyTo: `<${mail.inReplyTo}>` } : {}),
      ...list(
        'references',
        mail.references.map((id) => `<${id}>`),
      ),
      ...(Object.keys(mail.headers).length > 0 ? { headers: mail.headers } : {}),
      envelope: {
        from: bounces ? tagged(bounces, mail.partKey) : fromOf(config),
        to: [...mail.to, ...mail.cc, ...mail.bcc],
      },
      ...list('attachments', mail.files),
    },
  };
}

/** Mailgun’s form. Its own id would be told only in the answer; ours is known before, and comes back in every event. */
function toMailgunRequest(mail: Mail, config: EmailConfig): ProviderRequest {
  const inline = mail.files.filter((file) => file.cid);
  const attached = mail.files.filter((file) => !file.cid);
  return {
    method: 'POST',
    path: `/v3/${encodeURIComponent(config.domain ?? '')}/messages`,
    name: 'send message',
    encoding: 'multipart',
    body: {
      from: config.fromName ? `${quoted(config.fromName)} <${fromOf(config)}>` : fromOf(config),
      to: mail.to,
      ...list('cc', mail.cc),
      ...list('bcc', mail.bcc),
      subject: mail.subject,
      ...(mail.template
        ? { template: mail.template.name, 't:variables': JSON.stringify(mail.template.variables), 't:text': 'yes' }
        : {}),
      ...(mail.text || !mail.template ? { text: mail.text || ' ' } : {}),
      ...(mail.html === undefined ? {} : { html: mail.html }),
      'h:Message-Id': `<${mail.id}>`,
      ...(mail.inReplyTo ? { 'h:In-Reply-To': `<${mail.inReplyTo}>` } : {}),
      ...(mail.references.length > 0 ? { 'h:References': mail.references.map((id) => `<${id}>`).join(' ') } : {}),
      ...(mail.replyTo ? { 'h:Reply-To': mail.replyTo } : {}),
      ...Object.fromEntries(Object.entries(mail.headers).map(([name, value]) => [`h:${name}`, value])),
      'o:tracking': config.tracking ? 'yes' : 'no',
      'v:message_id': mail.partKey,
      'v:account': fromOf(config),
      ...list('attachment', attached),
      ...list('inline', inline),
    },
  };
}

const list = (name: string, values: readonly (string | MailFile)[]): Record<string, unknown> =>
  values.length > 0 ? { [name]: values } : {};

/** A name in a header: quoted where it has more than words. */
const quoted = (name: string): string =>
  /^[\w !#$%&'*+/=?^`{|}~-]+$/.test(name) ? name : `"${name.replace(/["\\\r\n]/g, ' ')}"`;
