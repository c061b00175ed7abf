import type { ContactId, WorkspaceId } from '@tributary/protocol';
import { parseId } from '@tributary/protocol';
import Type, { type Static } from 'typebox';
import { readPhone } from '../../contacts/phone.ts';
import { ApiError, invalid } from '../../errors.ts';
import { readChannel } from '../../store/channels.ts';
import { listConsents } from '../../store/consents.ts';
import {
  CONTACT_SORTS,
  type ContactFields,
  type ContactRecord,
  deleteContact,
  insertContact,
  insertIdentity,
  listContacts,
  lockContact,
  readContact,
  updateContact,
} from '../../store/contacts.ts';
import { CONVERSATION_SORTS, listConversations } from '../../store/conversations.ts';
import type { Tx } from '../../store/db.ts';
import { listMessages } from '../../store/messages.ts';
import type { ApiDeps } from '../deps.ts';
import { PageQuery, pageOf, presentPage, readPage, readSort, sortQuery } from '../paging.ts';
import { Reachability, reachabilityOf } from '../reachability.ts';
import { IdParams, needFound, needId, type Routes } from '../route.ts';
import { changeTags } from '../tags.ts';
import { tell } from '../tell.ts';
import { Json, Nullable, Tags } from '../wire/common.ts';
import { Consent, presentConsent } from '../wire/consent.ts';
import { Contact, presentContact } from '../wire/contact.ts';
import { Conversation } from '../wire/conversation.ts';
import { Message, presentMessage } from '../wire/message.ts';
import { needAdapter } from './channel_config.ts';
import { presentConversations } from './conversations.ts';

const tag = 'Contacts';
const Text = Type.String({ maxLength: 500 });
const NewIdentifier = Type.Object({
  channelId: Type.String(),
  channelType: Type.Optional(Type.String()),
  identifier: Type.String({ minLength: 1, description: 'The address, as `to` of a message.' }),
  displayName: Type.Optional(Text),
  profilePicture: Type.Optional(Text),
  metadata: Type.Optional(Json),
});
const fields = {
  name: Type.Optional(Nullable(Text)),
  email: Type.Optional(Nullable(Text)),
  phone: Type.Optional(Nullable(Type.String({ maxLength: 100, description: 'With its country code; kept as E.164.' }))),
  externalId: Type.Optional(Nullable(Text)),
  avatarUrl: Type.Optional(Nullable(Type.String({ maxLength: 2000 }))),
  customFields: Type.Optional(Json),
  tags: Type.Optional(Tags),
  metadata: Type.Optional(Json),
};
const Fields = Type.Object(fields);
const TagsBody = Type.Object({ tags: Tags });

/** Contacts: the people who talk to the workspace. */
export function contactRoutes(routes: Routes): void {
  const { deps } = routes;

  routes.read(
    {
      url: '/contacts',
      permission: 'conversations:read',
      tag,
      summary: 'List contacts',
      query: Type.Object({
        ...PageQuery,
        ...sortQuery(['name', 'createdAt', 'lastSeenAt'], 'createdAt'),
        search: Type.Optional(Type.String()),
        email: Type.Optional(Type.String()),
        phone: Type.Optional(Type.String()),
        externalId: Type.Optional(Type.String()),
        tags: Type.Optional(Type.Array(Type.String(), { description: 'All of them.' })),
        channelType: Type.Optional(Type.Array(Type.String())),
      }),
      answers: { 200: pageOf(Contact) },
    },
    async (db, { auth, query }) => {
      const { sort, order } = readSort(CONTACT_SORTS, query, 'createdAt');
      const ask = readPage(query, order);
      const phone = query.phone === undefined ? undefined : (readPhone(query.phone) ?? query.phone);
      return presentPage(
        await listContacts(db, auth.workspaceId, { ...query, phone }, sort, ask),
        ask,
        presentContact,
        order,
      );
    },
  );

  routes.write(
    'POST',
    {
      url: '/contacts',
      permission: 'conversations:write',
      tag,
      summary: 'Create a contact',
      body: Type.Object({ ...fields, identifiers: Type.Optional(Type.Array(NewIdentifier, { maxItems: 50 })) }),
      answers: { 201: Contact },
    },
    async (tx, { auth, body }) => {
      const { workspaceId } = auth;
      const id = await insertContact(tx, workspaceId, changed(BLANK, body));
      for (const [at, identifier] of (body.identifiers ?? []).entries()) {
        await addIdentifier(tx, deps, workspaceId, id, identifier, at);
      }
      return { status: 201, body: await told(tx, workspaceId, id, 'contact.created') };
    },
  );

  routes.read(
    {
      url: '/contacts/:id',
      permission: 'conversations:read',
      tag,
      summary: 'Read a contact',
      params: IdParams,
      answers: { 200: Contact },
    },
    async (db, { auth, params }) => presentContact(await find(db, auth.workspaceId, params.id)),
  );

  routes.change(
    {
      url: '/contacts/:id',
      permission: 'conversations:write',
      tag,
      summary: 'Change a contact',
      description:
        'Only what is sent changes; `null` empties. `customFields` and `metadata` are merged, `tags` are replaced.',
      params: IdParams,
      body: Fields,
      answers: { 200: Contact },
    },
    async (tx, { auth, params, body }) => {
      const contact = await lock(tx, auth.workspaceId, params.id);
      await updateContact(tx, auth.workspaceId, contact.id, changed(contact, body));
      return { status: 200, body: await told(tx, auth.workspaceId, contact.id, 'contact.updated') };
    },
  );

  routes.write(
    'DELETE',
    {
      url: '/contacts/:id',
      permission: 'conversations:write',
      tag,
      summary: 'Delete a contact',
      description:
        'Erases name, addresses, tags and fields. Conversations stay; if the person writes again, a blank contact of the same id appears.',
      params: IdParams,
      answers: { 204: null },
    },
    async (tx, { auth, params }) => {
      const contact = await lock(tx, auth.workspaceId, params.id);
      await deleteContact(tx, auth.workspaceId, contact.id);
      await tell(tx, auth.workspaceId, {
        type: 'contact.deleted',
        subject: contact.id,
        data: { contactId: contact.id },
      });
      return { status: 204 };
    },
  );

  for (const method of ['POST', 'DELETE'] as const) {
    routes.write(
      method,
      {
        url: '/contacts/:id/tags',
        permission: 'conversations:write',
        tag,
        summary: method === 'POST' ? 'Add tags' : 'Take tags away',
        params: IdParams,
        body: TagsBody,
        answers: { 200: Contact },
      },
      async (tx, { auth, params, body }) => {
        const contact = await lock(tx, auth.workspaceId, params.id);
        await updateContact(tx, auth.workspaceId, contact.id, {
          ...contact,
          tags: changeTags(method, contact.tags, body.tags),
        });
        return { status: 200, body: await told(tx, auth.workspaceId, contact.id, 'contact.updated') };
      },
    );
  }

  routes.read(
    {
      url: '/contacts/:id/conversations',
      permission: 'conversations:read',
      tag,
      summary: 'A contact’s conversations, over all channels',
      params: IdParams,
      query: Type.Object(PageQuery),
      answers: { 200: pageOf(Conversation) },
    },
    async (db, { auth, params, query }) => {
      const contact = await find(db, auth.workspaceId, params.id);
      const { sort, order } = readSort(CONVERSATION_SORTS, {}, 'lastMessageAt');
      const ask = readPage(query, order);
      const page = await listConversations(db, auth.workspaceId, { contactId: contact.id }, sort, ask);
      return presentConversations(db, auth.workspaceId, page, ask, order);
    },
  );

  routes.read(
    {
      url: '/contacts/:id/timeline',
      permission: 'messages:read',
      tag,
      summary: 'Everything said with a contact, over all channels',
      description: 'Newest first. Groups are left out.',
      params: IdParams,
      query: Type.Object(PageQuery),
      answers: { 200: pageOf(Message) },
    },
    async (db, { auth, params, query }) => {
      const contact = await find(db, auth.workspaceId, params.id);
      const ask = readPage(query);
      return presentPage(
        await listMessages(db, auth.workspaceId, { timelineOf: contact.id }, ask),
        ask,
        presentMessage,
      );
    },
  );

  routes.read(
    {
      url: '/contacts/:id/consents',
      permission: 'conversations:read',
      tag,
      summary: 'What a contact has said about hearing from us',
      description:
        'Every STOP, START, block and refusal, over all channels, with its evidence; newest first. What follows from it is in the reachability.',
      params: IdParams,
      query: Type.Object(PageQuery),
      answers: { 200: pageOf(Consent) },
    },
    async (db, { auth, params, query }) => {
      const contact = await find(db, auth.workspaceId, params.id);
      const ask = readPage(query);
      return presentPage(await listConsents(db, auth.workspaceId, contact.id, ask), ask, presentConsent);
    },
  );

  routes.read(
    {
      url: '/contacts/:id/reachability',
      permission: 'conversations:read',
      tag,
      summary: 'Where a contact can be written to now',
      params: IdParams,
      answers: { 200: Reachability },
    },
    async (db, { auth, params }) => reachabilityOf(deps, db, await find(db, auth.workspaceId, params.id)),
  );
}

const BLANK: ContactFields = {
  name: null,
  email: null,
  phone: null,
  externalId: null,
  avatarUrl: null,
  tags: [],
  customFields: {},
  metadata: {},
};

/** The fields with what the caller sent put over them. */
function changed(before: ContactFields, body: Static<typeof Fields>): ContactFields {
  const text = (key: 'name' | 'email' | 'phone' | 'externalId' | 'avatarUrl'): string | null =>
    body[key] === undefined ? before[key] : body[key]?.trim() || null;
  const phone = text('phone');
  const email = text('email');
  if (body.phone && phone !== null && readPhone(phone) === undefined) {
    throw invalid({ field: 'phone', message: 'must be a phone number with its country code, such as +14155550123' });
  }
  if (body.email && email !== null && !/^[^\s@]+@[^\s@]+$/.test(email)) {
    throw invalid({ field: 'email', message: 'must be an e-mail address' });
  }
  return {
    name: text('name'),
    email,
    phone: phone === null ? null : (readPhone(phone) ?? phone),
    externalId: text('externalId'),
    avatarUrl: text('avatarUrl'),
    tags: body.tags ? [...new Set(body.tags)] : before.tags,
    customFields: { ...before.customFields, ...body.customFields },
    metadata: { ...before.metadata, ...body.metadata },
  };
}

async function find(tx: Tx, workspaceId: WorkspaceId, id: string): Promise<ContactRecord> {
  return needFound('contact', await readContact(tx, workspaceId, needId('contact', id)));
}

async function lock(tx: Tx, workspaceId: WorkspaceId, text: string): Promise<ContactRecord> {
  const id = needId('contact', text);
  await lockContact(tx, workspaceId, id);
  return find(tx, workspaceId, id);
}

/** Writes the event of a change and answers the contact as it is now. */
async function told(tx: Tx, workspaceId: WorkspaceId, id: ContactId, type: string): Promise<Static<typeof Contact>> {
  const contact = presentContact(await find(tx, workspaceId, id));
  const { name, email, phone } = contact;
  await tell(tx, workspaceId, { type, subject: id, data: { contactId: id, name, email, phone } });
  return contact;
}

async function addIdentifier(
  tx: Tx,
  deps: ApiDeps,
  workspaceId: WorkspaceId,
  contactId: ContactId,
  identifier: Static<typeof NewIdentifier>,
  at: number,
): Promise<void> {
  const field = `identifiers[${at}]`;
  const channelId = parseId('channel', identifier.channelId);
  const channel = channelId && (await readChannel(tx, deps.seal, workspaceId, channelId));
  if (!channel) throw invalid({ field: `${field}.channelId`, message: 'there is no such channel' });
  const address = needAdapter(deps.adapters, channel.type).address(identifier.identifier, channel.config);
  if (!address) throw invalid({ field: `${field}.identifier`, message: 'is not an address of this channel' });
  const made = await insertIdentity(tx, {
    workspaceId,
    contactId,
    channelId: channel.id,
    addresses: [address, ...(address.aliases ?? [])].map(({ kind, value }) => ({ kind, value })),
    profile: { ...identifier.metadata, name: identifier.displayName, picture: identifier.profilePicture },
  });
  if (!made) {
    throw new ApiError('RESOURCE_ALREADY_EXISTS', 'Another contact has this address already.', [
      { field: `${field}.identifier`, message: 'belongs to another contact' },
    ]);
  }
}
