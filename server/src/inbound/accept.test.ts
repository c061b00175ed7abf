import { uuidOf } from '@tributary/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../test/harness/database.ts';
import { waitFor } from '../../../test/stage/channels.ts';
import { type Db, openDb } from '../store/db.ts';
import { readLog } from '../store/events.ts';
import type { Channel } from '../store/registry.ts';
import { type IntakeLine, openIntake } from './intake.ts';
import { openPage } from './journal.ts';
import type { Intake } from './pages.ts';
import { makeChannel, makeWorkspace, SEAL, TELEGRAM, telegramIntake, telegramText } from './testing.ts';

let fresh: FreshDatabase;
let db: Db;
let channel: Channel;
const faults: unknown[] = [];
const openLine = (): IntakeLine =>
  openIntake({ db, seal: SEAL, committed() {}, fault: (_intake, error) => faults.push(error) });
let line: IntakeLine;
let update = 1;

const count = async (sql: string, values: unknown[] = []): Promise<number> =>
  Number((await db.query<{ n: number }>(`select count(*)::int as n from ${sql}`, values)).rows[0]!.n);
const accept = (intakes: Intake[], on = line): Promise<unknown> =>
  Promise.all(intakes.map((intake) => on.accept([intake])));

beforeAll(async () => {
  fresh = await freshDatabase();
  db = openDb(fresh.connection);
  channel = await makeChannel(db, await makeWorkspace(db), 'telegram', TELEGRAM);
  line = openLine();
});
afterAll(async () => {
  await db.end();
  await fresh.drop();
});

describe('accepting', () => {
  it('stores a message with who said it, where, and the event that tells of it', async () => {
    await accept([telegramIntake(channel, telegramText(update++, 501, 1, 'Hello'))]);
    const { rows } = await db.query(
      `select m.content, m.sender, m.recipient, m.external_id, m.metadata, c.kind, i.value, p.name, t.id is not null as timeline
       from messages m join conversations c on c.id = m.conversation_id join identities i on i.id = m.identity_id
       join contacts p on p.id = i.contact_id join timelines t on t.id = c.timeline_id where m.sender = '501'`,
    );
    expect(rows).toMatchObject([
      {
        content: { type: 'text', text: 'Hello' },
        sender: '501',
        external_id: '501:1',
        kind: 'direct',
        value: '501',
        name: 'P501',
        timeline: true,
        metadata: { profileName: 'P501' },
      },
    ]);
    expect(await count("events where type = 'message.received'")).toBe(1);
  });

  it('takes a redelivery as harmless, today and after a restart', async () => {
    const again = telegramIntake(channel, telegramText(update++, 502, 1, 'Once'));
    await accept([again, again]);
    await accept([again]);
    await accept([again], openLine());
    expect(await count("messages where sender = '502'")).toBe(1);
    expect(
      await count(
        "events e join messages m on m.id = e.subject_id where m.sender = '502' and e.type = 'message.received'",
      ),
    ).toBe(1);
    // Every delivery is in the journal all the same.
    expect(await count('journal')).toBeGreaterThanOrEqual(3);
  });

  it('takes a message of somebody known once, however often it comes, in one batch or in many', async () => {
    await accept([telegramIntake(channel, telegramText(update++, 512, 1, 'first'))]);
    const again = telegramIntake(channel, telegramText(update++, 512, 2, 'second'));
    const third = telegramIntake(channel, telegramText(update++, 512, 3, 'third'));
    await line.accept([again, again, third]);
    await accept([again, third, again]);
    const { rows } = await db.query("select content->>'text' as text from messages where sender = '512' order by id");
    expect(rows.map((row) => row.text)).toEqual(['first', 'second', 'third']);
    expect(await count("events e join messages m on m.id = e.subject_id where m.sender = '512'")).toBe(3);
  });

  it('keeps the same message id of two chats apart', async () => {
    await accept([
      telegramIntake(channel, telegramText(update++, 503, 77, 'a')),
      telegramIntake(channel, telegramText(update++, 504, 77, 'b')),
    ]);
    expect(await count("messages where external_id in ('503:77', '504:77')")).toBe(2);
  });

  it('keeps ids beyond 32 and 53 bits apart', async () => {
    const text = JSON.stringify(telegramText(update++, 505, 1, 'big'));
    const near = (id: string, u: number): Intake => {
      const raw = text.replaceAll('505', id).replace(/"update_id":\d+/, `"update_id":${u}`);
      return telegramIntake(channel, undefined, raw);
    };
    await accept([
      near('9007199254740993', update++),
      near('9007199254740992', update++),
      near('4294967299', update++),
    ]);
    const { rows } = await db.query("select sender from messages where content->>'text' = 'big' order by sender");
    expect(rows.map((row) => row.sender)).toEqual(['4294967299', '9007199254740992', '9007199254740993']);
  });

  it('stores NUL and lone surrogates as U+FFFD, and the raw bytes as they came', async () => {
    const intake = telegramIntake(
      channel,
      undefined,
      JSON.stringify(telegramText(update++, 506, 1, 'X')).replace('"X"', '"a\\u0000b\\ud800c \\\\u0000"'),
    );
    await accept([intake]);
    const { rows } = await db.query(
      "select m.content->>'text' as text, j.page, m.journal_no from messages m join journal j on j.id = m.journal_id where m.sender = '506'",
    );
    expect(rows[0]!.text).toBe('a\ufffdb\ufffdc \\u0000');
    const raw = openPage(rows[0]!.page, SEAL)[rows[0]!.journal_no]!;
    expect(Buffer.from(raw.body)).toEqual(Buffer.from(intake.request.body));
  });

  it('lets a poison request spoil none of the fifty beside it, and keeps it marked', async () => {
    const good = Array.from({ length: 50 }, (_, i) =>
      telegramIntake(channel, telegramText(update++, 600 + i, 1, `good ${i}`)),
    );
    const poison = telegramIntake(channel, telegramText(update++, 599, 1, 'poison'));
    const event = poison.events[0]!;
    // A fault of ours that only the database finds: a date it cannot hold.
    poison.events = [{ ...event, at: { toISOString: () => 'never' } as Date }];
    await accept([...good.slice(0, 25), poison, ...good.slice(25)]);
    expect(await count("messages where content->>'text' like 'good %'")).toBe(50);
    expect(await count("messages where sender = '599'")).toBe(0);
    const { rows } = await db.query("select verdict, error, page from journal where verdict = 'unaccepted'");
    expect(rows).toHaveLength(1);
    expect(rows[0]!.error).toContain('never');
    expect(Buffer.from(openPage(rows[0]!.page, SEAL)[0]!.body).toString()).toContain('poison');
    expect(faults).toHaveLength(1);
  });

  it('lets flights that meet the same new people in opposite order agree', async () => {
    const lines = [openLine(), openLine(), openLine()];
    const people = Array.from({ length: 120 }, (_, i) => 10_000 + i);
    for (let round = 0; round < 5; round++) {
      const shuffles = [
        people,
        [...people].reverse(),
        [...people].sort((a, b) => ((a * 7919) % 127) - ((b * 7919) % 127)),
      ];
      await Promise.all(
        lines.flatMap((one, l) =>
          shuffles[l]!.map((person) =>
            one.accept([
              telegramIntake(channel, telegramText(update++, person + round * 1_000, 1_000 + l, `from line ${l}`)),
            ]),
          ),
        ),
      );
    }
    // 5 rounds of 120 people, each met by three lines at once: every message stored, every person once.
    expect(await count("messages where content->>'text' like 'from line %'")).toBe(5 * 120 * 3);
    expect(await count('identities where length(value) = 5')).toBe(5 * 120);
    expect(await count('conversations c join identities i on i.id = c.identity_id where length(i.value) = 5')).toBe(
      5 * 120,
    );
    expect(await count('contacts p join identities i on i.contact_id = p.id where length(i.value) = 5')).toBe(5 * 120);
    expect(faults).toHaveLength(1);
  });

  it('takes an edit as an edit although it shares its message’s id, keeps what was said, and takes it once', async () => {
    const said = telegramText(update++, 507, 9, 'before');
    const edit = {
      update_id: update++,
      edited_message: { ...(said.message as object), edit_date: 1_789_000_900, text: 'after' },
    };
    await accept([telegramIntake(channel, said)]);
    await accept([telegramIntake(channel, edit)]);
    await accept([telegramIntake(channel, edit)]);
    const { rows } = await db.query("select content, versions, edited_at from messages where sender = '507'");
    expect(rows).toHaveLength(1);
    expect(rows[0]!.content.text).toBe('after');
    expect(rows[0]!.versions).toHaveLength(1);
    expect(rows[0]!.versions[0].content.text).toBe('before');
  });

  it('forgets a conversation that memory knows and the database does not, rather than losing the message', async () => {
    await accept([telegramIntake(channel, telegramText(update++, 508, 1, 'first'))]);
    await db.query("delete from conversations c using identities i where i.id = c.identity_id and i.value = '508'");
    await accept([telegramIntake(channel, telegramText(update++, 508, 2, 'second'))]);
    expect(
      await count(
        "messages m join conversations c on c.id = m.conversation_id where m.sender = '508' and m.content->>'text' = 'second'",
      ),
    ).toBe(1);
  });

  it('journals what cannot be parsed, marked, and stores nothing of it', async () => {
    const intake = telegramIntake(channel, telegramText(update++, 509, 1, 'x'));
    await accept([{ ...intake, events: [], fault: { verdict: 'unparsed', error: 'Not JSON.' } }]);
    expect(await count("journal where verdict = 'unparsed' and error = 'Not JSON.'")).toBe(1);
    expect(await count("messages where sender = '509'")).toBe(0);
  });
});

describe('the log', () => {
  it('is read in the order of numbers, not of their digits', async () => {
    const ws = uuidOf(channel.workspaceId);
    await db.query(
      "insert into events (workspace_id, xid, seq, type) values ($1, '9', 1, 'nine'), ($1, '10', 2, 'ten'), ($1, '10', 11, 'later'), ($1, '10', 3, 'soon')",
      [ws],
    );
    const types: string[] = [];
    for (let place = { xid: '8', seq: 0 }; types.length < 4; ) {
      const [row] = (await readLog(db, place, 1)).rows;
      types.push(row!.type);
      place = row!;
    }
    expect(types).toEqual(['nine', 'ten', 'soon', 'later']);
  });

  it('hands out the types asked for, and says how far it has read all the same', async () => {
    const found = await readLog(db, { xid: '8', seq: 0 }, 3, ['soon', 'nowhere']);
    expect([found.rows.map((row) => row.type), found.last, found.read]).toEqual([['soon'], { xid: '10', seq: 3 }, 3]);
    expect(await readLog(db, found.last!, 1, ['nowhere'])).toMatchObject({
      rows: [],
      last: { xid: '10', seq: 11 },
      read: 1,
    });
  });

  it('never skips an event that committed late', async () => {
    const early = await db.pool.connect();
    const ws = uuidOf(channel.workspaceId);
    try {
      const start = {
        xid: (await db.query<{ x: string }>('select pg_snapshot_xmax(pg_current_snapshot())::text as x')).rows[0]!.x,
        seq: 0,
      };
      await early.query('begin');
      await early.query("insert into events (workspace_id, type) values ($1, 'late')", [ws]);
      await db.query("insert into events (workspace_id, type) values ($1, 'quick')", [ws]);
      // The quick one is not told while an earlier transaction may still commit.
      expect((await readLog(db, start, 10)).rows.map((row) => row.type)).not.toContain('quick');
      await early.query('commit');
      // Other databases of the server hold the horizon back too, for a moment.
      await waitFor(
        async () => (await readLog(db, start, 10)).rows.some((row) => row.type === 'quick'),
        'The quick one never came.',
      );
      expect(
        (await readLog(db, start, 10)).rows
          .filter((row) => row.type === 'late' || row.type === 'quick')
          .map((row) => row.type),
      ).toEqual(['late', 'quick']);
    } finally {
      early.release();
    }
  });
});
