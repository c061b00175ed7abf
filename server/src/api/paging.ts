import Type, { type Static, type TSchema } from 'typebox';
import { invalid } from '../errors.ts';
import type { Page, PageAsk, Sort } from '../store/page.ts';

const MAX_LIMIT = 500;
const MAX_OFFSET = 10_000;

/** The ways in which callers ask for a page: ours and the SDK's (`limit offset cursor`), the documents' (`page perPage`), old servers' (`page_size`). */
export const PageQuery = {
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: MAX_LIMIT, description: 'Rows on the page; 20 by default.' }),
  ),
  offset: Type.Optional(
    Type.Integer({ minimum: 0, maximum: MAX_OFFSET, description: 'Rows to pass over; use `cursor` to go further.' }),
  ),
  cursor: Type.Optional(
    Type.String({ description: '`pagination.nextCursor` of the page before, with the same filters.' }),
  ),
  page: Type.Optional(Type.Integer({ minimum: 1, description: 'The page’s number, from 1.' })),
  perPage: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_LIMIT, description: 'The same as `limit`.' })),
  page_size: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_LIMIT, description: 'The same as `limit`.' })),
};
const PageQueryObject = Type.Object(PageQuery);
type PageQueryValues = Static<typeof PageQueryObject>;

/** The query of a list whose order may be chosen. */
export const sortQuery = <const Names extends readonly string[]>(names: Names, fallback: Names[number]) => ({
  sortBy: Type.Optional(Type.Enum(names, { description: `${fallback} by default.` })),
  sortOrder: Type.Optional(Type.Enum(['asc', 'desc'] as const)),
});

export const Pagination = Type.Object(
  {
    total: Type.Integer({ description: 'Exact up to 10,000; above, an estimate.' }),
    totalIsExact: Type.Boolean(),
    limit: Type.Integer(),
    offset: Type.Integer(),
    hasMore: Type.Boolean(),
    nextCursor: Type.Optional(Type.String({ description: 'Present exactly when `hasMore` is true.' })),
  },
  { title: 'Pagination' },
);
export const pageOf = <Item extends TSchema>(item: Item) =>
  Type.Object({ data: Type.Array(item), pagination: Pagination });

/** What the store is asked for. A cursor goes with the order it was made in. */
export function readPage(query: PageQueryValues, order = ''): PageAsk {
  const limit = query.limit ?? query.perPage ?? query.page_size ?? 20;
  const offset = query.offset ?? ((query.page ?? 1) - 1) * limit;
  if (offset > MAX_OFFSET) {
    throw invalid({
      field: query.offset === undefined ? 'page' : 'offset',
      message: `must not pass over more than ${MAX_OFFSET} rows; use cursor`,
    });
  }
  if (query.cursor === undefined) return { limit, offset };
  // A page after a cursor begins there, whatever offset is sent along.
  return { limit, offset: 0, after: readCursor(query.cursor, order) };
}

/** The order a caller chose, and the word for it that its cursors carry. */
export function readSort<Name extends string>(
  sorts: Record<Name, Omit<Sort, 'descending'>>,
  query: { sortBy?: string; sortOrder?: string },
  fallback: Name,
): { sort: Sort; order: string } {
  const name = (query.sortBy ?? fallback) as Name;
  const descending = query.sortOrder ? query.sortOrder === 'desc' : sorts[name].type !== 'text';
  return { sort: { ...sorts[name], descending }, order: `${name} ${descending ? 'desc' : 'asc'}` };
}

/** A page on the wire. */
export function presentPage<Row, Item>(
  page: Page<Row>,
  ask: PageAsk,
  present: (row: Row) => Item,
  order = '',
): { data: Item[]; pagination: Static<typeof Pagination> } {
  return {
    data: page.rows.map(present),
    pagination: {
      total: page.total,
      totalIsExact: page.totalIsExact,
      limit: ask.limit,
      offset: ask.offset,
      hasMore: page.next !== undefined,
      nextCursor: page.next && Buffer.from(JSON.stringify([order, page.next.key, page.next.id])).toString('base64url'),
    },
  };
}

/** A page with nothing on it: what a filter by an id nobody has answers. */
export const emptyPage = (ask: PageAsk) =>
  presentPage({ rows: [], total: 0, totalIsExact: true }, ask, (row: never) => row);

const UUID = /^[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$/;

function readCursor(text: string, order: string): { key: string; id: string } {
  try {
    const [made, key, id] = JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown[];
    if (made === order && typeof key === 'string' && typeof id === 'string' && UUID.test(id)) return { key, id };
  } catch {
    // Not one of ours; said below.
  }
  throw invalid({ field: 'cursor', message: 'is not a cursor of this list in this order' });
}
