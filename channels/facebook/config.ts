import Type, { type Static } from 'typebox';
import { GRAPH_VERSION } from '../common/meta.ts';
import { readSpellings } from '../common/spellings.ts';

/** What connects one Facebook page to its Messenger conversations. */
export const config = Type.Object({
  pageId: Type.String({
    minLength: 1,
    title: 'Page ID',
    description: 'Of the page people write to: the page › About › Page transparency, or Business Settings › Pages.',
    examples: ['105550000000001'],
  }),
  pageAccessToken: Type.String({
    minLength: 1,
    title: 'Page access token',
    description:
      'With pages_messaging and pages_manage_metadata: App Dashboard › Messenger › Settings › Generate token. Made from a long-lived user token it does not expire, but it dies with the person’s password or role.',
  }),
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
  verifyToken: Type.Optional(
    Type.String({
      minLength: 1,
      title: 'Verify token',
      description:
        'A word of your own that Meta repeats when it checks the webhook’s URL. Made for you when left empty; enter the same one at App Dashboard › Messenger › Webhooks.',
    }),
  ),
  appId: Type.Optional(
    Type.String({
      minLength: 1,
      title: 'App ID',
      description:
        'App Dashboard › App settings › Basic. With it and the app secret the webhook’s URL is entered for you.',
      examples: ['155500000000011'],
    }),
  ),
  pageName: Type.Optional(
    Type.String({ title: 'Page name', description: 'As people see it; filled in when the channel connects.' }),
  ),
  pageProfilePicture: Type.Optional(
    Type.String({ title: 'Page picture', description: 'A link; filled in when the channel connects.' }),
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
export type FacebookConfig = Static<typeof config>;

/** The members of the config that are nobody else’s business. */
export const secrets = ['pageAccessToken', 'appSecret', 'previousAppSecret', 'verifyToken'] as const;

const SPELLINGS = {
  pageId: ['page_id'],
  pageAccessToken: ['page_access_token', 'accessToken', 'access_token'],
  appSecret: ['app_secret'],
  appId: ['app_id'],
  verifyToken: ['verify_token'],
};

/** The config in our own words, with a verify token where none is given. */
export const completeConfig = (given: Partial<FacebookConfig>, random: () => string): Partial<FacebookConfig> => ({
  ...given,
  verifyToken: random(),
  ...readSpellings(given, SPELLINGS),
});

/** The token, and everything that must not show in an error. */
export const credentialsOf = (config: FacebookConfig) => ({
  token: config.pageAccessToken,
  secrets: secrets.map((name) => config[name]),
});
