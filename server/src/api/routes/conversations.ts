import { type ConversationId, type MemberId, type MessageId, parseId, type WorkspaceId } from '@tributary/protocol';
import Type, { type Static } from 'typebox';
import { ApiError } from '../../errors.ts';
import { readContacts } from '../../store/contacts.ts';
import {
  CONVERSATION_SORTS,
  CONVERSATION_STATUSES,
  type ConversationRecord,
  countConversations,
  listConversations,
  markRead,
  memberExists,
  readConversation,
  updateConversation,
} from '../../store/conversations.ts';
import type { Db, Tx } from '../../store/db.ts';
import { readMessages } from '../../store/messages.ts';
import type { Page, PageAsk } from '../../store/page.ts';
import { readTime } from '../check.ts';
import { emptyPage, PageQuery, pageOf, presentPage, readPage, readSort, sortQuery } from '../paging.ts';
import { IdParams, needFound, needId, type Routes } from '../route.ts';
import { showRead } from '../show_read.ts';
import { changeTags } from '../tags.ts';
import { tell } from '../tell.ts';
import { Json, Nullable, Tags, Time } from '../wire/common.ts';
import { Conversation, PRIORITIES, presentConversation } from '../wire/conversation.ts';

const tag = 'Conversations';
type Status = (typeof CONVERSATION_STATUSES)[number];
/** The documents say `closed` where the SDK says `resolved`. */
const StatusWord = Type.Enum([...CONVERSATION_STATUSES, 'closed'] as const);
const readStatus = (word: Static<typeof StatusWord>): Status => (word === 'closed' ? 'resolved' : word);

/** Conversations: list, read, change, assign, snooze, tag, mark read. */
export function conversationRoutes(routes: Routes): void {
  routes.read(
    {
      url: '/conversations',
      permission: 'conversations:read',
      tag,
      summary: 'List conversations',
      query: Type.Object({
        ...PageQuery,
        ...sortQuery(['lastMessageAt', 'createdAt', 'updatedAt'], 'lastMessageAt'),
        status: Type.Optional(Type.Array(StatusWord)),
        channelId: Type.Optional(Type.String()),
        channelType: Type.Optional(Type.Array(Type.String())),
        contactId: Type.Optional(Type.String()),
        includeAllChannels: Type.Optional(
          Type.Boolean({
            description: 'With `contactId`: over all channels, whatever `channelId` and `channelType` say.',
          }),
        ),
        assignedTo: Type.Optional(Type.String()),
        assigneeId: Type.Optional(Type.String({ description: 'The same as `assignedTo`.' })),
        tags: Type.Optional(Type.Array(Type.String(), { description: 'All of them.' })),
        search: Type.Optional(
          Type.String({ description: 'In the contact’s name, e-mail and phone, and in a group’s title.' }),
        ),
        startDate: Type.Optional(Type.String()),
        endDate: Type.Optional(Type.String()),
      }),
      answers: { 200: pageOf(Conversation) },
    },
    async (db, { auth, query }) => {
      const { sort, order } = readSort(CONVERSATION_SORTS, query, 'lastMessageAt');
      const ask = readPage(query, order);
      const everywhere = query.contactId !== undefined && query.includeAllChannels === true;
      const channelId =
        !everywhere && query.channelId !== undefined ? (parseId('channel', query.channelId) ?? null) : undefined;
      const contactId = query.contactId === undefined ? undefined : (parseId('contact', query.contactId) ?? null);
      const member = query.assignedTo ?? query.assigneeId;
      const assigneeId = member === undefined ? undefined : (parseId('member', member) ?? null);
      // A filter by an id that cannot exist finds nothing.
      if (channelId === null || contactId === null || assigneeId === null) return emptyPage(ask);
      const filter = {
        status: query.status?.map(readStatus),
        channelId,
        channelType: everywhere ? undefined : query.channelType,
        contactId,
        assigneeId,
        tags: query.tags,
        search: query.search,
        from: readTime('startDate', query.startDate),
        to: readTime('endDate', query.endDate),
      };
      return presentConversations(
        db,
        auth.workspaceId,
        await listConversations(db, auth.workspaceId, filter, sort, ask),
        ask,
        order,
      );
    },
  );

  routes.read(
    {
      url: '/conversations/counts',
      permission: 'conversations:read',
      tag,
      summary: 'How many conversations there are of each status',
      answers: {
        200: Type.Object(
          { open: Type.Integer(), pending: Type.Integer(), resolved: Type.Integer(), snoozed: Type.Integer() },
          { title: 'ConversationCounts' },
        ),
      },
    },
    (db, { auth }) => countConversations(db, auth.workspaceId),
  );

  routes.read(
    {
      url: '/conversations/:id',
      permission: 'conversations:read',
      tag,
      summary: 'Read a conversation',
      params: IdParams,
      answers: { 200: Conversation },
    },
    async (db, { auth, params }) => presentOne(db, auth.workspaceId, needId('conversation', params.id)),
  );

  /** A change of one conversation: the row is locked, changed, told of and answered. */
  const changing =
    (
      change: (
        tx: Tx,
        before: ConversationRecord,
        body: never,
      ) => Promise<Partial<ConversationRecord>> | Partial<ConversationRecord>,
    ) =>
    async (tx: Tx, asked: { auth: { workspaceId: WorkspaceId }; params: { id: string }; body: unknown }) => {
      const before = await lock(tx, asked.auth.workspaceId, asked.params.id);
      const after = { ...before, ...(await change(tx, before, asked.body as never)) };
      await updateConversation(tx, after);
      await tellChange(tx, before, after);
      return { status: 200, body: await presentOne(tx, before.workspaceId, before.id) };
    };
  const common = { permission: 'conversations:write', tag, params: IdParams, answers: { 200: Conversation } } as const;

  const Change = Type.Object({
    status: Type.Optional(StatusWord),
    assignedTo: Type.Optional(Nullable(Type.String())),
    tags: Type.Optional(Tags),
    metadata: Type.Optional(Json),
    priority: Type.Optional(Type.Enum(PRIORITIES)),
  });
  routes.change(
    {
      ...common,
      url: '/conversations/:id',
      summary: 'Change a conversation',
      description: '`assignedTo: null` unassigns; `metadata` is merged, `tags` are replaced.',
      body: Change,
    },
    changing(async (tx, before, body: Static<typeof Change>) => ({
      ...(body.status && { status: readStatus(body.status), snoozedUntil: null }),
      ...(body.assignedTo !== undefined && (await assignment(tx, before.workspaceId, body.assignedTo))),
      ...(body.tags && { tags: [...new Set(body.tags)] }),
      ...(body.priority && { priority: body.priority }),
      metadata: { ...before.metadata, ...body.metadata },
    })),
  );

  const Assign = Type.Object({
    agentId: Type.Optional(Type.String()),
    assigneeId: Type.Optional(Type.String({ description: 'The same as `agentId`.' })),
    assigneeType: Type.Optional(Type.Enum(['user'] as const)),
  });
  routes.write(
    'POST',
    { ...common, url: '/conversations/:id/assign', summary: 'Assign to a member', body: Assign },
    changing((tx, before, body: Static<typeof Assign>) => {
      const member = body.agentId ?? body.assigneeId;
      if (member === undefined) {
        throw new ApiError('VALIDATION_ERROR', undefined, [{ field: 'agentId', message: 'is required' }]);
      }
      return assignment(tx, before.workspaceId, member);
    }),
  );
  routes.write(
    'POST',
    { ...common, url: '/conversations/:id/unassign', summary: 'Unassign' },
    changing((tx, before) => assignment(tx, before.workspaceId, null)),
  );

  const Snooze = Type.Object({ until: Type.Optional(Time) });
  routes.write(
    'POST',
    {
      ...common,
      url: '/conversations/:id/snooze',
      summary: 'Snooze',
      description: 'Until a moment, after which it reads as open again; without one, until somebody reopens it.',
      body: Snooze,
    },
    changing((_tx, _before, body: Static<typeof Snooze>) => ({
      status: 'snoozed',
      snoozedUntil: readTime('until', body.until) ?? null,
    })),
  );

  for (const method of ['POST', 'DELETE'] as const) {
    const Body = Type.Object({ tags: Tags });
    routes.write(
      method,
      {
        ...common,
        url: '/conversations/:id/tags',
        summary: method === 'POST' ? 'Add tags' : 'Take tags away',
        body: Body,
      },
      changing((_tx, before, body: Static<typeof Body>) => ({ tags: changeTags(method, before.tags, body.tags) })),
    );
  }

  routes.write(
    'POST',
    {
      ...common,
      url: '/conversations/:id/read',
      summary: 'Mark as read',
      description:
        'Everything, or up to the newest of `messageIds`. The person sees it, where their provider shows such a thing.',
      body: Type.Object({ messageIds: Type.Optional(Type.Array(Type.String(), { maxItems: 1000 })) }),
    },
    async (tx, { auth, params, body, request }) => {
      const before = await lock(tx, auth.workspaceId, params.id);
      const ids = body.messageIds?.map((id) => needId('message', id)) as MessageId[] | undefined;
      if (ids?.length !== 0) await markRead(tx, auth.workspaceId, before.id, ids);
      const conversation = await presentOne(tx, auth.workspaceId, before.id);
      if (conversation.unreadCount !== before.unreadCount) {
        await tell(tx, auth.workspaceId, {
          type: 'conversation.read',
          subject: before.id,
          channelId: before.channelId,
          conversationId: before.id,
          data: { conversationId: before.id, unreadCount: conversation.unreadCount },
        });
      }
      const reading = { workspaceId: auth.workspaceId, conversationId: before.id, upTo: ids };
      const news = conversation.unreadCount !== before.unreadCount;
      return {
        status: 200,
        body: conversation,
        ...(news ? { afterCommit: () => void showRead(routes.deps, request.log, reading) } : {}),
      };
    },
  );
}

async function lock(tx: Tx, workspaceId: WorkspaceId, id: string): Promise<ConversationRecord> {
  return needFound('conversation', await readConversation(tx, workspaceId, needId('conversation', id), true));
}

async function assignment(
  tx: Tx,
  workspaceId: WorkspaceId,
  member: string | null,
): Promise<{ assigneeId: MemberId | null; assignedAt: Date | null }> {
  if (member === null) return { assigneeId: null, assignedAt: null };
  const id = parseId('member', member);
  if (!id || !(await memberExists(tx, workspaceId, id))) {
    throw new ApiError('RESOURCE_NOT_FOUND', 'There is no such member to assign to.');
  }
  return { assigneeId: id, assignedAt: new Date() };
}

/** One event a change: the most telling name for it. */
async function tellChange(tx: Tx, before: ConversationRecord, after: ConversationRecord): Promise<void> {
  const resolved = before.status !== 'resolved' && after.status === 'resolved';
  const reopened = before.status === 'resolved' && after.status !== 'resolved';
  const assigned = after.assigneeId !== before.assigneeId && after.assigneeId !== null;
  const word = resolved ? 'resolved' : reopened ? 'reopened' : assigned ? 'assigned' : 'updated';
  await tell(tx, before.workspaceId, {
    type: `conversation.${word}`,
    subject: before.id,
    channelId: before.channelId,
    conversationId: before.id,
    data: {
      conversationId: before.id,
      contactId: before.contactId,
      channelId: before.channelId,
      status: after.status,
      assignedTo: after.assigneeId,
      previousStatus: before.status,
      previousAssignedTo: before.assigneeId,
    },
  });
}

/** Conversations with the contacts and last messages they mention, each looked up once for the page. */
export async function presentConversations(
  db: Tx,
  workspaceId: WorkspaceId,
  page: Page<ConversationRecord>,
  ask: PageAsk,
  order: string,
) {
  const mentioned = await readMentioned(db, workspaceId, page.rows);
  return presentPage(page, ask, (row: ConversationRecord) => presentConversation(row, mentioned), order);
}

async function presentOne(
  tx: Tx | Db,
  workspaceId: WorkspaceId,
  id: ConversationId,
): Promise<Static<typeof Conversation>> {
  const conversation = needFound('conversation', await readConversation(tx, workspaceId, id));
  return presentConversation(conversation, await readMentioned(tx, workspaceId, [conversation]));
}

async function readMentioned(tx: Tx, workspaceId: WorkspaceId, conversations: readonly ConversationRecord[]) {
  const [contacts, messages] = await Promise.all([
    readContacts(tx, workspaceId, [...new Set(conversations.flatMap((one) => one.contactId ?? []))]),
    readMessages(
      tx,
      workspaceId,
      conversations.flatMap((one) => one.lastMessageId ?? []),
    ),
  ]);
  return { contacts, messages };
}
