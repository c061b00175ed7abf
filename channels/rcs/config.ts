import Type, { type Static } from 'typebox';

/** What connects one RCS agent: Google’s RCS for Business, called directly. */
export const config = Type.Object({
  provider: Type.Optional(
    Type.Literal('google', {
      default: 'google',
      title: 'Provider',
      description: 'Who carries the messages: Google’s RCS for Business.',
    }),
  ),
  agentId: Type.String({
    minLength: 1,
    pattern: '^[A-Za-z0-9_.-]+(@rbm\\.goog)?$',
    title: 'Agent ID',
    description: 'Of the agent, as the RCS for Business console shows it below its name; with or without @rbm.goog.',
    examples: ['acme_demo_agent'],
  }),
  serviceAccountJson: Type.String({
    minLength: 1,
    title: 'Service account key (JSON)',
    description:
      'The whole file: RCS for Business console › Service accounts › Create key. It holds client_email and private_key.',
  }),
  clientToken: Type.Optional(
    Type.String({
      minLength: 1,
      title: 'Client token',
      description:
        'Needed to receive anything: Google signs its webhooks with it. The console shows it where the webhook is configured: Integrations › Webhook.',
    }),
  ),
  region: Type.Optional(
    Type.Enum(['global', 'us', 'europe', 'asia'], {
      default: 'global',
      title: 'Region',
      description: 'Where the agent lives, as it was chosen when it was made.',
    }),
  ),
  defaultTtl: Type.Optional(
    Type.String({
      pattern: '^[0-9]{1,7}s?$',
      title: 'Time to live',
      description:
        'Seconds after which Google takes back what was not delivered, so that it can go out as an SMS instead. For 30 days when left empty.',
      examples: ['86400s'],
    }),
  ),
  brandName: Type.Optional(
    Type.String({ title: 'Brand name', description: 'What people see as the sender; shown beside the messages here.' }),
  ),
});
/** The values of `config`. */
export type RcsConfig = Static<typeof config>;

/** The members of the config that are nobody else’s business. */
export const secrets = ['serviceAccountJson', 'clientToken'] as const;

/** The agent’s short name, as calls spell it; webhooks put `@rbm.goog` behind it. */
export const shortAgent = (agentId: string): string => agentId.replace(/@rbm\.goog$/, '');

/** Google’s API, in the region of the agent. */
export function baseUrl({ region = 'global' }: Pick<RcsConfig, 'region'>): string {
  return `https://${region === 'global' ? '' : `${region}-`}rcsbusinessmessaging.googleapis.com`;
}
