import { Content, type ConversationId, linktorContentType, parseId, type WorkspaceId } from '@tributary/protocol';
import Type, { type Static } from 'typebox';
import { ApiError, invalid } from '../../errors.ts';
import { keepInline } from '../../media/inline.ts';
import type { SendInput } from '../../outbound/types.ts';
import { readConversation } from '../../store/conversations.ts';
import type { Tx } from '../../store/db.ts';
import { listMessages, type MessageFilter, readMessage } from '../../store/messages.ts';
import { readTime, refuse } from '../check.ts';
import { readContent } from '../content.ts';
import type { ApiDeps } from '../deps.ts';
import { emptyPage, PageQuery, pageOf, presentPage, readPage } from '../paging.ts';
import { IdParams, needFound, needId, type Routes } from '../route.ts';
import { readSending, sendingMembers } from '../sending.ts';
import { Trace, traceOf } from '../trace.ts';
import { Message, MessageDetail, presentMessage, presentMessageDetail, WIRE_STATUSES } from '../wire/message.ts';
import type { Written } from '../write.ts';

const tag = 'Messages';
/** Files may stand in a message in base64. */
const LARGEST_BODY = 28 * 1024 * 1024;

const anyOf = (description: string) => Type.Optional(Type.Unknown({ description }));

const Send = Type.Object({
  channelId: Type.Optional(Type.String()),
  to: Type.Optional(Type.String({ minLength: 1, maxLength: 500, description: 'An address on the channel.' })),
  contactId: Type.Optional(Type.String({ description: 'Instead of `to`: the contact’s address on the channel.' })),
  conversationId: Type.Optional(Type.String({ description: 'Instead of `channelId` and `to`.' })),
  content: Type.Unknown({
    description: 'Our `Content`, or any form that the documents of older programs show; a string is text.',
  }),
  from: Type.Optional(Type.String({ description: 'Not needed: a channel sends from its own account.' })),
  ...sendingMembers,
  scheduledAt: Type.Optional(Type.Unknown({ description: 'Not available: refused.' })),
});

const SendToConversation = Type.Object({
  text: Type.Optional(Type.String()),
  media: anyOf('`{type, url, filename?, caption?}`'),
  location: anyOf('`{latitude, longitude, name?, address?}`'),
  contact: anyOf('`{name, phones?, emails?}`'),
  buttons: anyOf('`[{type: reply|url|call, text, payload?, url?, phone?}]`'),
  listSections: anyOf('`[{title, rows: [{id, title, description?}]}]`'),
  template: anyOf('`{name, language, components?}`'),
  content: anyOf('Instead of the members above: our `Content`.'),
  ...sendingMembers,
});

/** Messages: send, list, read, trace. */
export function messageRoutes(routes: Routes): void {
  const { deps } = routes;

  routes.prepared(
    'POST',
    {
      url: '/messages',
      permission: 'messages:write',
      tag,
      summary: 'Send a message',
      description:
        'Into a conversation, or on a channel to an address or a contact. Answers as soon as it is stored; `status` follows the provider’s receipts.',
      body: Send,
      bodyLimit: LARGEST_BODY,
      answers: { 201: Message },
    },
    ({ auth, body }) => keepInline(deps.files, auth.workspaceId, readContent(body.content, 'content')),
    (tx, { auth, body }, content) => {
      refuse('scheduledAt', body.scheduledAt, 'messages cannot be scheduled');
      const where = readWhere(body);
      return send(tx, deps, {
        workspaceId: auth.workspaceId,
        ...where,
        content,
        ...readSending(body),
      });
    },
  );

  routes.prepared(
    'POST',
    {
      url: '/conversations/:id/messages',
      permission: 'messages:write',
      tag,
      summary: 'Send a message into a conversation',
      params: IdParams,
      body: SendToConversation,
      bodyLimit: LARGEST_BODY,
      answers: { 201: Message },
    },
    ({ auth, body }) => {
      const content = body.content === undefined ? readContent(said(body), '') : readContent(body.content, 'content');
      return keepInline(deps.files, auth.workspaceId, content);
    },
    (tx, { auth, params, body }, content) => {
      const conversationId = needId('conversation', params.id);
      return send(tx, deps, { workspaceId: auth.workspaceId, conversationId, content, ...readSending(body) });
    },
  );

  routes.read(
    {
      url: '/messages',
      permission: 'messages:read',
      tag,
      summary: 'List messages',
      description: 'Newest first.',
      query: Type.Object({
        ...PageQuery,
        conversationId: Type.Optional(Type.String()),
        channelId: Type.Optional(Type.String()),
        externalId: Type.Optional(Type.String({ description: 'The provider’s own id.' })),
        direction: Type.Optional(Type.Enum(['inbound', 'outbound'] as const)),
        status: Type.Optional(Type.Enum(WIRE_STATUSES)),
        contentType: Type.Optional(Type.String()),
        search: Type.Optional(Type.String({ description: 'In the text.' })),
        startDate: Type.Optional(Type.String()),
        endDate: Type.Optional(Type.String()),
      }),
      answers: { 200: pageOf(Message) },
    },
    async (db, { auth, query }) => {
      const ask = readPage(query);
      const conversationId =
        query.conversationId === undefined ? undefined : (parseId('conversation', query.conversationId) ?? null);
      const channelId = query.channelId === undefined ? undefined : (parseId('channel', query.channelId) ?? null);
      // A filter by an id that cannot exist finds nothing.
      if (conversationId === null || channelId === null) return emptyPage(ask);
      const filter: MessageFilter = {
        conversationId,
        channelId,
        externalId: query.externalId,
        direction: query.direction,
        status: query.status,
        contentTypes: query.contentType === undefined ? undefined : contentTypesOf(query.contentType),
        search: query.search,
        from: readTime('startDate', query.startDate),
        to: readTime('endDate', query.endDate),
      };
      return presentPage(await listMessages(db, auth.workspaceId, filter, ask), ask, presentMessage);
    },
  );

  routes.read(
    {
      url: '/messages/:id',
      permission: 'messages:read',
      tag,
      summary: 'Read a message',
      params: IdParams,
      answers: { 200: MessageDetail },
    },
    async (db, { auth, params }) =>
      presentMessageDetail(needFound('message', await readMessage(db, auth.workspaceId, needId('message', params.id)))),
  );

  routes.read(
    {
      url: '/messages/:id/trace',
      permission: 'messages:read',
      tag,
      summary: 'What happened to a message, and why',
      description:
        'From the provider’s request to the bot’s answer, or from the API to the provider’s receipts. `evidence` is what was really said, without secrets.',
      params: IdParams,
      answers: { 200: Trace },
    },
    async (db, { auth, params }) =>
      needFound('message', await traceOf(deps, db, auth.workspaceId, needId('message', params.id))),
  );

  routes.read(
    {
      url: '/conversations/:id/messages',
      permission: 'messages:read',
      tag,
      summary: 'List a conversation’s messages',
      description: 'Newest first. `before` and `after` take a message’s id or a time.',
      params: IdParams,
      query: Type.Object({ ...PageQuery, before: Type.Optional(Type.String()), after: Type.Optional(Type.String()) }),
      answers: { 200: pageOf(Message) },
    },
    async (db, { auth, params, query }) => {
      const conversationId = await findConversation(db, auth.workspaceId, params.id);
      const ask = readPage(query);
      const filter = { conversationId, ...readBound('before', query.before), ...readBound('after', query.after) };
      return presentPage(await listMessages(db, auth.workspaceId, filter, ask), ask, presentMessage);
    },
  );

  routes.read(
    {
      url: '/conversations/:id/messages/:messageId',
      permission: 'messages:read',
      tag,
      summary: 'Read a message of a conversation',
      params: Type.Object({ id: Type.String(), messageId: Type.String() }),
      answers: { 200: MessageDetail },
    },
    async (db, { auth, params }) => {
      const conversationId = await findConversation(db, auth.workspaceId, params.id);
      const message = await readMessage(db, auth.workspaceId, needId('message', params.messageId));
      return presentMessageDetail(
        needFound('message', message?.conversationId === conversationId ? message : undefined),
      );
    },
  );
}

async function findConversation(tx: Tx, workspaceId: WorkspaceId, id: string): Promise<ConversationId> {
  return needFound('conversation', await readConversation(tx, workspaceId, needId('conversation', id))).id;
}

async function send(tx: Tx, deps: ApiDeps, input: Omit<SendInput, 'author'>): Promise<Written> {
  if (input.replyTo) needFound('message', await readMessage(tx, input.workspaceId, needId('message', input.replyTo)));
  const { messageId } = await deps.send(tx, { ...input, author: 'api' });
  const message = needFound('message', await readMessage(tx, input.workspaceId, messageId));
  return { status: 201, body: presentMessage(message) };
}

function readWhere(body: Static<typeof Send>): Pick<SendInput, 'conversationId' | 'channelId' | 'to' | 'contactId'> {
  if (body.conversationId !== undefined) return { conversationId: needId('conversation', body.conversationId) };
  if (body.channelId === undefined) {
    throw invalid({ field: 'channelId', message: 'is required, unless conversationId is given' });
  }
  const channelId = needId('channel', body.channelId);
  if (body.to !== undefined) return { channelId, to: body.to };
  if (body.contactId !== undefined) return { channelId, contactId: needId('contact', body.contactId) };
  throw invalid({ field: 'to', message: 'is required, unless contactId or conversationId is given' });
}

/** The members of the SDK's body that say something. */
function said(body: Static<typeof SendToConversation>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(body).filter(([name]) => name !== 'content' && !(name in sendingMembers)));
}

/** The wire's `text` stands for every kind that the SDK has no word for; our own words are taken too. */
function contentTypesOf(word: string): string[] {
  if (word !== 'text') return [word];
  return Content.anyOf
    .map((kind) => kind.properties.type.const)
    .filter((type) => linktorContentType({ type } as Content) === 'text');
}

/** An id bounds by the order of acceptance, a time by when it was said. */
function readBound(name: 'before' | 'after', text: string | undefined): MessageFilter {
  if (text === undefined) return {};
  const id = parseId('message', text);
  if (id) return { [name]: id };
  if (text.startsWith('msg_')) throw new ApiError('MESSAGE_NOT_FOUND');
  return name === 'before' ? { to: readTime(name, text) } : { from: readTime(name, text) };
}
