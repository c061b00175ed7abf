import Type, { type Static } from 'typebox';
import { GRAPH_VERSION } from '../common/meta.ts';
import { readSpellings } from '../common/spellings.ts';

/** What connects one WhatsApp number: the Cloud API’s own, called directly. */
export const config = Type.Object({
  phoneNumberId: Type.String({
    minLength: 1,
    title: 'Phone number ID',
    description: 'Meta’s id of the number, not the number itself: App Dashboard › WhatsApp › API Setup.',
    examples: ['106540000000001'],
  }),
  businessAccountId: Type.Optional(
    Type.String({
      minLength: 1,
      title: 'Business account ID (WABA)',
      description:
        'On the same page. With it the webhook is subscribed for you, and news of your templates and account reaches you.',
      examples: ['102290000000001'],
    }),
  ),
  accessToken: Type.String({
    minLength: 1,
    title: 'Access token',
    description:
      'Of a system user with whatsapp_business_messaging and whatsapp_business_management: Business Settings › System users. The token shown at API Setup dies after 24 hours.',
  }),
  verifyToken: Type.Optional(
    Type.String({
      minLength: 1,
      title: 'Verify token',
      description:
        'A word of your own that Meta repeats when it checks the webhook’s URL. Made for you when left empty; enter the same one at App Dashboard › WhatsApp › Configuration.',
    }),
  ),
  appSecret: Type.Optional(
    Type.String({
      minLength: 1,
      title: 'App secret',
      description:
        'Needed to receive anything: Meta signs its webhooks with it, and what is not signed is refused. App Dashboard › App settings › Basic.',
    }),
  ),
  previousAppSecret: Type.Optional(
    Type.String({
      minLength: 1,
      title: 'Previous app secret',
      description: 'While the app secret is being changed: webhooks signed with either are taken.',
    }),
  ),
  displayPhoneNumber: Type.Optional(
    Type.String({ title: 'Phone number', description: 'As people see it; filled in when the channel connects.' }),
  ),
  graphVersion: Type.Optional(
    Type.String({
      pattern: '^v\\d+\\.\\d+$',
      default: GRAPH_VERSION,
      title: 'Graph API version',
      description: 'Meta keeps a version for about two years.',
    }),
  ),
});
/** The values of `config`. */
export type WhatsAppConfig = Static<typeof config>;

/** The members of the config that are nobody else’s business. */
export const secrets = ['accessToken', 'verifyToken', 'appSecret', 'previousAppSecret'] as const;

const SPELLINGS = {
  phoneNumberId: ['phone_number_id'],
  businessAccountId: ['wabaId', 'business_id', 'waba_id', 'business_account_id'],
  accessToken: ['access_token'],
  appSecret: ['app_secret', 'webhook_secret'],
  verifyToken: ['verify_token'],
};

/** The config in our own words, with a verify token where none is given. */
export const completeConfig = (given: Partial<WhatsAppConfig>, random: () => string): Partial<WhatsAppConfig> => ({
  ...given,
  verifyToken: random(),
  ...readSpellings(given, SPELLINGS),
});
