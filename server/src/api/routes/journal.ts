import { parseId } from '@tributary/protocol';
import Type, { type Static } from 'typebox';
import { openPage } from '../../inbound/journal.ts';
import { type JournalEntry, listJournal, readJournal, VERDICTS } from '../../store/journal_read.ts';
import { replayPage } from '../../store/pending.ts';
import { readTime } from '../check.ts';
import { emptyPage, PageQuery, pageOf, presentPage, readPage } from '../paging.ts';
import { presentRequest, RawRequest } from '../raw_request.ts';
import { redact, workspaceSecrets } from '../redact.ts';
import { IdParams, needFound, needId, type Routes } from '../route.ts';
import { Id, Nullable, Time } from '../wire/common.ts';

const tag = 'Journal';
const fields = {
  id: Id('jrn_0192f1c2a3b47c5d8e9f0a1b2c3d4e5f'),
  channelId: Nullable(Type.String({ description: 'Null where the page holds requests of several channels.' })),
  verdict: Type.Enum(VERDICTS, {
    description:
      '`pending`: it waits to be read. `unparsed`: the adapter could not read it. `unaccepted`: it could, but storing failed. Both can be replayed after a fix.',
  }),
  error: Nullable(Type.String()),
  requests: Type.Integer(),
  adapter: Nullable(Type.String()),
  receivedAt: Time,
};
const Entry = Type.Object(fields, { title: 'JournalEntry' });
const EntryDetail = Type.Object({ ...fields, raw: Type.Array(RawRequest) }, { title: 'JournalEntryDetail' });

const present = (entry: JournalEntry): Static<typeof Entry> => ({
  id: entry.id,
  channelId: entry.channelId,
  verdict: entry.verdict,
  error: entry.error,
  requests: entry.requests,
  adapter: entry.adapter,
  receivedAt: entry.receivedAt.toISOString(),
});

/** The journal: what providers sent us, byte for byte, and what became of it. */
export function journalRoutes(routes: Routes): void {
  const { deps } = routes;
  routes.read(
    {
      url: '/journal',
      permission: 'channels:read',
      tag,
      summary: 'List raw provider requests',
      description: 'Pages of them: what was accepted together lies together.',
      query: Type.Object({
        ...PageQuery,
        verdict: Type.Optional(Type.Array(Type.Enum(VERDICTS))),
        channelId: Type.Optional(Type.String()),
        startDate: Type.Optional(Type.String()),
        endDate: Type.Optional(Type.String()),
      }),
      answers: { 200: pageOf(Entry) },
    },
    async (db, { auth, query }) => {
      const ask = readPage(query);
      const channelId = query.channelId === undefined ? undefined : (parseId('channel', query.channelId) ?? null);
      if (channelId === null) return emptyPage(ask);
      const filter = {
        verdict: query.verdict,
        channelId,
        from: readTime('startDate', query.startDate),
        to: readTime('endDate', query.endDate),
      };
      return presentPage(await listJournal(db, auth.workspaceId, filter, ask), ask, present);
    },
  );

  routes.read(
    {
      url: '/journal/:id',
      permission: 'admin',
      tag,
      summary: 'Read raw provider requests',
      description: 'With bodies and headers, without secrets. It holds what people said, so it needs an admin key.',
      params: IdParams,
      answers: { 200: EntryDetail },
    },
    async (db, { auth, params }) => {
      const entry = needFound('journal', await readJournal(db, auth.workspaceId, needId('journal', params.id)));
      const secrets = await workspaceSecrets(deps, db, auth.workspaceId);
      const raw = openPage(entry.page, deps.seal).map((request, no) => redact(presentRequest(request, no), secrets));
      return { ...present(entry), raw };
    },
  );

  routes.write(
    'POST',
    {
      url: '/journal/:id/replay',
      permission: 'admin',
      tag,
      summary: 'Read a request once more',
      description:
        'For what could not be read or accepted, after a fix. It waits as `pending` and is read like new; what had been accepted before is not told twice.',
      params: IdParams,
      answers: { 202: Entry },
    },
    async (tx, { auth, params }) => {
      const id = needId('journal', params.id);
      await replayPage(tx, auth.workspaceId, id);
      const entry = needFound('journal', await readJournal(tx, auth.workspaceId, id));
      return { status: 202, body: present(entry) };
    },
  );
}
