import { type ChannelType, newId } from '@tributary/protocol';
import Type from 'typebox';
import { ApiError } from '../../errors.ts';
import {
  accountTaken,
  type ChannelRecord,
  countOpenConversations,
  deleteChannel,
  insertChannel,
  listChannels,
  readChannel,
  updateChannel,
} from '../../store/channels.ts';
import type { Tx } from '../../store/db.ts';
import { connectChannel, ioOf, tellChannel } from '../connect.ts';
import type { ApiDeps } from '../deps.ts';
import { PageQuery, pageOf, presentPage, readPage } from '../paging.ts';
import { IdParams, needFound, needId, type Routes } from '../route.ts';
import { Channel, ChannelStatus, presentChannel } from '../wire/channel.ts';
import { Json, Nullable } from '../wire/common.ts';
import { changeConfig, needAdapter, readAssignment, readConfig } from './channel_config.ts';

const tag = 'Channels';
const Name = Type.String({ minLength: 1, maxLength: 200 });
const assignment = {
  defaultBotId: Type.Optional(Nullable(Type.String())),
  botId: Type.Optional(Nullable(Type.String({ description: 'The same as `defaultBotId`.' }))),
  defaultInboxId: Type.Optional(Nullable(Type.String())),
};

/** A channel's row, locked for the change that follows, or 404. */
export async function lockChannel(
  tx: Tx,
  deps: ApiDeps,
  asked: { auth: { workspaceId: ChannelRecord['workspaceId'] }; params: { id: string } },
): Promise<ChannelRecord> {
  const id = needId('channel', asked.params.id);
  return needFound('channel', await readChannel(tx, deps.seal, asked.auth.workspaceId, id, true));
}

/** The channel as it is at the end of a write. */
export async function presentAfter(tx: Tx, deps: ApiDeps, { workspaceId, id }: ChannelRecord) {
  const channel = needFound('channel', await readChannel(tx, deps.seal, workspaceId, id));
  return presentChannel(channel, deps.adapters[channel.type], deps.publicUrl());
}

/** Channels: list, create, read, change, delete. */
export function channelRoutes(routes: Routes): void {
  const { deps } = routes;
  const present = (channel: ChannelRecord) => presentChannel(channel, deps.adapters[channel.type], deps.publicUrl());

  routes.read(
    {
      url: '/channels',
      permission: 'channels:read',
      tag,
      summary: 'List channels',
      query: Type.Object({
        ...PageQuery,
        type: Type.Optional(Type.Array(Type.String())),
        status: Type.Optional(Type.Array(ChannelStatus)),
        search: Type.Optional(Type.String()),
      }),
      answers: { 200: pageOf(Channel) },
    },
    async (db, { auth, query }) => {
      const ask = readPage(query);
      return presentPage(await listChannels(db, deps.seal, auth.workspaceId, query, ask), ask, present);
    },
  );

  routes.write(
    'POST',
    {
      url: '/channels',
      permission: 'channels:write',
      tag,
      summary: 'Connect an account',
      description:
        'Answers at once with status `connecting`; the provider is asked in the background, and the status becomes `active` or `error`. What `config` takes is in `GET /channel-types`.',
      body: Type.Object({
        name: Name,
        type: Type.String(),
        config: Type.Optional(Json),
        metadata: Type.Optional(Json),
        ...assignment,
      }),
      answers: { 201: Channel },
    },
    async (tx, { auth, body, request }) => {
      const { workspaceId } = auth;
      const adapter = needAdapter(deps.adapters, body.type);
      const config = readConfig(adapter, body.config ?? {});
      const account = adapter.account(config);
      const assigned = await readAssignment(tx, deps.seal, workspaceId, body);
      const type = body.type as ChannelType;
      if (await accountTaken(tx, workspaceId, type, account)) throw new ApiError('CHANNEL_ALREADY_EXISTS');
      const id = newId('channel');
      await insertChannel(tx, deps.seal, {
        workspaceId,
        id,
        type,
        name: body.name,
        account,
        config,
        metadata: body.metadata ?? {},
        defaultBotId: assigned?.defaultBotId ?? null,
        defaultInboxId: assigned?.defaultInboxId ?? null,
      });
      await tellChannel(tx, { workspaceId, id, type }, 'channel.created', 'connecting');
      const channel = needFound('channel', await readChannel(tx, deps.seal, workspaceId, id));
      return {
        status: 201,
        body: present(channel),
        afterCommit: () => void connectChannel(deps, request.log, workspaceId, id),
      };
    },
  );

  routes.read(
    {
      url: '/channels/:id',
      permission: 'channels:read',
      tag,
      summary: 'Read a channel',
      params: IdParams,
      answers: { 200: Channel },
    },
    async (db, { auth, params }) => {
      const id = needId('channel', params.id);
      return present(needFound('channel', await readChannel(db, deps.seal, auth.workspaceId, id)));
    },
  );

  routes.change(
    {
      url: '/channels/:id',
      permission: 'channels:write',
      tag,
      summary: 'Change a channel',
      description:
        'Only what is sent changes, within `config` and `metadata` too. A secret sent back as `********` stays as it is. A changed config connects again.',
      params: IdParams,
      body: Type.Object({
        name: Type.Optional(Name),
        config: Type.Optional(Json),
        metadata: Type.Optional(Json),
        ...assignment,
      }),
      answers: { 200: Channel },
    },
    async (tx, asked) => {
      const { body, request } = asked;
      const before = await lockChannel(tx, deps, asked);
      const adapter = needAdapter(deps.adapters, before.type);
      const { workspaceId, id } = before;
      const channel = { ...before, ...(await readAssignment(tx, deps.seal, workspaceId, body)) };
      channel.name = body.name ?? before.name;
      channel.metadata = { ...before.metadata, ...body.metadata };
      if (body.config) channel.config = changeConfig(adapter, before.config, body.config);
      const reconnect = JSON.stringify(channel.config) !== JSON.stringify(before.config);
      if (reconnect) {
        channel.account = adapter.account(channel.config);
        if (
          channel.account !== before.account &&
          (await accountTaken(tx, workspaceId, before.type, channel.account, id))
        ) {
          throw new ApiError('CHANNEL_ALREADY_EXISTS');
        }
        // A channel that was switched off stays so.
        if (before.status !== 'inactive') Object.assign(channel, { status: 'connecting', error: null });
      }
      await updateChannel(tx, deps.seal, channel);
      await tellChannel(tx, channel, 'channel.updated', channel.status);
      return {
        status: 200,
        body: await presentAfter(tx, deps, channel),
        afterCommit: () => {
          void deps.registry.refresh(id).catch(() => {});
          if (channel.status === 'connecting') void connectChannel(deps, request.log, workspaceId, id);
        },
      };
    },
  );

  routes.write(
    'DELETE',
    {
      url: '/channels/:id',
      permission: 'channels:write',
      tag,
      summary: 'Delete a channel',
      description:
        'Its credentials are erased; what was said on it stays. Refused while conversations are open, unless `force` is true.',
      params: IdParams,
      query: Type.Object({ force: Type.Optional(Type.Boolean()) }),
      answers: { 204: null },
    },
    async (tx, asked) => {
      const channel = await lockChannel(tx, deps, asked);
      const { workspaceId, id } = channel;
      if (!asked.query.force && (await countOpenConversations(tx, workspaceId, id)) > 0) {
        throw new ApiError('ACTIVE_CONVERSATIONS_EXIST');
      }
      await deleteChannel(tx, deps.seal, workspaceId, id);
      await tellChannel(tx, channel, 'channel.deleted', 'inactive');
      return {
        status: 204,
        afterCommit: () => {
          void deps.registry.refresh(id).catch(() => {});
          leave(deps, channel, (error) =>
            asked.request.log.warn({ err: error, channelId: id }, 'The provider was not told that a channel is gone.'),
          );
        },
      };
    },
  );
}

/** Tells the provider to stop calling us. Failing is no reason to keep a channel that nobody wants. */
export function leave(deps: ApiDeps, channel: ChannelRecord, failed: (error: unknown) => void): void {
  const adapter = deps.adapters[channel.type];
  void adapter?.disconnect?.(channel.config, ioOf(deps, channel, adapter)).catch(failed);
}
