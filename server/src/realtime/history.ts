import type { Said, SocketAbility, Thread } from '@tributary/channels';
import { RANK } from '@tributary/protocol';
import type { Tx } from '../store/db.ts';
import { findIdentity, type HistoryRow, readRecentFrames, readThread } from '../store/sockets.ts';

interface Whose {
  workspaceId: string;
  channelId: string;
  visitor: { kind: string; value: string };
  thread: Thread;
}

type Recall = SocketAbility<Record<string, unknown>>['recall'];

/**
 * What a returning visitor is shown: the newest messages, oldest first, in the form of frames. What has been published but not settled yet is
 * taken from the log, so that a cursor read before this call leaves no gap.
 */
export async function readHistory(
  tx: Tx,
  whose: Whose,
  recall: Recall,
  config: Record<string, unknown>,
  limit = 50,
): Promise<{ id: string }[]> {
  const { workspaceId: ws, channelId: channel, visitor, thread } = whose;
  const identity = await findIdentity(tx, ws, channel, visitor.kind, visitor.value);
  if (!identity) return [];
  // The log first: what is settled between the two reads is in both.
  const recent = await readRecentFrames(tx, ws, identity, limit);
  // A person's own chat is stored under the identity, whatever its address.
  const key = thread.kind === 'direct' && thread.key === visitor.value ? identity : thread.key;
  const rows = await readThread(tx, ws, channel, key, limit);

  const shown = new Map<string, { id: string }>();
  const show = (said: Said): void => {
    const frame = recall(said, config);
    if (frame && !shown.has(frame.id)) shown.set(frame.id, frame);
  };
  for (const said of toSaid(rows)) show(said);
  for (const frame of recent) {
    const externalId = (frame as { id?: unknown } | null)?.id;
    if (typeof externalId !== 'string') continue;
    const request: Said['request'] = { method: 'POST', path: '/', body: frame, name: 'frame' };
    const content: Said['content'] = { type: 'unsupported', reason: 'It is in the request.' };
    show({ direction: 'outbound', externalId, content, at: new Date(), status: 'sent', request });
  }
  return [...shown.values()].slice(-limit);
}

function toSaid(rows: readonly HistoryRow[]): Said[] {
  const said: Said[] = [];
  const lastAnswer = rows.findLastIndex((row) => row.direction === 'outbound');
  rows.forEach((row, index) => {
    const common = { direction: row.direction, content: row.content, at: row.said_at };
    const replyTo = row.reply_to ?? undefined;
    if (row.direction === 'inbound') {
      // Nobody tells us when a member or a bot reads; but what was answered has been read.
      const status = index < lastAnswer ? 'read' : 'sent';
      if (row.external_id) said.push({ ...common, externalId: row.external_id, replyTo, status });
      return;
    }
    for (const part of row.parts ?? []) {
      const status = part.state >= RANK.read ? 'read' : part.state >= RANK.delivered ? 'delivered' : 'sent';
      // After an edit the content says what the request no longer does; only a message of one part can be edited.
      const request = row.edited && row.parts?.length === 1 ? undefined : (part.request as Said['request']);
      said.push({ ...common, externalId: part.key, status, request: request ?? undefined });
    }
  });
  return said;
}
