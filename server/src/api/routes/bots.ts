import { randomBytes } from 'node:crypto';
import type { BotId, WorkspaceId } from '@tributary/protocol';
import { parseId } from '@tributary/protocol';
import Type from 'typebox';
import { ApiError, invalid } from '../../errors.ts';
import {
  BOT_KINDS,
  BOT_STATUSES,
  type BotKind,
  deleteBot,
  insertBot,
  listBots,
  readBot,
  updateBot,
} from '../../store/bots.ts';
import type { Tx } from '../../store/db.ts';
import { emptyPage, PageQuery, pageOf, presentPage, readPage } from '../paging.ts';
import { IdParams, needFound, needId, type Routes } from '../route.ts';
import { tell } from '../tell.ts';
import { Bot, presentBot } from '../wire/bot.ts';
import { MASK } from '../wire/channel.ts';
import { Json } from '../wire/common.ts';
import { refuseIfRouted } from './routing.ts';

const tag = 'Bots';
const Name = Type.String({ minLength: 1, maxLength: 200 });
const Status = Type.Enum(BOT_STATUSES);
const Config = Type.Object(
  {
    url: Type.Optional(Type.String({ description: 'Where a webhook bot is called.' })),
    secret: Type.Optional(Type.String({ description: '`whsec_` and base64; made by us when absent, and shown once.' })),
    timeoutMs: Type.Optional(Type.Integer({ minimum: 100, maximum: 30_000 })),
  },
  { description: 'For a webhook bot; the built-in bots take nothing.' },
);

/** Bots: programs that answer, built in (echo, menu) or behind a webhook. */
export function botRoutes(routes: Routes): void {
  const { deps } = routes;

  routes.read(
    {
      url: '/bots',
      permission: 'bots:read',
      tag,
      summary: 'List bots',
      query: Type.Object({
        ...PageQuery,
        status: Type.Optional(Type.Array(Status)),
        kind: Type.Optional(Type.Array(Type.Enum(BOT_KINDS))),
        channelId: Type.Optional(Type.String()),
        search: Type.Optional(Type.String()),
      }),
      answers: { 200: pageOf(Bot) },
    },
    async (db, { auth, query }) => {
      const ask = readPage(query);
      const channelId = query.channelId === undefined ? undefined : (parseId('channel', query.channelId) ?? null);
      if (channelId === null) return emptyPage(ask);
      const page = await listBots(db, deps.seal, auth.workspaceId, { ...query, channelId }, ask);
      return presentPage(page, ask, (bot) => presentBot(bot));
    },
  );

  routes.write(
    'POST',
    {
      url: '/bots',
      permission: 'bots:write',
      tag,
      summary: 'Create a bot',
      description:
        '`echo` and `menu` are built in. A `webhook` bot is called with every message routed to it, signed by Standard Webhooks, and answers in the response or by the API.',
      body: Type.Object({
        name: Name,
        kind: Type.Enum(BOT_KINDS),
        status: Type.Optional(Status),
        config: Type.Optional(Config),
      }),
      answers: { 201: Bot },
    },
    async (tx, { auth, body }) => {
      const config = readBotConfig(body.kind, {}, body.config ?? {});
      const bot = {
        workspaceId: auth.workspaceId,
        name: body.name,
        kind: body.kind,
        status: body.status ?? 'active',
        config,
      };
      const id = await insertBot(tx, deps.seal, bot);
      if (!id) throw new ApiError('RESOURCE_ALREADY_EXISTS', `There is a bot called “${body.name}” already.`);
      await tellBot(tx, auth.workspaceId, id, 'bot.created');
      const made = needFound('bot', await readBot(tx, deps.seal, auth.workspaceId, id));
      return { status: 201, body: presentBot(made, body.config?.secret === undefined), secret: true };
    },
  );

  routes.read(
    { url: '/bots/:id', permission: 'bots:read', tag, summary: 'Read a bot', params: IdParams, answers: { 200: Bot } },
    async (db, { auth, params }) =>
      presentBot(needFound('bot', await readBot(db, deps.seal, auth.workspaceId, needId('bot', params.id)))),
  );

  routes.change(
    {
      url: '/bots/:id',
      permission: 'bots:write',
      tag,
      summary: 'Change a bot',
      description: 'Only what is sent changes, within `config` too. Its kind stays.',
      params: IdParams,
      body: Type.Object({
        name: Type.Optional(Name),
        status: Type.Optional(Status),
        config: Type.Optional(Config),
        metadata: Type.Optional(Json),
      }),
      answers: { 200: Bot },
    },
    async (tx, { auth, params, body }) => {
      const { workspaceId } = auth;
      const bot = needFound('bot', await readBot(tx, deps.seal, workspaceId, needId('bot', params.id), true));
      const name = body.name ?? bot.name;
      if (name !== bot.name) await refuseIfRouted(tx, workspaceId, bot.name);
      const config = body.config ? readBotConfig(bot.kind, bot.config, body.config) : bot.config;
      if (!(await updateBot(tx, deps.seal, { ...bot, name, status: body.status ?? bot.status, config }))) {
        throw new ApiError('RESOURCE_ALREADY_EXISTS', `There is a bot called “${name}” already.`);
      }
      await tellBot(tx, workspaceId, bot.id, 'bot.updated');
      return { status: 200, body: presentBot(needFound('bot', await readBot(tx, deps.seal, workspaceId, bot.id))) };
    },
  );

  for (const [verb, status] of [
    ['activate', 'active'],
    ['deactivate', 'inactive'],
  ] as const) {
    routes.write(
      'POST',
      {
        url: `/bots/:id/${verb}`,
        permission: 'bots:write',
        tag,
        summary: verb === 'activate' ? 'Let a bot answer' : 'Silence a bot',
        params: IdParams,
        answers: { 200: Bot },
      },
      async (tx, { auth, params }) => {
        const { workspaceId } = auth;
        const bot = needFound('bot', await readBot(tx, deps.seal, workspaceId, needId('bot', params.id), true));
        await updateBot(tx, deps.seal, { ...bot, status });
        await tellBot(tx, workspaceId, bot.id, `bot.${verb}d`);
        return { status: 200, body: presentBot(needFound('bot', await readBot(tx, deps.seal, workspaceId, bot.id))) };
      },
    );
  }

  routes.write(
    'DELETE',
    {
      url: '/bots/:id',
      permission: 'bots:write',
      tag,
      summary: 'Delete a bot',
      description: 'Channels assigned to it have no bot from then on. Refused while a routing rule names it.',
      params: IdParams,
      answers: { 204: null },
    },
    async (tx, { auth, params }) => {
      const bot = needFound('bot', await readBot(tx, deps.seal, auth.workspaceId, needId('bot', params.id), true));
      await refuseIfRouted(tx, auth.workspaceId, bot.name);
      const freed = await deleteBot(tx, auth.workspaceId, bot.id);
      await tellBot(tx, auth.workspaceId, bot.id, 'bot.deleted');
      return {
        status: 204,
        afterCommit: () => {
          for (const id of freed) void deps.registry.refresh(id).catch(() => {});
        },
      };
    },
  );
}

function readBotConfig(
  kind: BotKind,
  stored: Record<string, unknown>,
  asked: Record<string, unknown>,
): Record<string, unknown> {
  if (kind !== 'webhook') {
    const [first] = Object.keys(asked);
    if (first) throw invalid({ field: `config.${first}`, message: `a ${kind} bot takes no settings` });
    return {};
  }
  const { secret, ...rest } = asked;
  const config: Record<string, unknown> = { ...stored, ...rest };
  if (secret !== undefined && secret !== MASK) config.secret = secret;
  config.secret ??= `whsec_${randomBytes(24).toString('base64')}`;
  if (typeof config.url !== 'string') throw invalid({ field: 'config.url', message: 'is required' });
  if (!URL.canParse(config.url) || !/^https?:$/.test(new URL(config.url).protocol)) {
    throw invalid({ field: 'config.url', message: 'must be an http or https URL' });
  }
  if (!/^whsec_[A-Za-z0-9+/]{22,}={0,2}$/.test(String(config.secret))) {
    throw invalid({ field: 'config.secret', message: 'must be whsec_ and at least 16 bytes in base64' });
  }
  return config;
}

const tellBot = (tx: Tx, workspaceId: WorkspaceId, id: BotId, type: string): Promise<void> =>
  tell(tx, workspaceId, { type, subject: id, data: { botId: id } });
