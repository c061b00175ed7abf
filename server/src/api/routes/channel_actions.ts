import Type from 'typebox';
import { channelStats, listDrops, readChannel, updateChannel } from '../../store/channels.ts';
import { resolveConversationsOf } from '../../store/conversations.ts';
import { connectChannel, ioOf, reasonOf, tellChannel } from '../connect.ts';
import { IdParams, needFound, needId, type Routes } from '../route.ts';
import { tell } from '../tell.ts';
import { Channel, ChannelCapabilities, ChannelStatus, presentCapabilities, webhookUrlOf } from '../wire/channel.ts';
import { Nullable, Time, time } from '../wire/common.ts';
import { needAdapter, regenerate } from './channel_config.ts';
import { leave, lockChannel, presentAfter } from './channels.ts';

const tag = 'Channels';
const Webhook = Type.Object(
  {
    url: Type.String(),
    verifyToken: Type.Optional(
      Type.String({ description: 'What to type beside the URL where the provider asks for it.' }),
    ),
  },
  { title: 'ChannelWebhook' },
);
const PERIODS = { '1h': 1, '24h': 24, '7d': 168, '30d': 720, day: 24, week: 168, month: 720 } as const;
const PERIOD_NAMES = Object.keys(PERIODS) as (keyof typeof PERIODS)[];

/** What one can do with a channel beside changing it. */
export function channelActionRoutes(routes: Routes): void {
  const { deps } = routes;
  const find = async (
    db: typeof deps.db,
    asked: { auth: Parameters<typeof lockChannel>[2]['auth']; params: { id: string } },
  ) =>
    needFound('channel', await readChannel(db, deps.seal, asked.auth.workspaceId, needId('channel', asked.params.id)));

  for (const verb of ['connect', 'activate']) {
    routes.write(
      'POST',
      {
        url: `/channels/:id/${verb}`,
        permission: 'channels:write',
        tag,
        summary: 'Switch a channel on',
        description: 'Answers at once with status `connecting`; the provider is asked in the background.',
        params: IdParams,
        answers: { 200: Channel },
      },
      async (tx, asked) => {
        const channel = await lockChannel(tx, deps, asked);
        await updateChannel(tx, deps.seal, { ...channel, status: 'connecting', error: null });
        return {
          status: 200,
          body: await presentAfter(tx, deps, channel),
          afterCommit: () => void connectChannel(deps, asked.request.log, channel.workspaceId, channel.id),
        };
      },
    );
  }

  for (const verb of ['disconnect', 'deactivate']) {
    routes.write(
      'POST',
      {
        url: `/channels/:id/${verb}`,
        permission: 'channels:write',
        tag,
        summary: 'Switch a channel off',
        description:
          'The provider is told to stop calling us. What is queued waits until the channel is switched on again.',
        params: IdParams,
        body: Type.Object({
          reason: Type.Optional(Type.String({ maxLength: 500, description: 'Kept with the event.' })),
          closeConversations: Type.Optional(Type.Boolean({ description: 'Also resolve its open conversations.' })),
        }),
        answers: { 200: Channel },
      },
      async (tx, asked) => {
        const channel = await lockChannel(tx, deps, asked);
        const { workspaceId, id } = channel;
        await updateChannel(tx, deps.seal, { ...channel, status: 'inactive', error: null });
        await tellChannel(tx, channel, 'channel.disconnected', 'inactive', asked.body.reason);
        if (asked.body.closeConversations) {
          const closed = await resolveConversationsOf(tx, workspaceId, id);
          await tell(
            tx,
            workspaceId,
            ...closed.map((conversationId) => ({
              type: 'conversation.resolved',
              subject: conversationId,
              channelId: id,
              conversationId,
              data: { conversationId, channelId: id, status: 'resolved' },
            })),
          );
        }
        return {
          status: 200,
          body: await presentAfter(tx, deps, channel),
          afterCommit: () => {
            void deps.registry.refresh(id).catch(() => {});
            leave(deps, channel, (error) =>
              asked.request.log.warn({ err: error, channelId: id }, 'The provider was not told that a channel is off.'),
            );
          },
        };
      },
    );
  }

  routes.read(
    {
      url: '/channels/:id/status',
      permission: 'channels:read',
      tag,
      summary: 'Is a channel up?',
      params: IdParams,
      answers: {
        200: Type.Object({
          status: ChannelStatus,
          lastPing: Type.Optional(
            Type.String({ format: 'date-time', description: 'When the provider and we last spoke.' }),
          ),
          error: Type.Optional(Type.String()),
        }),
      },
    },
    async (db, asked) => {
      const channel = await find(db, asked);
      const spoke = Math.max(channel.lastInboundAt?.getTime() ?? 0, channel.lastOutboundAt?.getTime() ?? 0);
      return {
        status: channel.status,
        lastPing: spoke > 0 ? time(new Date(spoke)) : undefined,
        error: channel.error ?? undefined,
      };
    },
  );

  routes.read(
    {
      url: '/channels/:id/capabilities',
      permission: 'channels:read',
      tag,
      summary: 'What a channel can carry',
      params: IdParams,
      answers: { 200: ChannelCapabilities },
    },
    async (db, asked) => {
      const channel = await find(db, asked);
      return presentCapabilities(needAdapter(deps.adapters, channel.type).capabilities(channel.config));
    },
  );

  routes.ask(
    {
      url: '/channels/:id/test',
      permission: 'channels:write',
      tag,
      summary: 'Ask the provider whether everything is in order',
      params: IdParams,
      answers: {
        200: Type.Object(
          {
            success: Type.Boolean(),
            message: Type.String(),
            channelId: Type.String(),
            tests: Type.Array(
              Type.Object({
                name: Type.String(),
                status: Type.Enum(['passed', 'failed'] as const),
                message: Type.String(),
                details: Type.Optional(Type.Object({ remedy: Type.String() })),
              }),
            ),
            testedAt: Time,
          },
          { title: 'ChannelTest' },
        ),
      },
    },
    async (db, asked) => {
      const channel = await find(db, asked);
      const adapter = needAdapter(deps.adapters, channel.type);
      const hook = { url: webhookUrlOf(deps.publicUrl(), channel) };
      const findings = adapter.probe
        ? await adapter
            .probe(channel.config, ioOf(deps, channel, adapter), hook)
            .catch((error) => [{ name: 'credentials', ok: false, message: reasonOf(error), remedy: undefined }])
        : [];
      const failed = findings.filter((finding) => !finding.ok);
      const nothing = `${adapter.title} has nothing outside to ask; the channel is ${channel.status}.`;
      return {
        success: adapter.probe ? failed.length === 0 : channel.status === 'active',
        message: failed[0]?.message ?? (findings.length > 0 ? 'Everything is in order.' : nothing),
        channelId: channel.id,
        tests: findings.map(({ name, ok, message, remedy }) => ({
          name,
          status: ok ? 'passed' : 'failed',
          message,
          details: remedy ? { remedy } : undefined,
        })),
        testedAt: new Date().toISOString(),
      };
    },
  );

  const presentWebhook = (channel: { type: string; id: string; config: Record<string, unknown> }) => ({
    url: webhookUrlOf(deps.publicUrl(), channel),
    verifyToken: typeof channel.config.verifyToken === 'string' ? channel.config.verifyToken : undefined,
  });
  routes.read(
    {
      url: '/channels/:id/webhook',
      permission: 'channels:write',
      tag,
      summary: 'Where the provider has to call us',
      description: 'Shows the verify token, so it needs the permission to change channels.',
      params: IdParams,
      answers: { 200: Webhook },
    },
    async (db, asked) => presentWebhook(await find(db, asked)),
  );
  routes.write(
    'POST',
    {
      url: '/channels/:id/webhook/regenerate',
      permission: 'channels:write',
      tag,
      summary: 'Make the webhook’s secrets anew',
      description:
        'The secrets we made ourselves; where the provider keeps them, it is told. Elsewhere, type the new verify token there.',
      params: IdParams,
      answers: { 200: Webhook },
    },
    async (tx, asked) => {
      const channel = await lockChannel(tx, deps, asked);
      const adapter = needAdapter(deps.adapters, channel.type);
      const config = regenerate(adapter, channel.config);
      const status = channel.status === 'inactive' ? 'inactive' : 'connecting';
      await updateChannel(tx, deps.seal, { ...channel, config, status, error: null });
      await tellChannel(tx, channel, 'channel.updated', status);
      return {
        status: 200,
        body: presentWebhook({ ...channel, config }),
        secret: true,
        afterCommit: () => {
          void deps.registry.refresh(channel.id).catch(() => {});
          if (status === 'connecting') void connectChannel(deps, asked.request.log, channel.workspaceId, channel.id);
        },
      };
    },
  );

  routes.read(
    {
      url: '/channels/:id/stats',
      permission: 'channels:read',
      tag,
      summary: 'Counts of a channel',
      params: IdParams,
      query: Type.Object({ period: Type.Optional(Type.Enum(PERIOD_NAMES, { description: 'day by default.' })) }),
      answers: {
        200: Type.Object(
          {
            messagesReceived: Type.Integer(),
            messagesSent: Type.Integer(),
            conversationsCreated: Type.Integer(),
            avgResponseTime: Nullable(Type.Number({ description: 'Seconds; null when nothing was answered.' })),
          },
          { title: 'ChannelStats' },
        ),
      },
    },
    async (db, asked) => {
      const channel = await find(db, asked);
      const since = new Date(Date.now() - PERIODS[asked.query.period ?? 'day'] * 3_600_000);
      return channelStats(db, channel.workspaceId, channel.id, since);
    },
  );

  routes.read(
    {
      url: '/channels/:id/drops',
      permission: 'channels:read',
      tag,
      summary: 'What was turned away at the door',
      description:
        'Requests and events that were not for this channel or not from its provider, counted by day; nothing of them is stored.',
      params: IdParams,
      answers: {
        200: Type.Object({
          data: Type.Array(
            Type.Object({ reason: Type.String(), day: Type.String(), count: Type.Integer(), lastAt: Time }),
          ),
        }),
      },
    },
    async (db, asked) => {
      const channel = await find(db, asked);
      const drops = await listDrops(db, channel.workspaceId, channel.id);
      return { data: drops.map((drop) => ({ ...drop, lastAt: drop.lastAt.toISOString() })) };
    },
  );
}
