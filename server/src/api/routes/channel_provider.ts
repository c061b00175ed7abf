import type { Io } from '@tributary/channels';
import { SendError } from '@tributary/protocol';
import Type from 'typebox';
import { Value } from 'typebox/value';
import { ApiError, invalid } from '../../errors.ts';
import { type ChannelRecord, readChannel } from '../../store/channels.ts';
import type { Tx } from '../../store/db.ts';
import type { Auth } from '../auth.ts';
import { ioOf, reasonOf } from '../connect.ts';
import type { Adapter } from '../deps.ts';
import { redact, secretsOf } from '../redact.ts';
import { IdParams, needFound, needId, type Routes } from '../route.ts';
import { Json } from '../wire/common.ts';
import { needAdapter } from './channel_config.ts';

const tag = 'Channels';
const TEMPLATE_STATUSES = ['approved', 'pending', 'rejected', 'paused', 'disabled'] as const;
const Template = Type.Object(
  {
    id: Type.Optional(Type.String()),
    name: Type.String(),
    language: Type.String(),
    category: Type.Optional(Type.String()),
    status: Type.Enum(TEMPLATE_STATUSES),
    reason: Type.Optional(Type.String({ description: 'Why it was rejected, in the provider’s words.' })),
    components: Type.Array(Type.Unknown(), { description: 'As the provider spells them.' }),
  },
  { title: 'Template' },
);
const Draft = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 512 }),
  language: Type.String({ minLength: 2, maxLength: 20 }),
  category: Type.Optional(Type.String({ maxLength: 60 })),
  components: Type.Array(Type.Unknown(), { maxItems: 50 }),
});

interface Whose {
  auth: Auth;
  params: { id: string };
}

/** What the provider keeps for a channel, asked of it each time: templates, settings, what a person’s device can show, links that open the chat. */
export function channelProviderRoutes(routes: Routes): void {
  const { deps } = routes;

  async function find(tx: Tx, { auth, params }: Whose): Promise<{ channel: ChannelRecord; adapter: Adapter; io: Io }> {
    const id = needId('channel', params.id);
    const channel = needFound('channel', await readChannel(tx, deps.seal, auth.workspaceId, id));
    const adapter = needAdapter(deps.adapters, channel.type);
    return { channel, adapter, io: ioOf(deps, channel, adapter) };
  }
  /** What `ask` answers, without the channel’s secrets. */
  async function asking<T>(channel: ChannelRecord, adapter: Adapter, ask: Promise<T>): Promise<T> {
    try {
      return redact(await ask, secretsOf(channel.config, adapter));
    } catch (error) {
      throw refusalOf(error);
    }
  }

  routes.read(
    {
      url: '/channels/:id/templates',
      permission: 'channels:read',
      tag,
      summary: 'List a channel’s templates',
      description: 'As the provider has them now, with their approval.',
      params: IdParams,
      answers: { 200: Type.Object({ data: Type.Array(Template) }) },
    },
    async (db, asked) => {
      const { channel, adapter, io } = await find(db, asked);
      const templates = need(adapter, 'templates');
      return { data: await asking(channel, adapter, templates.list(channel.config, io)) };
    },
  );

  routes.write(
    'POST',
    {
      url: '/channels/:id/templates',
      permission: 'channels:write',
      tag,
      summary: 'Hand in a template',
      description:
        'Mostly answered as `pending`; the provider’s decision follows as the event `channel.template_status`.',
      params: IdParams,
      body: Draft,
      answers: { 201: Template },
    },
    async (tx, asked) => {
      const { channel, adapter, io } = await find(tx, asked);
      const templates = need(adapter, 'templates');
      return { status: 201, body: await asking(channel, adapter, templates.create(asked.body, channel.config, io)) };
    },
  );

  routes.write(
    'DELETE',
    {
      url: '/channels/:id/templates/:name',
      permission: 'channels:write',
      tag,
      summary: 'Delete a template',
      params: Type.Object({ id: Type.String(), name: Type.String() }),
      query: Type.Object({ language: Type.Optional(Type.String({ description: 'Only this one; all when absent.' })) }),
      answers: { 204: null },
    },
    async (tx, asked) => {
      const { channel, adapter, io } = await find(tx, asked);
      const named = { name: asked.params.name, language: asked.query.language };
      await asking(channel, adapter, need(adapter, 'templates').remove(named, channel.config, io));
      return { status: 204 };
    },
  );

  routes.read(
    {
      url: '/channels/:id/settings',
      permission: 'channels:read',
      tag,
      summary: 'Read what the provider keeps for a channel',
      description: 'Menus, greetings, ice breakers, commands: the members that the type’s `settingsSchema` names.',
      params: IdParams,
      answers: { 200: Json },
    },
    async (db, asked) => {
      const { channel, adapter, io } = await find(db, asked);
      return asking(channel, adapter, need(adapter, 'settings').read(channel.config, io));
    },
  );

  routes.change(
    {
      url: '/channels/:id/settings',
      permission: 'channels:write',
      tag,
      summary: 'Change what the provider keeps for a channel',
      description: 'Members that are given are written, `null` takes one away; answers all of them afterwards.',
      params: IdParams,
      body: Json,
      answers: { 200: Json },
    },
    async (tx, asked) => {
      const { channel, adapter, io } = await find(tx, asked);
      const settings = need(adapter, 'settings');
      const given = asked.body as Record<string, unknown>;
      checkSettings(settings.schema.properties as Record<string, Type.TSchema>, given);
      const written = settings.write(given, channel.config, io).then(() => settings.read(channel.config, io));
      return { status: 200, body: await asking(channel, adapter, written) };
    },
  );

  routes.read(
    {
      url: '/channels/:id/check',
      permission: 'channels:read',
      tag,
      summary: 'Ask what a person’s device can show',
      description: 'Of channels where devices differ (RCS).',
      params: IdParams,
      query: Type.Object({ to: Type.Optional(Type.String({ description: 'An address on the channel. Required.' })) }),
      answers: {
        200: Type.Object({
          to: Type.String(),
          reachable: Type.Boolean(),
          features: Type.Array(Type.String(), { description: 'In the provider’s words.' }),
          phoneNumber: Type.Optional(Type.String()),
          rcsEnabled: Type.Optional(Type.Boolean({ description: 'The same as `reachable`, for older programs.' })),
        }),
      },
    },
    async (db, asked) => {
      const { channel, adapter, io } = await find(db, asked);
      if (!asked.query.to) throw invalid({ field: 'to', message: 'is required' });
      const address = adapter.address(asked.query.to, channel.config);
      if (!address) throw new ApiError('INVALID_RECIPIENT');
      const reach = await asking(channel, adapter, need(adapter, 'check')(address, channel.config, io));
      const phone = address.kind === 'phone' ? { phoneNumber: address.value, rcsEnabled: reach.reachable } : {};
      return { to: address.value, ...reach, ...phone };
    },
  );

  routes.read(
    {
      url: '/channels/:id/link',
      permission: 'channels:read',
      tag,
      summary: 'A link that opens the chat',
      description: 'For a web page, a mail or a QR picture; `code` comes back with the person’s first word.',
      params: IdParams,
      query: Type.Object({
        code: Type.Optional(Type.String({ pattern: '^[\\w-]{1,64}$', description: 'Letters, digits, _ and -.' })),
      }),
      answers: { 200: Type.Object({ url: Type.String() }) },
    },
    async (db, asked) => {
      const { channel, adapter } = await find(db, asked);
      const deepLink = need(adapter, 'deepLink');
      try {
        return deepLink(asked.query.code ?? 'start', channel.config);
      } catch (error) {
        throw new ApiError('NOT_SUPPORTED_BY_CHANNEL', (error as Error).message, undefined, { cause: error });
      }
    },
  );
}

const NAMES = { templates: 'templates', settings: 'settings', check: 'check of devices', deepLink: 'links' } as const;

function need<K extends keyof typeof NAMES>(adapter: Adapter, ability: K): NonNullable<Adapter[K]> {
  const found = adapter[ability];
  if (!found) throw new ApiError('NOT_SUPPORTED_BY_CHANNEL', `${adapter.title} has no ${NAMES[ability]}.`);
  return found;
}

/** Every fault at once, with its path; `null` is for taking away. */
function checkSettings(properties: Record<string, Type.TSchema>, given: Record<string, unknown>): void {
  const faults = Object.entries(given).flatMap(([name, value]) => {
    const schema = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (!schema) return [{ field: name, message: `is not among ${Object.keys(properties).join(', ')}` }];
    if (value === null) return [];
    return [...Value.Errors(schema, value)].map((error) => ({
      field: [name, ...error.instancePath.split('/').filter(Boolean)].join('.'),
      message: error.message,
    }));
  });
  if (faults.length > 0) throw invalid(...faults);
}

/** What the provider said: our credentials, its refusal, or silence. */
function refusalOf(error: unknown): unknown {
  if (!(error instanceof SendError)) return error;
  const code = error.retry || error.code === 'bad_credentials' ? 'CHANNEL_ERROR' : 'PROVIDER_REFUSED';
  return new ApiError(code, reasonOf(error), undefined, { cause: error });
}
