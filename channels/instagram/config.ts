import Type, { type Static } from 'typebox';
import { GRAPH_URL, GRAPH_VERSION } from '../common/meta.ts';
import { readSpellings } from '../common/spellings.ts';

/** What connects one professional Instagram account, through the Facebook page it is linked to or by its own login. */
export const config = Type.Object({
  instagramId: Type.String({
    minLength: 1,
    title: 'Instagram account ID',
    description:
      'Of the professional account, as webhooks name it: GET /PAGE?fields=instagram_business_account, or with Instagram Login GET /me?fields=user_id.',
    examples: ['17841455500000001'],
  }),
  pageAccessToken: Type.Optional(
    Type.String({
      minLength: 1,
      title: 'Page access token',
      description:
        'Of the linked Facebook page, with instagram_basic, instagram_manage_messages and pages_manage_metadata. Leave empty with Instagram Login.',
    }),
  ),
  accessToken: Type.Optional(
    Type.String({
      minLength: 1,
      title: 'Instagram access token',
      description:
        'With Instagram Login: the long-lived token of the account, with instagram_business_basic and instagram_business_manage_messages. It lives 60 days and is renewed for you.',
    }),
  ),
  pageId: Type.Optional(
    Type.String({
      minLength: 1,
      title: 'Page ID',
      description: 'Of the linked Facebook page; found by its token when left empty. Not needed with Instagram Login.',
      examples: ['105550000000001'],
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
  instagramAppSecret: Type.Optional(
    Type.String({
      minLength: 1,
      title: 'Instagram app secret',
      description:
        'Apps with Instagram Login show a second secret: App Dashboard › Instagram › API setup. Both are tried.',
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
        'A word of your own that Meta repeats when it checks the webhook’s URL. Made for you when left empty; enter the same one at App Dashboard › Webhooks › Instagram.',
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
  username: Type.Optional(
    Type.String({ title: 'Username', description: 'Without the @; filled in when the channel connects.' }),
  ),
  profilePicture: Type.Optional(
    Type.String({ title: 'Picture', description: 'A link; filled in when the channel connects.' }),
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
export type InstagramConfig = Static<typeof config>;

/** The members of the config that are nobody else’s business. */
export const secrets = [
  'pageAccessToken',
  'accessToken',
  'appSecret',
  'instagramAppSecret',
  'previousAppSecret',
  'verifyToken',
] as const;

const SPELLINGS = {
  instagramId: ['accountId', 'instagramAccountId', 'instagram_id', 'account_id'],
  pageAccessToken: ['page_access_token'],
  accessToken: ['access_token'],
  pageId: ['page_id'],
  appSecret: ['app_secret'],
  appId: ['app_id'],
  verifyToken: ['verify_token'],
};

/** The config in our own words, with a verify token where none is given. */
export const completeConfig = (given: Partial<InstagramConfig>, random: () => string): Partial<InstagramConfig> => ({
  ...given,
  verifyToken: random(),
  ...readSpellings(given, SPELLINGS),
});

/**
 * Whether the account logs in by itself or through its Facebook page. A page’s token, or its id, says so; a lone `accessToken` is the account’s own,
 * unless it begins like one of Facebook’s.
 */
export function ownLogin({ pageAccessToken, accessToken, pageId }: InstagramConfig): boolean {
  return !pageAccessToken && !pageId && !!accessToken && !accessToken.startsWith('EAA');
}

const INSTAGRAM_URL = 'https://graph.instagram.com';

/** Each login has a host of its own. */
export const graphUrl = (config: InstagramConfig): string => (ownLogin(config) ? INSTAGRAM_URL : GRAPH_URL);

/** The token, and everything that must not show in an error. */
export const credentialsOf = (config: InstagramConfig) => ({
  token: config.pageAccessToken ?? config.accessToken ?? '',
  secrets: secrets.map((name) => config[name]),
});
