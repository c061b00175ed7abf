import Type, { type Static } from 'typebox';
import { ApiError, invalid } from '../../errors.ts';
import { type ApiKey, insertKey, listKeys, newKeySecret, PERMISSIONS, revokeKey } from '../../store/keys.ts';
import { readTime } from '../check.ts';
import { PageQuery, pageOf, presentPage, readPage } from '../paging.ts';
import { IdParams, needId, type Routes } from '../route.ts';
import { Id, Time, time } from '../wire/common.ts';

const tag = 'API keys';
const Permissions = Type.Array(Type.Enum(PERMISSIONS));
const fields = {
  id: Id('key_0192f1c2a3b47c5d8e9f0a1b2c3d4e5f'),
  name: Type.String(),
  preview: Type.String({ description: 'The first and last characters.' }),
  permissions: Permissions,
  expiresAt: Type.Optional(Time),
  lastUsedAt: Type.Optional(Time),
  createdAt: Time,
};
const Key = Type.Object(fields, { title: 'ApiKey' });
const NewKey = Type.Object(
  { ...fields, key: Type.String({ description: 'The secret. Shown only here.' }) },
  { title: 'NewApiKey' },
);
const present = (key: ApiKey): Static<typeof Key> => ({
  id: key.id,
  name: key.name,
  preview: key.preview,
  permissions: key.permissions,
  expiresAt: time(key.expiresAt),
  lastUsedAt: time(key.lastUsedAt),
  createdAt: key.createdAt.toISOString(),
});

/** API keys: who may call the API, and what for. */
export function keyRoutes(routes: Routes): void {
  routes.read(
    {
      url: '/api-keys',
      permission: 'admin',
      tag,
      summary: 'List API keys',
      query: Type.Object(PageQuery),
      answers: { 200: pageOf(Key) },
    },
    async (db, { auth, query }) => {
      const ask = readPage(query);
      return presentPage(await listKeys(db, auth.workspaceId, ask), ask, present);
    },
  );

  routes.write(
    'POST',
    {
      url: '/api-keys',
      permission: 'admin',
      tag,
      summary: 'Create an API key',
      description: 'The secret is in this answer and nowhere else.',
      body: Type.Object({
        name: Type.String({ minLength: 1, maxLength: 200 }),
        permissions: Type.Array(Type.Enum(PERMISSIONS), { minItems: 1 }),
        expiresAt: Type.Optional(Time),
      }),
      answers: { 201: NewKey },
    },
    async (tx, { auth, body }) => {
      const expiresAt = readTime('expiresAt', body.expiresAt);
      if (expiresAt && expiresAt <= new Date())
        throw invalid({ field: 'expiresAt', message: 'must lie in the future' });
      const secret = newKeySecret();
      const key = await insertKey(tx, {
        workspaceId: auth.workspaceId,
        name: body.name,
        secret,
        permissions: [...new Set(body.permissions)],
        expiresAt,
      });
      return { status: 201, body: { ...present(key), key: secret }, secret: true };
    },
  );

  routes.write(
    'DELETE',
    {
      url: '/api-keys/:id',
      permission: 'admin',
      tag,
      summary: 'Revoke an API key',
      description: 'It stops working within five seconds.',
      params: IdParams,
      answers: { 204: null },
    },
    async (tx, { auth, params }) => {
      if (!(await revokeKey(tx, auth.workspaceId, needId('key', params.id)))) throw new ApiError('RESOURCE_NOT_FOUND');
      return { status: 204 };
    },
  );
}
