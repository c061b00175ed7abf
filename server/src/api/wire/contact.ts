import Type, { type Static } from 'typebox';
import type { ContactRecord, IdentityRecord } from '../../store/contacts.ts';
import { ChannelTypeName, given, Id, Json, Tags, Time, time } from './common.ts';

const Identifier = Type.Object({
  id: Id('idn_0192f1c2a3b47c5d8e9f0a1b2c3d4e5f'),
  channelType: ChannelTypeName,
  channelId: Type.String(),
  identifier: Type.String({ description: 'The address on that channel.' }),
  displayName: Type.Optional(Type.String()),
  profilePicture: Type.Optional(Type.String()),
  metadata: Type.Optional(Json),
});

export const Contact = Type.Object(
  {
    id: Id('contact_0192f1c2a3b47c5d8e9f0a1b2c3d4e5f'),
    tenantId: Type.String(),
    externalId: Type.Optional(Type.String()),
    name: Type.String({
      description: 'As written, else as the person calls themselves on a channel, else their address.',
    }),
    email: Type.Optional(Type.String()),
    phone: Type.Optional(Type.String({ description: 'E.164.' })),
    avatarUrl: Type.Optional(Type.String()),
    identifiers: Type.Array(Identifier),
    customFields: Json,
    tags: Tags,
    metadata: Json,
    lastSeenAt: Type.Optional(Time),
    conversationCount: Type.Integer(),
    createdAt: Time,
    updatedAt: Time,
  },
  { title: 'Contact' },
);

export function presentContact(contact: ContactRecord): Static<typeof Contact> {
  const names = contact.identities.map((identity) => text(identity.profile.name));
  return {
    id: contact.id,
    tenantId: contact.workspaceId,
    externalId: given(contact.externalId),
    name: contact.name ?? names.find(Boolean) ?? contact.email ?? contact.phone ?? contact.identities[0]?.value ?? '',
    email: given(contact.email),
    phone: given(contact.phone),
    avatarUrl: contact.avatarUrl ?? contact.identities.map((one) => text(one.profile.picture)).find(Boolean),
    identifiers: contact.identities.map(presentIdentity),
    customFields: contact.customFields,
    tags: contact.tags,
    metadata: contact.metadata,
    lastSeenAt: time(contact.lastSeenAt),
    conversationCount: contact.conversationCount,
    createdAt: contact.createdAt.toISOString(),
    updatedAt: contact.updatedAt.toISOString(),
  };
}

function presentIdentity(identity: IdentityRecord): Static<typeof Identifier> {
  const { name, picture, ...more } = identity.profile;
  return {
    id: identity.id,
    channelType: identity.channelType,
    channelId: identity.channelId,
    identifier: identity.value,
    displayName: text(name),
    profilePicture: text(picture),
    metadata: Object.keys(more).length > 0 ? more : undefined,
  };
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
