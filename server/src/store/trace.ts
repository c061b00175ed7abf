import type { DeliveryState, JournalId, MessageId, WorkspaceId } from '@tributary/protocol';
import { DELIVERY_STATES, toId, uuidOf } from '@tributary/protocol';
import type { Tx } from './db.ts';

/** A reference into the journal: which page, which request on it. */
export interface JournalRef {
  id: JournalId;
  no: number;
}
const readRef = (id: string | null, no: number | null): JournalRef | undefined =>
  id === null ? undefined : { id: toId('journal', id), no: no ?? 0 };

/** Where a message comes from: the raw request it was read from, and the person behind the address. */
export interface Origin {
  journal?: JournalRef;
  identity?: {
    kind: string;
    value: string;
    name?: string;
    contactId: string;
    contactName: string | null;
    /** Made in the very transaction that stored the message. */
    isNew: boolean;
    since: Date;
  };
  authorName: string | null;
}

export async function readOrigin(tx: Tx, workspaceId: WorkspaceId, id: MessageId): Promise<Origin | undefined> {
  const found = await tx.query<{
    journal_id: string | null;
    journal_no: number | null;
    kind: string | null;
    value: string;
    name: string | null;
    contact_id: string;
    contact_name: string | null;
    is_new: boolean;
    since: Date;
    author_name: string | null;
  }>(
    `select m.journal_id, m.journal_no, i.kind, i.value, i.profile->>'name' as name, i.contact_id, c.name as contact_name,
       i.created_at = m.created_at as is_new, i.created_at as since, b.name as author_name
     from messages m
     left join identities i on i.workspace_id = m.workspace_id and i.id = m.identity_id
     left join contacts c on c.workspace_id = i.workspace_id and c.id = i.contact_id
     left join bots b on b.workspace_id = m.workspace_id and b.id = m.author_id
     where m.workspace_id = $1 and m.id = $2`,
    [uuidOf(workspaceId), uuidOf(id)],
  );
  const row = found.rows[0];
  if (!row) return undefined;
  return {
    journal: readRef(row.journal_id, row.journal_no),
    identity:
      row.kind === null
        ? undefined
        : {
            kind: row.kind,
            value: row.value,
            name: row.name ?? undefined,
            contactId: toId('contact', row.contact_id),
            contactName: row.contact_name,
            isNew: row.is_new,
            since: row.since,
          },
    authorName: row.author_name,
  };
}

/** The events of the log that tell of a message, in their order. */
export async function readEventsOf(
  tx: Tx,
  workspaceId: WorkspaceId,
  id: MessageId,
): Promise<{ type: string; at: Date; data: Record<string, unknown> }[]> {
  const found = await tx.query<{ type: string; at: Date; data: Record<string, unknown> }>(
    'select type, at, data from events where workspace_id = $1 and subject_id = $2 order by xid, seq limit 500',
    [uuidOf(workspaceId), uuidOf(id)],
  );
  return found.rows;
}

/** A webhook bot's turn to answer a message. */
export interface TurnOf {
  botName: string | null;
  done: boolean;
  attempts: number;
  error: string | null;
  createdAt: Date;
  endedAt: Date | null;
}

/** Turns begin within a day of their message; ids begin with their time. */
export async function readTurnsOf(tx: Tx, workspaceId: WorkspaceId, id: MessageId): Promise<TurnOf[]> {
  const uuid = uuidOf(id);
  const dayAfter =
    (Number.parseInt(uuid.slice(0, 12), 16) + 86_400_000).toString(16).padStart(12, '0') + uuid.slice(12);
  const found = await tx.query<{
    name: string | null;
    done: boolean;
    attempts: number;
    error: string | null;
    created_at: Date;
    ended_at: Date | null;
  }>(
    `select b.name, t.done, t.attempts, t.error, t.created_at, t.ended_at
     from turns t left join bots b on b.workspace_id = t.workspace_id and b.id = t.bot_id
     where t.workspace_id = $1 and t.id >= $2 and t.id < $3 and t.message_id = $2 order by t.seq`,
    [uuidOf(workspaceId), uuid, dayAfter],
  );
  return found.rows.map((row) => ({
    botName: row.name,
    done: row.done,
    attempts: row.attempts,
    error: row.error,
    createdAt: row.created_at,
    endedAt: row.ended_at,
  }));
}

/** What was answered to a message: later messages of its conversation that name it. */
export async function readAnswersTo(
  tx: Tx,
  workspaceId: WorkspaceId,
  conversationId: string,
  id: MessageId,
): Promise<{ messageId: MessageId; botName: string | null; at: Date; content: unknown }[]> {
  const found = await tx.query<{ id: string; name: string | null; created_at: Date; content: unknown }>(
    `select m.id, b.name, m.created_at, m.content from (
       select * from messages where workspace_id = $1 and conversation_id = $2 and id > $3 order by id limit 200
     ) m left join bots b on b.workspace_id = m.workspace_id and b.id = m.author_id
     where m.metadata->>'answers' = $4 order by m.id`,
    [uuidOf(workspaceId), uuidOf(conversationId), uuidOf(id), id],
  );
  return found.rows.map((row) => ({
    messageId: toId('message', row.id),
    botName: row.name,
    at: row.created_at,
    content: row.content,
  }));
}

export interface PartOf {
  no: number;
  state: DeliveryState;
  request: { name?: string; method?: string; path?: string; body?: unknown } | null;
  answer: unknown;
  error: { code?: string; providerCode?: string; providerMessage?: string; message?: string } | null;
  externalId: string | null;
  attemptAt: Date;
}
export interface ReceiptOf {
  state: DeliveryState;
  partNo: number | null;
  error: unknown;
  at: Date;
  receivedAt: Date;
  journal?: JournalRef;
}
export interface DeliveryOf {
  state: DeliveryState;
  attempts: number;
  resends: number;
  requests: number | null;
  losses: { code: string; kind: string; says: string }[];
  waits: { at?: string; says?: string; ms?: number }[];
  error: { code?: string; providerCode?: string; providerMessage?: string; message?: string } | null;
  createdAt: Date;
  failedAt: Date | null;
  parts: PartOf[];
  receipts: ReceiptOf[];
}

/** How a message travelled: its delivery, each provider request, each piece of evidence. */
export async function readDeliveryOf(tx: Tx, workspaceId: WorkspaceId, id: MessageId): Promise<DeliveryOf | undefined> {
  const ws = uuidOf(workspaceId);
  const found = await tx.query<{
    id: string;
    state: number;
    attempts: number;
    resends: number;
    requests: number | null;
    losses: DeliveryOf['losses'] | null;
    waits: DeliveryOf['waits'] | null;
    error: DeliveryOf['error'];
    created_at: Date;
    failed_at: Date | null;
  }>(
    `select id, state, attempts, resends, requests, losses, waits, error, created_at, failed_at
     from deliveries where workspace_id = $1 and message_id = $2 order by seq desc limit 1`,
    [ws, uuidOf(id)],
  );
  const delivery = found.rows[0];
  if (!delivery) return undefined;
  const parts = await tx.query<{
    no: number;
    state: number;
    request: PartOf['request'];
    answer: unknown;
    error: PartOf['error'];
    external_id: string | null;
    attempt_at: Date;
  }>(
    `select no, state, request, answer, error, external_id, attempt_at from delivery_parts
     where workspace_id = $1 and delivery_id = $2 order by no`,
    [ws, delivery.id],
  );
  const receipts = await tx.query<{
    state: number;
    part_no: number | null;
    error: unknown;
    at: Date;
    received_at: Date;
    journal_id: string | null;
    journal_no: number | null;
  }>(
    `select state, part_no, error, at, received_at, journal_id, journal_no from receipts
     where workspace_id = $1 and delivery_id = $2 order by received_at, id limit 200`,
    [ws, delivery.id],
  );
  return {
    state: DELIVERY_STATES[delivery.state]!,
    attempts: delivery.attempts,
    resends: delivery.resends,
    requests: delivery.requests,
    losses: delivery.losses ?? [],
    waits: delivery.waits ?? [],
    error: delivery.error,
    createdAt: delivery.created_at,
    failedAt: delivery.failed_at,
    parts: parts.rows.map((row) => ({
      no: row.no,
      state: DELIVERY_STATES[row.state]!,
      request: row.request,
      answer: row.answer,
      error: row.error,
      externalId: row.external_id,
      attemptAt: row.attempt_at,
    })),
    receipts: receipts.rows.map((row) => ({
      state: DELIVERY_STATES[row.state]!,
      partNo: row.part_no,
      error: row.error,
      at: row.at,
      receivedAt: row.received_at,
      journal: readRef(row.journal_id, row.journal_no),
    })),
  };
}
