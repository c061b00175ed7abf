import Type, { type Static } from 'typebox';
import { ApiError } from '../../errors.ts';
import {
  deleteInbox,
  type InboxRecord,
  insertInbox,
  listInboxes,
  readInbox,
  renameInbox,
} from '../../store/inboxes.ts';
import { PageQuery, pageOf, presentPage, readPage } from '../paging.ts';
import { IdParams, needFound, needId, type Routes } from '../route.ts';
import { Id, Time } from '../wire/common.ts';
import { refuseIfRouted } from './routing.ts';

const tag = 'Inboxes';
const Inbox = Type.Object(
  { id: Id('inbox_0192f1c2a3b47c5d8e9f0a1b2c3d4e5f'), tenantId: Type.String(), name: Type.String(), createdAt: Time },
  { title: 'Inbox' },
);
const present = (inbox: InboxRecord): Static<typeof Inbox> => ({
  id: inbox.id,
  tenantId: inbox.workspaceId,
  name: inbox.name,
  createdAt: inbox.createdAt.toISOString(),
});
const Named = Type.Object({ name: Type.String({ minLength: 1, maxLength: 200 }) });
const taken = (name: string): ApiError =>
  new ApiError('RESOURCE_ALREADY_EXISTS', `There is an inbox called “${name}” already.`);

/** Inboxes: people's queues, which channels and routing rules fill. */
export function inboxRoutes(routes: Routes): void {
  const { deps } = routes;
  routes.read(
    {
      url: '/inboxes',
      permission: 'conversations:read',
      tag,
      summary: 'List inboxes',
      query: Type.Object(PageQuery),
      answers: { 200: pageOf(Inbox) },
    },
    async (db, { auth, query }) => {
      const ask = readPage(query);
      return presentPage(await listInboxes(db, auth.workspaceId, ask), ask, present);
    },
  );

  routes.write(
    'POST',
    {
      url: '/inboxes',
      permission: 'bots:write',
      tag,
      summary: 'Create an inbox',
      body: Named,
      answers: { 201: Inbox },
    },
    async (tx, { auth, body }) => {
      const inbox = await insertInbox(tx, auth.workspaceId, body.name);
      if (!inbox) throw taken(body.name);
      return { status: 201, body: present(inbox) };
    },
  );

  routes.read(
    {
      url: '/inboxes/:id',
      permission: 'conversations:read',
      tag,
      summary: 'Read an inbox',
      params: IdParams,
      answers: { 200: Inbox },
    },
    async (db, { auth, params }) =>
      present(needFound('inbox', await readInbox(db, auth.workspaceId, needId('inbox', params.id)))),
  );

  routes.change(
    {
      url: '/inboxes/:id',
      permission: 'bots:write',
      tag,
      summary: 'Rename an inbox',
      params: IdParams,
      body: Named,
      answers: { 200: Inbox },
    },
    async (tx, { auth, params, body }) => {
      const inbox = needFound('inbox', await readInbox(tx, auth.workspaceId, needId('inbox', params.id)));
      if (body.name !== inbox.name) await refuseIfRouted(tx, auth.workspaceId, inbox.name);
      const renamed = await renameInbox(tx, auth.workspaceId, inbox.id, body.name);
      if (!renamed) throw taken(body.name);
      return { status: 200, body: present(renamed) };
    },
  );

  routes.write(
    'DELETE',
    {
      url: '/inboxes/:id',
      permission: 'bots:write',
      tag,
      summary: 'Delete an inbox',
      description: 'Its conversations stay, in no inbox. Refused while a routing rule names it.',
      params: IdParams,
      answers: { 204: null },
    },
    async (tx, { auth, params }) => {
      const inbox = needFound('inbox', await readInbox(tx, auth.workspaceId, needId('inbox', params.id)));
      await refuseIfRouted(tx, auth.workspaceId, inbox.name);
      const freed = await deleteInbox(tx, auth.workspaceId, inbox.id);
      return {
        status: 204,
        afterCommit: () => {
          for (const id of freed) void deps.registry.refresh(id).catch(() => {});
        },
      };
    },
  );
}
