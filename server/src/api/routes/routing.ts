import { CHANNEL_TYPES, uuidOf, type WorkspaceId } from '@tributary/protocol';
import Type, { type Static } from 'typebox';
import { ApiError, type Fault, invalid } from '../../errors.ts';
import { findNamed, routeName } from '../../router/decide.ts';
import type { Tx } from '../../store/db.ts';
import { deleteRoute, insertRoute, listRoutes, type RouteRecord, readRoute, updateRoute } from '../../store/routes.ts';
import { readRules } from '../../store/routing.ts';
import { PageQuery, pageOf, presentPage, readPage } from '../paging.ts';
import { IdParams, needFound, needId, type Routes } from '../route.ts';
import { Id, Time } from '../wire/common.ts';

const tag = 'Routing';
const Trigger = Type.Object({
  type: Type.Enum(['channel'] as const),
  channels: Type.Array(Type.String({ description: 'Channel types.' }), { minItems: 1 }),
  action: Type.String({
    pattern: '^route_to_.+$',
    description:
      '`route_to_` and the name of a bot or an inbox, in lower case with underscores: “Sales Bot” is `route_to_sales_bot`.',
  }),
});
const Route = Type.Object(
  {
    id: Id('route_0192f1c2a3b47c5d8e9f0a1b2c3d4e5f'),
    tenantId: Type.String(),
    name: Type.String(),
    triggers: Type.Array(Trigger),
    priority: Type.Integer({ description: 'Higher first; then older first.' }),
    createdAt: Time,
    updatedAt: Time,
  },
  { title: 'Route' },
);
const present = (route: RouteRecord): Static<typeof Route> => ({
  id: route.id,
  tenantId: route.workspaceId,
  name: route.name,
  triggers: route.triggers,
  priority: route.priority,
  createdAt: route.createdAt.toISOString(),
  updatedAt: route.updatedAt.toISOString(),
});
const name = Type.Optional(Type.String({ maxLength: 200 }));
const priority = Type.Optional(Type.Integer({ minimum: -1000, maximum: 1000 }));
const triggers = Type.Array(Trigger, { minItems: 1, maxItems: 100 });

/** Routing rules: which bot or inbox answers what comes in on which channels. */
export function routingRoutes(routes: Routes): void {
  routes.read(
    {
      url: '/routes',
      permission: 'bots:read',
      tag,
      summary: 'List routing rules',
      description: 'By priority.',
      query: Type.Object(PageQuery),
      answers: { 200: pageOf(Route) },
    },
    async (db, { auth, query }) => {
      const ask = readPage(query);
      return presentPage(await listRoutes(db, auth.workspaceId, ask), ask, present);
    },
  );

  routes.write(
    'POST',
    {
      url: '/routes',
      permission: 'bots:write',
      tag,
      summary: 'Create a routing rule',
      body: Type.Object({ name, triggers, priority }),
      answers: { 201: Route },
    },
    async (tx, { auth, body }) => {
      await checkTriggers(tx, auth.workspaceId, body.triggers);
      const { triggers: asked, name: called = '', priority: rank = 0 } = body;
      const route = await insertRoute(tx, {
        workspaceId: auth.workspaceId,
        name: called,
        triggers: asked,
        priority: rank,
      });
      return { status: 201, body: present(route) };
    },
  );

  routes.read(
    {
      url: '/routes/:id',
      permission: 'bots:read',
      tag,
      summary: 'Read a routing rule',
      params: IdParams,
      answers: { 200: Route },
    },
    async (db, { auth, params }) =>
      present(needFound('route', await readRoute(db, auth.workspaceId, needId('route', params.id)))),
  );

  routes.change(
    {
      url: '/routes/:id',
      permission: 'bots:write',
      tag,
      summary: 'Change a routing rule',
      params: IdParams,
      body: Type.Object({ name, triggers: Type.Optional(triggers), priority }),
      answers: { 200: Route },
    },
    async (tx, { auth, params, body }) => {
      const route = needFound('route', await readRoute(tx, auth.workspaceId, needId('route', params.id), true));
      if (body.triggers) await checkTriggers(tx, auth.workspaceId, body.triggers);
      return { status: 200, body: present(await updateRoute(tx, { ...route, ...body })) };
    },
  );

  routes.write(
    'DELETE',
    {
      url: '/routes/:id',
      permission: 'bots:write',
      tag,
      summary: 'Delete a routing rule',
      params: IdParams,
      answers: { 204: null },
    },
    async (tx, { auth, params }) => {
      if (!(await deleteRoute(tx, auth.workspaceId, needId('route', params.id))))
        throw new ApiError('RESOURCE_NOT_FOUND');
      return { status: 204 };
    },
  );
}

/** Every name must be one that routing finds: a rule that leads nowhere is refused rather than kept. */
async function checkTriggers(
  tx: Tx,
  workspaceId: WorkspaceId,
  asked: readonly Static<typeof Trigger>[],
): Promise<void> {
  const rules = await readRules(tx, [uuidOf(workspaceId)]);
  const faults = asked.flatMap((trigger, at): Fault[] => [
    ...trigger.channels.flatMap((type, no) =>
      (CHANNEL_TYPES as readonly string[]).includes(type)
        ? []
        : [{ field: `triggers[${at}].channels[${no}]`, message: `“${type}” is not a channel type` }],
    ),
    ...(findNamed(trigger.action, rules)
      ? []
      : [
          {
            field: `triggers[${at}].action`,
            message: `no bot or inbox is called “${trigger.action.replace(/^route_to_/, '')}”`,
          },
        ]),
  ]);
  if (faults.length > 0) throw invalid(...faults);
}

/** A bot or inbox that a rule names keeps its name. */
export async function refuseIfRouted(tx: Tx, workspaceId: WorkspaceId, called: string): Promise<void> {
  const { routes } = await readRules(tx, [uuidOf(workspaceId)]);
  const wanted = routeName(called);
  const rule = routes.find((route) =>
    route.triggers.some((trigger) => routeName(trigger.action.replace(/^route_to_/, '')) === wanted),
  );
  if (rule) throw new ApiError('RESOURCE_IN_USE', `A routing rule names “${called}”; change the rule first.`);
}
