import Type, { type Static } from 'typebox';

/** What a business enters to connect its bot; the rest is learned when the channel connects. */
export const ViberConfig = Type.Object({
  authToken: Type.String({
    minLength: 1,
    title: 'Authentication token',
    description: 'Viber Admin Panel (partners.viber.com) › your bot › Edit info. It signs what Viber sends us, too.',
    examples: ['445da6az1s345z78-dazcczb2542zv51a-e0vc5fva17480im9'],
  }),
  senderName: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 28,
      title: 'Sender name',
      description: 'Shown above every message, at most 28 characters. The bot’s own name when left empty.',
      examples: ['Acme Support'],
    }),
  ),
  senderAvatar: Type.Optional(
    Type.String({
      pattern: '^https?://',
      title: 'Sender picture',
      description: 'A public link to a picture of 720 × 720, at most 100 kB.',
      examples: ['https://cdn.example.com/logo.jpg'],
    }),
  ),
  welcomeMessage: Type.Optional(
    Type.String({
      maxLength: 7000,
      title: 'Welcome message',
      description: 'Said to whoever opens the chat for the first time, before they have written anything.',
      examples: ['Welcome! Write to us and we answer within the hour.'],
    }),
  ),
  accountId: Type.Optional(
    Type.String({ title: 'Account id', description: 'Viber’s name for the bot. Filled in when the channel connects.' }),
  ),
  accountUri: Type.Optional(
    Type.String({
      title: 'Account URI',
      description: 'The bot’s address in deep links. Filled in when the channel connects.',
    }),
  ),
});
export type ViberConfig = Static<typeof ViberConfig>;
