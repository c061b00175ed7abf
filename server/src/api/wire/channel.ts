import type { Capabilities, Level } from '@tributary/protocol';
import Type, { type Static } from 'typebox';
import type { ChannelRecord } from '../../store/channels.ts';
import type { Adapter } from '../deps.ts';
import { ChannelTypeName, given, Id, Json, Nullable, Time, time } from './common.ts';

/** What a secret reads as. Sent back, it means "as it was". */
export const MASK = '********';

export const ChannelStatus = Type.Enum(['active', 'inactive', 'connecting', 'error'] as const);

export const Channel = Type.Object(
  {
    id: Id('ch_0192f1c2a3b47c5d8e9f0a1b2c3d4e5f'),
    tenantId: Type.String(),
    name: Type.String(),
    type: ChannelTypeName,
    status: ChannelStatus,
    error: Type.Optional(Type.String({ description: 'Why the status is `error`, and what to do.' })),
    account: Type.String({ description: 'The provider’s own name for the account: a bot id, a phone number id.' }),
    config: Type.Record(Type.String(), Type.Unknown(), { description: `Secrets read \`${MASK}\`.` }),
    webhookUrl: Type.String({ description: 'Where the provider has to call us.' }),
    metadata: Json,
    defaultBotId: Nullable(Type.String()),
    defaultBot: Nullable(Type.Object({ id: Type.String(), name: Type.String() })),
    defaultInboxId: Nullable(Type.String()),
    health: Type.Object({
      status: Type.Enum(['healthy', 'unhealthy', 'unknown'] as const),
      lastMessageReceived: Type.Optional(Time),
      lastMessageSent: Type.Optional(Time),
    }),
    createdAt: Time,
    updatedAt: Time,
  },
  { title: 'Channel' },
);

/** Where a provider has to call us for a channel. */
export const webhookUrlOf = (publicUrl: string, channel: { type: string; id: string }): string =>
  `${publicUrl}/webhooks/${channel.type}/${channel.id}`;

export function presentChannel(
  channel: ChannelRecord,
  adapter: Adapter | undefined,
  publicUrl: string,
): Static<typeof Channel> {
  return {
    id: channel.id,
    tenantId: channel.workspaceId,
    name: channel.name,
    type: channel.type,
    status: channel.status,
    error: given(channel.error),
    account: channel.account,
    config: maskSecrets(channel.config, adapter),
    webhookUrl: webhookUrlOf(publicUrl, channel),
    metadata: channel.metadata,
    defaultBotId: channel.defaultBotId,
    defaultBot: channel.defaultBotId && { id: channel.defaultBotId, name: channel.defaultBotName ?? '' },
    defaultInboxId: channel.defaultInboxId,
    health: {
      status:
        channel.status === 'error' || (channel.status === 'active' && channel.error)
          ? 'unhealthy'
          : channel.status === 'active'
            ? 'healthy'
            : 'unknown',
      lastMessageReceived: time(channel.lastInboundAt),
      lastMessageSent: time(channel.lastOutboundAt),
    },
    createdAt: channel.createdAt.toISOString(),
    updatedAt: channel.updatedAt.toISOString(),
  };
}

/** Without an adapter nothing is known to be harmless, so everything is masked. */
export function maskSecrets(config: Record<string, unknown>, adapter: Adapter | undefined): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      key,
      adapter && !adapter.secrets.includes(key) ? value : value === undefined || value === '' ? value : MASK,
    ]),
  );
}

export const ChannelCapabilities = Type.Object(
  {
    supportedContentTypes: Type.Array(Type.String()),
    supportsMedia: Type.Boolean(),
    supportsButtons: Type.Boolean(),
    supportsLists: Type.Boolean(),
    supportsTemplates: Type.Boolean(),
    supportsLocation: Type.Boolean(),
    maxMessageLength: Nullable(Type.Integer()),
    maxMediaSize: Nullable(Type.Integer({ description: 'Bytes.' })),
    capabilities: Type.Record(Type.String(), Type.Unknown(), {
      description: 'Everything declared, with a level for each direction and the limits.',
    }),
  },
  { title: 'ChannelCapabilities' },
);

const CONTENT_FEATURES = [
  'text',
  'image',
  'video',
  'audio',
  'document',
  'location',
  'contact',
  'sticker',
  'template',
  'card',
  'carousel',
  'list',
  'reaction',
  'email',
] as const;
const able = (level: Level | undefined): boolean => level === 'full' || level === 'partial';

/** The SDK's summary of what the adapter declares. `supports…` means natively; what is said in another form is in `capabilities`. */
export function presentCapabilities(capabilities: Capabilities): Static<typeof ChannelCapabilities> {
  const files = [capabilities.image, capabilities.video, capabilities.audio, capabilities.document].filter((file) =>
    able(file.out),
  );
  const sizes = files.flatMap((file) => file.maxBytes ?? []);
  return {
    supportedContentTypes: CONTENT_FEATURES.filter((feature) => able(capabilities[feature]?.out)),
    supportsMedia: files.length > 0,
    supportsButtons: able(capabilities.buttons.out),
    supportsLists: able(capabilities.list.out),
    supportsTemplates: able(capabilities.template.out),
    supportsLocation: able(capabilities.location.out),
    maxMessageLength: capabilities.text.max,
    maxMediaSize: sizes.length > 0 ? Math.max(...sizes) : null,
    capabilities: { ...capabilities },
  };
}

const LEVELS = ['full', 'partial', 'fallback', 'dropped', 'rejected'] as const;
/** The rows of the channels' matrix, named as the documents of older programs name them. */
const MATRIX_ROWS = {
  text: 'text',
  image: 'image',
  document: 'document',
  audio: 'audio',
  video: 'video',
  buttons: 'buttons',
  quickReplies: 'quickReplies',
  lists: 'list',
  cards: 'card',
  carousels: 'carousel',
  location: 'location',
  contacts: 'contact',
  stickers: 'sticker',
  templates: 'template',
  reactions: 'reaction',
  replies: 'reply',
  edits: 'edit',
  removals: 'remove',
  deliveryReceipts: 'deliveryReceipt',
  readReceipts: 'readReceipt',
  typingIndicators: 'typing',
} as const;

const ABILITIES = ['templates', 'settings', 'check', 'deepLink', 'call'] as const;

export const ChannelTypeInfo = Type.Object(
  {
    type: ChannelTypeName,
    title: Type.String(),
    configSchema: Type.Record(Type.String(), Type.Unknown(), {
      description: 'JSON Schema of `config`; titles and descriptions say where to find each value.',
    }),
    secrets: Type.Array(Type.String()),
    settingsSchema: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description: 'JSON Schema of what the provider keeps for a channel: menus, greetings, commands.',
      }),
    ),
    abilities: Type.Array(Type.Enum(ABILITIES), { description: 'What can be asked of its channels beside sending.' }),
    features: Type.Record(
      Type.String(),
      Type.Object({
        out: Type.Optional(Type.Enum(LEVELS)),
        in: Type.Optional(Type.Enum(LEVELS)),
        note: Type.Optional(Type.String()),
      }),
      { description: 'A row of the matrix: how far each feature goes, from us to the person and back.' },
    ),
    capabilities: Json,
    providers: Type.Optional(
      Type.Record(Type.String(), Json, {
        description: 'The capabilities of each provider of the type, where they differ.',
      }),
    ),
  },
  { title: 'ChannelType' },
);

export function presentChannelType(adapter: Adapter): Static<typeof ChannelTypeInfo> {
  const capabilities: Capabilities = adapter.capabilities({});
  return {
    type: adapter.type,
    title: adapter.title,
    configSchema: JSON.parse(JSON.stringify(adapter.config)),
    secrets: [...adapter.secrets],
    settingsSchema: adapter.settings && JSON.parse(JSON.stringify(adapter.settings.schema)),
    abilities: ABILITIES.filter((ability) => adapter[ability] !== undefined),
    features: Object.fromEntries(
      Object.entries(MATRIX_ROWS).map(([row, feature]) => {
        const { out, in: inward, note } = capabilities[feature];
        return [row, { out, in: inward, note }];
      }),
    ),
    capabilities: { ...capabilities },
    providers: providersOf(adapter),
  };
}

/** What each provider of a type can do, for types whose config names one. */
function providersOf(adapter: Adapter): Record<string, Record<string, unknown>> | undefined {
  const names = adapter.providers ?? [];
  if (names.length < 2) return undefined;
  return Object.fromEntries(names.map((provider) => [provider, { ...adapter.capabilities({ provider }) }]));
}
