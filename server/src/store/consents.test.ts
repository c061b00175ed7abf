import { newUuid } from '@tributary/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../test/harness/database.ts';
import { hearConsent } from '../contacts/consent.ts';
import { hasStopped } from '../outbound/consent.ts';
import { appendConsents, type NewConsent, readConsent } from './consents.ts';
import { type Db, openDb } from './db.ts';

let fresh: FreshDatabase;
let db: Db;
const ws = newUuid();
const ch = newUuid();
let idn: string;
let minute = 0;

beforeAll(async () => {
  fresh = await freshDatabase();
  db = openDb(fresh.connection);
});
afterAll(async () => {
  await db.end();
  await fresh.drop();
});
beforeEach(async () => {
  idn = newUuid();
  await db.query(
    "insert into identities (workspace_id, id, contact_id, channel_id, kind, value) values ($1, $2, $3, $4, 'phone', $5)",
    [ws, idn, newUuid(), ch, idn],
  );
});

const at = (n: number): string => new Date(Date.UTC(2026, 10, 21, 12, n)).toISOString();
const entry = (state: NewConsent['state'], more: Partial<NewConsent> = {}): NewConsent => ({
  ws,
  id: newUuid(),
  idn,
  ch,
  state,
  source: 'person',
  at: at(minute++),
  ...more,
});
const hear = (state: NewConsent['state'], more: Partial<NewConsent> = {}): Promise<boolean> =>
  db.tx((tx) => hearConsent(tx, entry(state, more)));
const now = (purpose?: string, heardAt?: Date) => readConsent(db, ws, idn, { purpose, heardAt });
const column = async (): Promise<string> =>
  (await db.query<{ consent: string }>('select consent from identities where id = $1', [idn])).rows[0]!.consent;
const lines = async (): Promise<number> =>
  (await db.query('select 1 from consents where identity_id = $1', [idn])).rowCount ?? 0;

describe('the ledger of consent', () => {
  it('knows nothing of whoever said nothing', async () => {
    expect(await now()).toBe('none');
    expect(await hasStopped(db, { ws, identity: idn, conversation: newUuid(), consent: 'none' })).toBe(false);
  });

  it('believes the newest word, whenever it arrives, and writes it onto the identity', async () => {
    await hear('opted_out', { word: 'STOP' });
    expect([await now(), await column()]).toEqual(['opted_out', 'opted_out']);
    await hear('opted_in', { word: 'START' });
    expect([await now(), await column()]).toEqual(['opted_in', 'opted_in']);
    // Said before, told late.
    await hear('opted_out', { at: at(-100) });
    expect(await now()).toBe('opted_in');
    expect(await lines()).toBe(3);
  });

  it('lets a block and its end leave a STOP as it was', async () => {
    await hear('opted_out');
    await hear('blocked');
    expect(await now()).toBe('blocked');
    await hear('unblocked');
    expect([await now(), await column()]).toEqual(['opted_out', 'opted_out']);
  });

  it('ends a block by an opt-in, and hears of no end where there is no block', async () => {
    expect(await hear('unblocked')).toBe(false);
    await hear('blocked');
    await hear('opted_in');
    expect(await now()).toBe('opted_in');
    expect(await lines()).toBe(2);
  });

  it('keeps a purpose apart from the rest', async () => {
    await hear('opted_out', { purpose: 'marketing' });
    expect([await now('marketing'), await now('orders'), await now(), await column()]).toEqual([
      'opted_out',
      'none',
      'none',
      'none',
    ]);
    await hear('opted_in');
    expect(await now('marketing')).toBe('opted_in');
    await hear('opted_out');
    expect([await now('marketing'), await now('orders')]).toEqual(['opted_out', 'opted_out']);
  });

  it('takes a YES for consent only from whoever had stopped', async () => {
    expect(await hear('opted_in', { word: 'YES' })).toBe(false);
    await hear('opted_out', { word: 'STOP' });
    expect(await hear('opted_in', { word: 'yes' })).toBe(true);
    expect(await now()).toBe('opted_in');
  });

  it('counts a provider’s refusal until the person writes again', async () => {
    await db.tx((tx) => appendConsents(tx, [entry('opted_out', { source: 'provider', code: '21610', at: at(-10) })]));
    expect(await column()).toBe('opted_out');
    expect(await now(undefined, new Date(at(-11)))).toBe('opted_out');
    expect(await now(undefined, new Date(at(-9)))).toBe('none');
  });

  it('is never changed: the same line twice is one', async () => {
    const line = entry('opted_out');
    await db.tx((tx) => appendConsents(tx, [line]));
    await db.tx((tx) => appendConsents(tx, [{ ...line, state: 'opted_in' }]));
    expect(await now()).toBe('opted_out');
    expect(await lines()).toBe(1);
  });

  it('believes an identity whose stop is older than the ledger', async () => {
    await db.query("update identities set consent = 'opted_out' where id = $1", [idn]);
    expect(await hasStopped(db, { ws, identity: idn, conversation: newUuid(), consent: 'opted_out' })).toBe(true);
  });
});
