import type pg from 'pg';
import type { Tx } from './db.ts';

/** Counts are exact up to here; beyond, the planner's estimate does. */
const COUNTED = 10_000;

/** Where a page begins: after a row already seen, or after so many. */
export interface PageAsk {
  limit: number;
  offset: number;
  after?: { key: string; id: string };
}
export interface Sort {
  /** An SQL expression that is never null. */
  by: string;
  type: 'timestamptz' | 'text' | 'uuid' | 'integer';
  descending: boolean;
}
export interface Page<T> {
  rows: T[];
  total: number;
  totalIsExact: boolean;
  /** Present exactly when more rows follow. */
  next?: { key: string; id: string };
}

/** Conditions and their values, numbered as they are added. `?` in the SQL stands for the value. */
export class Filters {
  readonly values: unknown[] = [];
  private readonly conditions: string[] = [];

  add(sql: string, value: unknown): this {
    this.conditions.push(sql.replaceAll('?', this.bind(value)));
    return this;
  }
  /** Nothing when the caller did not ask. */
  maybe(sql: string, value: unknown): this {
    return value === undefined ? this : this.add(sql, value);
  }
  always(sql: string): this {
    this.conditions.push(sql);
    return this;
  }
  bind(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
  get where(): string {
    return this.conditions.length ? `where ${this.conditions.map((condition) => `(${condition})`).join(' and ')}` : '';
  }
}

interface PageQuery {
  columns: string;
  from: string;
  filters: Filters;
  sort: Sort;
  /** The column that breaks ties. */
  id: string;
  ask: PageAsk;
}

/** One page by keyset: rows that come and go elsewhere in the list neither repeat nor hide others. */
export async function selectPage<Row extends pg.QueryResultRow, T>(
  tx: Tx,
  query: PageQuery,
  read: (row: Row) => T,
): Promise<Page<T>> {
  const { columns, from, filters, sort, id, ask } = query;
  // The count is asked first: the cursor's own condition does not belong to it.
  const counting = countRows(tx, `from ${from} ${filters.where}`, [...filters.values]);
  const direction = sort.descending ? 'desc' : 'asc';
  if (ask.after) {
    const key = filters.bind(ask.after.key);
    const tie = filters.bind(ask.after.id);
    filters.always(`(${sort.by}, ${id}) ${sort.descending ? '<' : '>'} (${key}::${sort.type}, ${tie}::uuid)`);
  }
  const [found, count] = await Promise.all([
    tx.query<Row & { page_key: string; page_id: string }>(
      `select ${columns}, (${sort.by})::text as page_key, ${id} as page_id from ${from} ${filters.where}
       order by ${sort.by} ${direction}, ${id} ${direction}
       limit ${filters.bind(ask.limit + 1)} offset ${filters.bind(ask.offset)}`,
      filters.values,
    ),
    counting,
  ]);
  const rows = found.rows.slice(0, ask.limit);
  const last = rows.at(-1);
  const more = found.rows.length > ask.limit && last !== undefined;
  return {
    rows: rows.map(read),
    ...count,
    next: more ? { key: last.page_key, id: last.page_id } : undefined,
  };
}

async function countRows(tx: Tx, rest: string, values: unknown[]): Promise<{ total: number; totalIsExact: boolean }> {
  const counted = await tx.query<{ n: number }>(
    `select count(*)::int as n from (select 1 ${rest} limit ${COUNTED + 1}) counted`,
    values,
  );
  const total = counted.rows[0]?.n ?? 0;
  if (total <= COUNTED) return { total, totalIsExact: true };
  const plan = await tx.query<{ 'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }] }>(
    `explain (format json) select 1 ${rest}`,
    values,
  );
  return { total: Math.max(total, plan.rows[0]?.['QUERY PLAN'][0].Plan['Plan Rows'] ?? 0), totalIsExact: false };
}
