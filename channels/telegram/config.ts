import Type, { type Static } from 'typebox';

/** What a business enters to connect its bot. */
export const TelegramConfig = Type.Object({
  botToken: Type.String({
    title: 'Bot token',
    description: 'Write /newbot (or /token) to @BotFather in Telegram and copy the token it answers with.',
    examples: ['7000000001:AAF-x3T0k3n_0f-y0ur_b0t_35_letters__'],
    pattern: '^[0-9]+:[A-Za-z0-9_-]+$',
  }),
  botUsername: Type.Optional(
    Type.String({
      title: 'Bot username',
      description: 'The bot’s name with or without @. Filled in by itself when the channel connects.',
      examples: ['acme_helper_bot'],
      pattern: '^@?[A-Za-z0-9_]+$',
    }),
  ),
  webhookSecret: Type.Optional(
    Type.String({
      title: 'Webhook secret',
      description: 'Telegram repeats it with every update, which proves who is calling. Made for you when left empty.',
      minLength: 16,
      maxLength: 256,
      pattern: '^[A-Za-z0-9_-]+$',
    }),
  ),
});
export type TelegramConfig = Static<typeof TelegramConfig>;

/** The bot's id: what stands before the colon of its token. */
export function botId(config: TelegramConfig): string {
  return config.botToken.slice(0, config.botToken.indexOf(':'));
}

/** The bot's name without the @, once it is known. */
export function botName(config: TelegramConfig): string | undefined {
  return config.botUsername?.replace(/^@/, '') || undefined;
}
