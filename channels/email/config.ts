import { domainToASCII } from 'node:url';
import Type, { type Static } from 'typebox';

const encryption = (title: string, usual: string) =>
  Type.Optional(
    Type.Union([Type.Literal('tls'), Type.Literal('starttls'), Type.Literal('none')], {
      title,
      description: `tls from the first byte, starttls after a greeting, or none. Left empty: what the port stands for (${usual}).`,
    }),
  );
const text = (title: string, description: string, examples?: string[]) =>
  Type.Optional(Type.String({ minLength: 1, title, description, ...(examples ? { examples } : {}) }));
const port = (title: string, description: string) =>
  Type.Optional(Type.Integer({ minimum: 1, maximum: 65535, title, description }));
const ADDRESS = '^[^\\s@<>]+@[^\\s@<>]+$';

/** What connects one mail address: through a mail server (SMTP out, IMAP in) or through Mailgun. */
export const config = Type.Object({
  provider: Type.Optional(
    Type.Union([Type.Literal('smtp'), Type.Literal('mailgun')], {
      title: 'Provider',
      description: 'smtp for any mail server, mailgun for Mailgun’s API.',
      default: 'smtp',
    }),
  ),
  fromEmail: Type.String({
    pattern: ADDRESS,
    title: 'From address',
    description: 'What people see as the sender.',
    examples: ['support@acme.example'],
  }),
  fromName: text('From name', 'The name beside the address.', ['Acme Support']),
  replyTo: Type.Optional(
    Type.String({
      pattern: ADDRESS,
      title: 'Reply-To',
      description: 'Where answers go, if not where mail is received.',
    }),
  ),
  inboundAddress: Type.Optional(
    Type.String({
      pattern: ADDRESS,
      title: 'Inbound address',
      description: 'Where mail is received, if not the From address. With Mailgun its domain’s MX points to Mailgun.',
    }),
  ),
  plusAddressing: Type.Optional(
    Type.Boolean({
      title: 'Plus addresses',
      description:
        'Answers go to support+TOKEN@…, which names the thread even where a program drops the headers. Only where the mailbox takes such addresses; on by itself with Mailgun and an inbound address.',
    }),
  ),
  subject: text('Subject', 'Of mail that begins a thread and has no subject of its own.'),
  listUnsubscribe: Type.Optional(
    Type.Union([Type.Literal('never'), Type.Literal('marketing'), Type.Literal('always')], {
      title: 'Unsubscribe header',
      description: 'Which mail carries List-Unsubscribe with one click: what is sent as marketing, all, or none.',
      default: 'marketing',
    }),
  ),
  smtpHost: text('SMTP server', 'Where mail is handed in.', ['smtp.acme.example']),
  smtpPort: port('SMTP port', '587 (STARTTLS) unless told otherwise; 465 is TLS.'),
  smtpUsername: text('SMTP user', 'Mostly the whole address.'),
  smtpPassword: text('SMTP password', 'Where the account has two factors, an app password.'),
  smtpEncryption: encryption('SMTP encryption', '465 tls, else starttls'),
  bounceAddress: Type.Optional(
    Type.String({
      pattern: ADDRESS,
      title: 'Bounce address',
      description:
        'Bounces go to bounces+KEY@…, which names the message. Only where such addresses reach the mailbox below.',
      examples: ['bounces@acme.example'],
    }),
  ),
  imapHost: text('IMAP server', 'Where mail is read. Without it nothing is received.', ['imap.acme.example']),
  imapPort: port('IMAP port', '993 (TLS) unless told otherwise.'),
  imapUser: text('IMAP user', 'The SMTP user when left empty.'),
  imapPassword: text('IMAP password', 'The SMTP password when left empty.'),
  imapEncryption: encryption('IMAP encryption', '143 starttls, else tls'),
  imapFolder: text('IMAP folder', 'INBOX when left empty.'),
  apiKey: text('Mailgun API key', 'An account or domain sending key: Mailgun › API security.'),
  domain: text('Mailgun domain', 'The sending domain as Mailgun knows it.', ['mg.acme.example']),
  region: Type.Optional(
    Type.Union([Type.Literal('us'), Type.Literal('eu')], {
      title: 'Mailgun region',
      description: 'Where the domain lives; in the other region it is not found.',
      default: 'us',
    }),
  ),
  webhookSigningKey: text(
    'Mailgun webhook signing key',
    'Not the API key: Mailgun › API security › HTTP webhook signing key. Without it nothing can be received.',
  ),
  tracking: Type.Optional(
    Type.Boolean({
      title: 'Opens and clicks',
      description:
        'Has Mailgun tell when mail is opened; it is told by pictures and rewritten links, and is often wrong.',
      default: false,
    }),
  ),
  unsubscribeSecret: text('Unsubscribe secret', 'Signs unsubscribe links. Made for you when left empty.'),
});
/** The values of `config`. */
export type EmailConfig = Static<typeof config>;

/** The members of the config that are nobody else’s business. */
export const secrets = ['smtpPassword', 'imapPassword', 'apiKey', 'webhookSigningKey', 'unsubscribeSecret'] as const;

/** Names that the seed’s other documents give the same values. */
const OTHER_NAMES: Readonly<Record<string, keyof EmailConfig>> = {
  smtpUser: 'smtpUsername',
  smtp_host: 'smtpHost',
  smtp_port: 'smtpPort',
  smtp_username: 'smtpUsername',
  smtp_password: 'smtpPassword',
  smtp_encryption: 'smtpEncryption',
  imap_host: 'imapHost',
  imap_port: 'imapPort',
  imapUsername: 'imapUser',
  imap_username: 'imapUser',
  imap_password: 'imapPassword',
  imap_folder: 'imapFolder',
  from_email: 'fromEmail',
  from_name: 'fromName',
  reply_to: 'replyTo',
  mailgun_domain: 'domain',
  mailgun_api_key: 'apiKey',
  mailgun_region: 'region',
};

/** The values we make ourselves, and those that came under another name. */
export function defaults(given: Partial<EmailConfig>, random: () => string): Partial<EmailConfig> {
  const renamed = Object.entries(given).flatMap(([name, value]) => {
    const ours = OTHER_NAMES[name];
    return ours && given[ours] === undefined ? [[ours, value] as const] : [];
  });
  return {
    ...given,
    ...Object.fromEntries(renamed),
    unsubscribeSecret: given.unsubscribeSecret || random(),
  };
}

/** An address as it is compared and stored: lower case, the domain in ASCII. `undefined` where it is none. */
export function readMailbox(text: string): string | undefined {
  const parts = /^([^\s@<>()[\]\\,;:"\p{Cc}\p{Cs}]{1,64})@([^\s@<>()[\]\\,;:"\p{Cc}\p{Cs}]{1,253})$/u.exec(text.trim());
  const domain = parts && domainToASCII(parts[2]!);
  return parts && domain ? `${parts[1]}@${domain}`.toLowerCase() : undefined;
}

/** The address mail leaves from. */
export const fromOf = (config: EmailConfig): string =>
  readMailbox(config.fromEmail ?? '') ?? 'nobody@localhost.invalid';

/** The address mail is received at. */
export const inboxOf = (config: EmailConfig): string => readMailbox(config.inboundAddress ?? '') ?? fromOf(config);

/** The domain of our Message-IDs. */
export const domainOf = (config: EmailConfig): string =>
  (isMailgun(config) && config.domain?.toLowerCase()) || fromOf(config).split('@')[1]!;

export const isMailgun = (config: EmailConfig): boolean => config.provider === 'mailgun';

/** Whether answers may go to `local+tag@…`. */
export const takesTags = (config: EmailConfig): boolean =>
  config.plusAddressing ?? (isMailgun(config) && config.inboundAddress !== undefined);

/** `support@acme.example` with a tag: `support+TAG@acme.example`. */
export function tagged(address: string, tag: string): string {
  const at = address.lastIndexOf('@');
  return `${address.slice(0, at)}+${tag}${address.slice(at)}`;
}
