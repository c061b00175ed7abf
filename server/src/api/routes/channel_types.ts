import { CHANNEL_TYPES } from '@tributary/protocol';
import Type from 'typebox';
import { ApiError } from '../../errors.ts';
import type { Adapter } from '../deps.ts';
import type { Routes } from '../route.ts';
import { ChannelTypeInfo, presentChannelType } from '../wire/channel.ts';

const tag = 'Channels';

/** What kinds of channel there are, what each can carry, and what its form asks for: all from the adapters. */
export function channelTypeRoutes(routes: Routes): void {
  const adapters = CHANNEL_TYPES.map((type) => routes.deps.adapters[type]).filter(
    (one): one is Adapter => one !== undefined,
  );

  routes.read(
    {
      url: '/channel-types',
      permission: 'channels:read',
      tag,
      summary: 'List channel types',
      description: 'Each with the schema of its config and its row of the capability matrix.',
      answers: { 200: Type.Object({ data: Type.Array(ChannelTypeInfo) }) },
    },
    async () => ({ data: adapters.map(presentChannelType) }),
  );

  routes.read(
    {
      url: '/channel-types/:type',
      permission: 'channels:read',
      tag,
      summary: 'Read a channel type',
      params: Type.Object({ type: Type.String() }),
      answers: { 200: ChannelTypeInfo },
    },
    async (_db, { params }) => {
      const adapter = adapters.find((one) => one.type === params.type);
      if (!adapter) throw new ApiError('RESOURCE_NOT_FOUND', 'There is no such channel type.');
      return presentChannelType(adapter);
    },
  );
}
