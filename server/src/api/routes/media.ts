import multipart from '@fastify/multipart';
import { type MediaId, toId, uuidOf } from '@tributary/protocol';
import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import { ApiError, invalid } from '../../errors.ts';
import { untilTomorrow } from '../../media/links.ts';
import { LARGEST_FILE, type Spooled } from '../../media/spool.ts';
import { eraseMedia, type MediaRow, readMedia, settleArrived } from '../../store/media.ts';
import { type Asked, IdParams, needFound, needId, type Routes } from '../route.ts';
import { Id, Time } from '../wire/common.ts';

const tag = 'Media';
/** Base64 in JSON is held in memory whole, so it may be this large only; a form streams. */
const LARGEST_JSON = 28 * 1024 * 1024;

const KINDS = ['image', 'video', 'audio', 'document'] as const;
const StoredMedia = Type.Object(
  {
    id: Id('media_0192f1c2a3b47c5d8e9f0a1b2c3d4e5f'),
    type: Type.Enum(KINDS),
    url: Type.String({ description: 'A signed link, good until `expiresAt`. Ask again for a fresh one.' }),
    mimeType: Type.Optional(Type.String({ description: 'By what the bytes are, not by what was said of them.' })),
    filename: Type.Optional(Type.String()),
    size: Type.Optional(Type.Integer({ description: 'Bytes.' })),
    status: Type.Enum(['pending', 'stored', 'failed'] as const, {
      description: '`pending`: still on its way from its provider; the link waits for it.',
    }),
    error: Type.Optional(Type.String({ description: 'Why it could not be had from its provider.' })),
    createdAt: Time,
    expiresAt: Type.String({ format: 'date-time', description: 'When the link ends; the file stays.' }),
  },
  { title: 'Media' },
);

/** Files: store one to send it, look one up, let it go. */
export async function mediaRoutes(app: FastifyInstance, routes: Routes): Promise<void> {
  const { deps } = routes;
  await app.register(multipart, { limits: { fileSize: LARGEST_FILE, files: 1, fields: 10, fieldSize: 10_000 } });

  const present = (row: MediaRow, kind?: (typeof KINDS)[number]): Static<typeof StoredMedia> => {
    const until = untilTomorrow(new Date());
    return {
      id: toId('media', row.id),
      type: kind ?? kindOf(row.mimeType),
      url: deps.files.links.sign(row.ws, row.id, until),
      mimeType: row.mimeType ?? undefined,
      filename: row.filename ?? undefined,
      size: row.size ?? undefined,
      status: row.state === 'wanted' ? 'pending' : row.state === 'failed' ? 'failed' : 'stored',
      error: row.state === 'failed' ? (row.error ?? undefined) : undefined,
      createdAt: row.createdAt.toISOString(),
      expiresAt: until.toISOString(),
    };
  };

  routes.prepared(
    'POST',
    {
      url: '/media/upload',
      permission: 'messages:write',
      tag,
      summary: 'Store a file',
      description:
        'As a form (`multipart/form-data`) with the file in `file`, up to 100 MB, or as JSON `{content, filename?, mimeType?, type?}` with the bytes in base64, up to 20 MB. `type` (image, video, audio, document) is found by itself where it is left out. Send it then by `mediaId`, or by its link.',
      body: Type.Unknown(),
      bodyLimit: LARGEST_JSON,
      answers: { 201: StoredMedia },
    },
    async (asked) => {
      const { spooled, filename, type } = await readUpload(asked, routes);
      const kind = type === undefined ? undefined : KINDS.find((one) => one === type);
      if (type !== undefined && !kind) {
        await spooled.drop();
        throw invalid({ field: 'type', message: 'must be image, video, audio or document' });
      }
      // What makes two uploads the same, for the Idempotency-Key: a form has no body to compare.
      asked.request.body = { hash: spooled.hash.toString('hex'), filename, type };
      return { id: await deps.files.keep(asked.auth.workspaceId, spooled, filename), kind };
    },
    async (tx, { auth }, upload) => {
      await settleArrived(tx, uuidOf(auth.workspaceId), [upload.id]);
      const row = needFound('media', (await readMedia(tx, uuidOf(auth.workspaceId), [upload.id])).get(upload.id));
      return { status: 201, body: present(row, upload.kind) };
    },
  );

  routes.read(
    {
      url: '/media/:id',
      permission: 'messages:read',
      tag,
      summary: 'Look up a file',
      description: 'With a fresh link to its bytes.',
      params: IdParams,
      answers: { 200: StoredMedia },
    },
    async (db, { auth, params }) => {
      const id = uuidOf(needId('media', params.id));
      const row = (await readMedia(db, uuidOf(auth.workspaceId), [id])).get(id);
      return present(needFound('media', row?.state === 'erased' || row?.state === 'arriving' ? undefined : row));
    },
  );

  routes.write(
    'DELETE',
    {
      url: '/media/:id',
      permission: 'messages:write',
      tag,
      summary: 'Delete a file',
      description: 'Its links lead nowhere from now on; what was sent stays with whoever has received it.',
      params: IdParams,
      answers: { 204: null },
    },
    async (tx, { auth, params }) => {
      const id: MediaId = needId('media', params.id);
      if (!(await eraseMedia(tx, uuidOf(auth.workspaceId), uuidOf(id)))) throw new ApiError('RESOURCE_NOT_FOUND');
      return { status: 204 };
    },
  );
}

interface Upload {
  spooled: Spooled;
  filename: string | undefined;
  type: string | undefined;
}

// biome-ignore lint/suspicious/noExplicitAny: whatever the route's schemas are, only the request is read.
async function readUpload({ request, body }: Asked<any, any, any>, { deps }: Routes): Promise<Upload> {
  if (!request.isMultipart()) return readJson(body, deps.files.spool);
  let file: Pick<Upload, 'spooled' | 'filename'> | undefined;
  const fields: Record<string, string> = {};
  try {
    for await (const part of request.parts()) {
      if (part.type === 'field') fields[part.fieldname] = String(part.value);
      else file = { spooled: await deps.files.spool(part.file, part.mimetype), filename: part.filename || undefined };
    }
  } catch (error) {
    await file?.spooled.drop();
    throw error;
  }
  if (!file) throw invalid({ field: 'file', message: 'is required: the file itself, as a part of the form' });
  return { spooled: file.spooled, filename: fields.filename || file.filename, type: fields.type || undefined };
}

async function readJson(body: unknown, spool: Routes['deps']['files']['spool']): Promise<Upload> {
  const { content, filename, mimeType, contentType, type } = (body ?? {}) as Record<string, unknown>;
  const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
  const base64 = text(content)?.replace(/\s/g, '') ?? '';
  if (base64 === '' || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(base64))
    throw invalid({ field: 'content', message: 'is required: the bytes of the file in base64' });
  const spooled = await spool([Buffer.from(base64, 'base64')], text(mimeType) ?? text(contentType));
  return { spooled, filename: text(filename), type: text(type) };
}

function kindOf(mimeType: string | null): (typeof KINDS)[number] {
  return KINDS.find((kind) => mimeType?.startsWith(`${kind}/`)) ?? 'document';
}
