import Type, { type Static } from 'typebox';
import { BOT_KINDS, BOT_STATUSES, type BotRecord } from '../../store/bots.ts';
import { MASK } from './channel.ts';
import { Id, Json, Time } from './common.ts';

export const Bot = Type.Object(
  {
    id: Id('bot_0192f1c2a3b47c5d8e9f0a1b2c3d4e5f'),
    tenantId: Type.String(),
    name: Type.String(),
    kind: Type.Enum(BOT_KINDS),
    status: Type.Enum(BOT_STATUSES),
    config: Json,
    channelIds: Type.Array(Type.String(), { description: 'Channels whose `defaultBotId` it is.' }),
    createdAt: Time,
    updatedAt: Time,
  },
  { title: 'Bot' },
);

/** The secret a webhook bot's calls are signed with is shown once, when it is made. */
export function presentBot(bot: BotRecord, showSecret = false): Static<typeof Bot> {
  const { secret, ...config } = bot.config;
  return {
    id: bot.id,
    tenantId: bot.workspaceId,
    name: bot.name,
    kind: bot.kind,
    status: bot.status,
    config: secret === undefined ? config : { ...config, secret: showSecret ? secret : MASK },
    channelIds: bot.channelIds,
    createdAt: bot.createdAt.toISOString(),
    updatedAt: bot.updatedAt.toISOString(),
  };
}
