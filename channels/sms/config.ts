import Type, { type Static } from 'typebox';
import type { twilioSecrets } from '../common/twilio.ts';

/** What connects one sender of text messages at Twilio: a number of its own, or a messaging service with a pool of them. */
export const config = Type.Object({
  provider: Type.Optional(
    Type.Literal('twilio', { default: 'twilio', title: 'Provider', description: 'Who carries the messages: Twilio.' }),
  ),
  accountSid: Type.String({
    pattern: '^AC[0-9a-fA-F]{32}$',
    title: 'Account SID',
    description: 'Twilio Console › Account Info.',
    examples: ['AC00000000000000000000000000005550'],
  }),
  authToken: Type.String({
    minLength: 1,
    title: 'Auth token',
    description: 'Beside the account SID. Twilio signs its webhooks with it, so it is needed beside an API key too.',
  }),
  previousAuthToken: Type.Optional(
    Type.String({
      minLength: 1,
      title: 'Previous auth token',
      description: 'While the token is being changed: webhooks signed with either are taken.',
    }),
  ),
  phoneNumber: Type.Optional(
    Type.String({
      pattern: '^(\\+[1-9][0-9]{5,14}|[0-9]{3,8}|(?=.*[A-Za-z])[A-Za-z0-9 &+_-]{1,11})$',
      title: 'Phone number',
      description:
        'The sender, as +15550100900; a short code; or a name of up to 11 letters, which cannot be answered. Needed unless there is a messaging service.',
      examples: ['+15550100900'],
    }),
  ),
  messagingServiceSid: Type.Optional(
    Type.String({
      pattern: '^MG[0-9a-fA-F]{32}$',
      title: 'Messaging service SID',
      description: 'Twilio chooses a sender of the service’s pool for each person: Console › Messaging › Services.',
      examples: ['MG00000000000000000000000000000001'],
    }),
  ),
  rcsSender: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z0-9_]{1,100}$',
      title: 'RCS sender',
      description: 'The name of an RCS sender in the messaging service: what it receives is received here.',
      examples: ['acme_demo_agent'],
    }),
  ),
  apiKeySid: Type.Optional(
    Type.String({
      pattern: '^SK[0-9a-fA-F]{32}$',
      title: 'API key SID',
      description: 'Calls the API instead of the auth token, with less reach: Console › Account › API keys.',
    }),
  ),
  apiKeySecret: Type.Optional(
    Type.String({ minLength: 1, title: 'API key secret', description: 'Shown once, when the key is made.' }),
  ),
  mms: Type.Optional(
    Type.Union([Type.Literal('none'), Type.Literal('images'), Type.Literal('all')], {
      default: 'images',
      title: 'Files by MMS',
      description:
        'Pictures, or films and sound up to 500 kB as well. “none” for numbers without MMS, which is most of them outside the USA and Canada: files become links.',
    }),
  ),
  segmentsPerSecond: Type.Optional(
    Type.Number({
      exclusiveMinimum: 0,
      maximum: 1000,
      default: 1,
      title: 'Segments a second',
      description: 'What the sender carries: 1 for a long number, 3 toll-free, up to 100 for a short code.',
    }),
  ),
  smartEncoded: Type.Optional(
    Type.Boolean({
      title: 'Smart encoding',
      description: 'Twilio replaces typographic quotes, dashes and the like, which would make a message cost more.',
    }),
  ),
  validityPeriod: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 36_000,
      title: 'Validity period',
      description: 'Seconds after which Twilio gives up a message that is still in its queue.',
    }),
  ),
  advancedOptOut: Type.Optional(
    Type.Boolean({
      title: 'Advanced Opt-Out',
      description: 'The messaging service has opt-out words of its own: only what Twilio marks as such counts.',
    }),
  ),
  statusCallback: Type.Optional(
    Type.String({
      pattern: '^https?://[^\\s?#]+$',
      title: 'Status callback',
      description:
        'Where Twilio reports what became of a message, if not at the channel’s own /status: a proxy of yours.',
    }),
  ),
  region: Type.Optional(
    Type.String({ pattern: '^[a-z]{2}[0-9]$', title: 'Region', description: 'Where the account’s data is: ie1, au1.' }),
  ),
  edge: Type.Optional(
    Type.String({
      pattern: '^[a-z-]+$',
      title: 'Edge',
      description: 'Where to enter Twilio’s network: dublin, sydney.',
    }),
  ),
});
/** The values of `config`. */
export type SmsConfig = Static<typeof config>;

/** The members of the config that are nobody else’s business. */
export const secrets: readonly (typeof twilioSecrets)[number][] = ['authToken', 'previousAuthToken', 'apiKeySecret'];

/** Names that programs of other platforms use for the same values. */
const OTHER_NAMES: Readonly<Record<string, keyof SmsConfig>> = {
  account_sid: 'accountSid',
  auth_token: 'authToken',
  phone_number: 'phoneNumber',
  messaging_service_sid: 'messagingServiceSid',
  api_key_sid: 'apiKeySid',
  api_key_secret: 'apiKeySecret',
  status_callback_url: 'statusCallback',
};

/** The values that came under another name, under ours. */
export function defaults(given: Partial<SmsConfig>): Partial<SmsConfig> {
  const renamed = Object.entries(given).flatMap(([name, value]) => {
    const ours = OTHER_NAMES[name];
    return ours && given[ours] === undefined ? [[ours, value] as const] : [];
  });
  return { ...given, ...Object.fromEntries(renamed) };
}

/** What names the sender at Twilio: the number, else the service, else the account. */
export function accountOf(config: SmsConfig): string {
  return config.phoneNumber ?? config.messagingServiceSid ?? config.accountSid;
}
