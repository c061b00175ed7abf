import Type, { type Static } from 'typebox';

/** What a business enters to connect its official account; the rest is learned when the channel connects. */
export const LineConfig = Type.Object({
  channelAccessToken: Type.String({
    minLength: 1,
    title: 'Channel access token',
    description:
      'LINE Developers Console › your Messaging API channel › Messaging API › Channel access token (long-lived).',
  }),
  channelSecret: Type.String({
    minLength: 1,
    title: 'Channel secret',
    description: 'In the same console › Basic settings. LINE signs what it sends us with it.',
    examples: ['0123456789abcdef0123456789abcdef'],
  }),
  preferReply: Type.Optional(
    Type.Boolean({
      title: 'Answer for free',
      description:
        'Answers within the minute use the reply token of the customer’s message, which costs nothing. Off: every message counts towards the monthly quota, and in return none is ever said twice.',
      default: true,
    }),
  ),
  videoPreviewUrl: Type.Optional(
    Type.String({
      pattern: '^https?://',
      title: 'Picture shown before films',
      description:
        'LINE wants one for every film. Without it, and without one of the film’s own, films go out as links.',
      examples: ['https://cdn.example.com/film.jpg'],
    }),
  ),
  botUserId: Type.Optional(
    Type.String({
      pattern: '^U[0-9a-f]{32}$',
      title: 'Bot user id',
      description: 'LINE’s name for the account in webhooks. Filled in when the channel connects.',
    }),
  ),
  basicId: Type.Optional(
    Type.String({
      title: 'Basic id',
      description: 'What people search for, with its @. Filled in when the channel connects.',
      examples: ['@acme'],
    }),
  ),
});
export type LineConfig = Static<typeof LineConfig>;

/** The members of the config that are nobody else’s business. */
export const SECRETS = ['channelAccessToken', 'channelSecret'] as const;
