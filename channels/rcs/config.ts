import Type, { type Static } from 'typebox';
import { twilioUrl } from '../common/twilio.ts';

const TWILIO_URL = twilioUrl({});

/** What connects one RCS agent: through Google’s RCS for Business directly, or through Twilio. Each asks for what is its own. */
export const config = Type.Object({
  provider: Type.Optional(
    Type.Enum(['google', 'twilio'], {
      default: 'google',
      title: 'Provider',
      description: 'Who carries the messages: google for RCS for Business itself, twilio for an RCS sender at Twilio.',
    }),
  ),
  agentId: Type.String({
    minLength: 1,
    pattern: '^[A-Za-z0-9_.-]+(@rbm\\.goog)?$',
    title: 'Agent ID',
    description:
      'Of the agent, as the RCS for Business console shows it below its name, with or without @rbm.goog. With Twilio the name of the RCS sender, without rcs: before it.',
    examples: ['acme_demo_agent'],
  }),
  serviceAccountJson: Type.Optional(
    Type.String({
      minLength: 1,
      title: 'Service account key (JSON)',
      description:
        'Google: the whole file from RCS for Business console › Service accounts › Create key. It holds client_email and private_key.',
    }),
  ),
  clientToken: Type.Optional(
    Type.String({
      minLength: 1,
      title: 'Client token',
      description:
        'Google, needed to receive anything: it signs its webhooks with it. The console shows it where the webhook is configured: Integrations › Webhook.',
    }),
  ),
  region: Type.Optional(
    Type.Enum(['global', 'us', 'europe', 'asia'], {
      default: 'global',
      title: 'Region',
      description: 'Google: where the agent lives, as it was chosen when it was made.',
    }),
  ),
  defaultTtl: Type.Optional(
    Type.String({
      pattern: '^[0-9]{1,7}s?$',
      title: 'Time to live',
      description:
        'Seconds after which what was not delivered is taken back, so that it can go out as an SMS instead. For 30 days when left empty; Twilio takes 10 hours at most.',
      examples: ['86400s'],
    }),
  ),
  accountSid: Type.Optional(
    Type.String({
      pattern: '^AC[0-9a-fA-F]{32}$',
      title: 'Account SID',
      description: 'Twilio: Console › Account Info.',
      examples: ['AC00000000000000000000000000005550'],
    }),
  ),
  authToken: Type.Optional(
    Type.String({
      minLength: 1,
      title: 'Auth token',
      description: 'Twilio: beside the account SID. Its webhooks are signed with it.',
    }),
  ),
  previousAuthToken: Type.Optional(
    Type.String({
      minLength: 1,
      title: 'Previous auth token',
      description: 'Twilio: while the token is being changed, webhooks signed with either are taken.',
    }),
  ),
  messagingServiceSid: Type.Optional(
    Type.String({
      pattern: '^MG[0-9a-fA-F]{32}$',
      title: 'Messaging service SID',
      description:
        'Twilio: the service that holds the RCS sender. With it the webhook is set for you: Console › Messaging › Services.',
      examples: ['MG00000000000000000000000000000002'],
    }),
  ),
  brandName: Type.Optional(
    Type.String({ title: 'Brand name', description: 'What people see as the sender; shown beside the messages here.' }),
  ),
});
/** The values of `config`. */
export type RcsConfig = Static<typeof config>;

/** The members of the config that are nobody else’s business. */
export const secrets = ['serviceAccountJson', 'clientToken', 'authToken', 'previousAuthToken'] as const;

/** Whether Twilio carries the messages. */
export const isTwilio = ({ provider }: Pick<RcsConfig, 'provider'>): boolean => provider === 'twilio';

/** The agent’s short name, as calls spell it; webhooks put `@rbm.goog` behind it. Empty while there is none: a type is previewed before it is connected. */
export const shortAgent = (agentId = ''): string => agentId.replace(/@rbm\.goog$/, '');

/** Google’s API, in the region of the agent; or Twilio’s. */
export function baseUrl({ provider, region = 'global' }: Pick<RcsConfig, 'provider' | 'region'>): string {
  if (isTwilio({ provider })) return TWILIO_URL;
  return `https://${region === 'global' ? '' : `${region}-`}rcsbusinessmessaging.googleapis.com`;
}
