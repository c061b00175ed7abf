import Type from 'typebox';
import { ApiError } from '../../errors.ts';
import { listBots } from '../../store/bots.ts';
import { listChannels } from '../../store/channels.ts';
import { readWorkspace } from '../../store/workspaces.ts';
import type { Routes } from '../route.ts';
import { ChannelStatus } from '../wire/channel.ts';
import { ChannelTypeName } from '../wire/common.ts';

const ALL = { limit: 200, offset: 0 };

/** What the Lab's page starts with. */
export function labRoutes(routes: Routes): void {
  const { deps } = routes;
  routes.read(
    {
      url: '/lab',
      permission: null,
      tag: 'Lab',
      summary: 'The Lab’s workspace, channels and bots',
      description: '404 when the Lab is off, and for every workspace but its own.',
      answers: {
        200: Type.Object(
          {
            workspace: Type.Object({ id: Type.String(), name: Type.String() }),
            channels: Type.Array(
              Type.Object({
                id: Type.String(),
                type: ChannelTypeName,
                name: Type.String(),
                account: Type.String(),
                status: ChannelStatus,
              }),
            ),
            bots: Type.Array(Type.Object({ id: Type.String(), name: Type.String(), kind: Type.String() })),
            simulator: Type.String({ description: 'Where the doubles’ own interface is served to this page.' }),
          },
          { title: 'Lab' },
        ),
      },
    },
    async (db, { auth }) => {
      if (deps.lab?.workspaceId !== auth.workspaceId) throw new ApiError('RESOURCE_NOT_FOUND', 'The Lab is off.');
      const workspace = await readWorkspace(db, auth.workspaceId);
      const channels = await listChannels(db, deps.seal, auth.workspaceId, {}, ALL);
      const bots = await listBots(db, deps.seal, auth.workspaceId, {}, ALL);
      return {
        workspace: { id: auth.workspaceId, name: workspace?.name ?? '' },
        channels: channels.rows
          .toReversed()
          .map(({ id, type, name, account, status }) => ({ id, type, name, account, status })),
        bots: bots.rows.toReversed().map(({ id, name, kind }) => ({ id, name, kind })),
        simulator: '/lab/sim',
      };
    },
  );
}
