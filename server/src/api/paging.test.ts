import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { presentPage } from './paging.ts';
import { peopleWrite, startApi, type Tenant, type TestApi, telegramChannel } from './testing.ts';

let api: TestApi;
let tenant: Tenant;
const PEOPLE = 23;

beforeAll(async () => {
  api = await startApi();
  tenant = await api.tenant('Shop');
  const channel = await telegramChannel(api, tenant);
  // One transaction: every row of a kind has the same time, so that only ids tell them apart.
  await peopleWrite(
    api,
    channel,
    Array.from({ length: PEOPLE }, (_, n) => ({ from: 1000 + n, text: `Message ${n}` })),
  );
  await tenant.post('/contacts', { name: 'Zoë' });
  await tenant.post('/contacts', { name: 'zelda' });
});
afterAll(() => api.stop());

async function walk(path: string, limit: number): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const join = path.includes('?') ? '&' : '?';
    const { status, body, text } = await tenant.get(`${path}${join}limit=${limit}${cursor ? `&cursor=${cursor}` : ''}`);
    expect(status, text).toBe(200);
    expect(body.data.length).toBeLessThanOrEqual(limit);
    expect(body.pagination.hasMore).toBe(body.pagination.nextCursor !== undefined);
    ids.push(...body.data.map((item: { id: string }) => item.id));
    cursor = body.pagination.nextCursor;
    expect(ids.length).toBeLessThan(1000);
  } while (cursor);
  return ids;
}

describe('walking a list by its cursors', () => {
  const lists = fc.constantFrom(
    '/messages',
    '/contacts',
    '/contacts?sortBy=name',
    '/contacts?sortBy=name&sortOrder=desc',
    '/contacts?sortBy=lastSeenAt&sortOrder=asc',
    '/conversations',
    '/conversations?sortBy=createdAt&sortOrder=asc',
    '/channels',
    '/journal',
  );
  it('gives every row once, in one order, whatever the limit', async () => {
    const whole = new Map<string, string[]>();
    await fc.assert(
      fc.asyncProperty(lists, fc.constantFrom(1, 2, 3, 7, 22, 23, 24, 100), async (path, limit) => {
        const expected = whole.get(path) ?? (await walk(path, 500));
        whole.set(path, expected);
        expect(new Set(expected).size).toBe(expected.length);
        expect(await walk(path, limit)).toEqual(expected);
      }),
      { numRuns: 25 },
    );
    expect(whole.get('/messages') ?? (await walk('/messages', 500))).toHaveLength(PEOPLE);
  });

  it('does not repeat or skip when rows come meanwhile', async () => {
    const first = await tenant.get('/contacts?limit=10&sortBy=createdAt&sortOrder=desc');
    await tenant.post('/contacts', { name: 'Late' });
    const second = await tenant.get(
      `/contacts?limit=10&sortBy=createdAt&sortOrder=desc&cursor=${first.body.pagination.nextCursor}`,
    );
    const ids = [...first.body.data, ...second.body.data].map((one: { id: string }) => one.id);
    expect(new Set(ids).size).toBe(20);
  });
});

describe('asking for a page', () => {
  it('takes every spelling that programs use', async () => {
    const asked = ['limit=5&offset=5', 'page=2&perPage=5', 'page=2&page_size=5'];
    const pages = await Promise.all(asked.map((query) => tenant.get(`/messages?${query}`)));
    for (const page of pages) {
      expect(page.body.data).toEqual(pages[0]!.body.data);
      expect(page.body.pagination).toMatchObject({
        total: PEOPLE,
        totalIsExact: true,
        limit: 5,
        offset: 5,
        hasMore: true,
      });
    }
  });

  it('refuses what it cannot read, with the place', async () => {
    const asked: [string, string][] = [
      ['limit=0', 'limit'],
      ['limit=abc', 'limit'],
      ['limit=501', 'limit'],
      ['offset=10001', 'offset'],
      ['page=900&perPage=50', 'page'],
      ['cursor=nonsense', 'cursor'],
    ];
    for (const [query, field] of asked) {
      const { status, body } = await tenant.get(`/messages?${query}`);
      expect([query, status, body.details?.[0]?.field]).toEqual([query, 400, field]);
    }
  });

  it('refuses a cursor of another order, and one made by hand', async () => {
    const { body } = await tenant.get('/contacts?limit=1&sortBy=name');
    expect((await tenant.get(`/contacts?sortBy=createdAt&cursor=${body.pagination.nextCursor}`)).status).toBe(400);
    const made = Buffer.from(JSON.stringify(['createdAt desc', 'yesterday-ish', '0'.repeat(32)])).toString('base64url');
    expect((await tenant.get(`/contacts?sortBy=createdAt&cursor=${made}`)).status).toBe(400);
  });

  it('counts exactly to ten thousand, and estimates beyond', async () => {
    await api.db.query(
      `insert into inboxes (workspace_id, id, name) select $1, gen_random_uuid(), 'Inbox ' || n from generate_series(1, 10050) n`,
      [tenant.workspaceId.slice(3)],
    );
    await api.db.query('analyze inboxes');
    const { pagination } = (await tenant.get('/inboxes?limit=1')).body;
    expect(pagination.totalIsExact).toBe(false);
    expect(pagination.total).toBeGreaterThan(10_000);
    expect(pagination.total).toBeLessThan(12_000);
  });

  it('never says that there is more without saying how to get it', () => {
    const page = presentPage(
      { rows: [1], total: 2, totalIsExact: true, next: { key: 'k', id: 'i' } },
      { limit: 1, offset: 0 },
      (n) => n,
    );
    expect(page.pagination.hasMore).toBe(true);
    expect(page.pagination.nextCursor).toMatch(/^[\w-]+$/);
  });
});
