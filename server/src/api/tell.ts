import type { ChannelId, ConversationId, WorkspaceId } from '@tributary/protocol';
import { uuidOf } from '@tributary/protocol';
import { insertEvents } from '../store/accept.ts';
import { cleanJson, type Tx } from '../store/db.ts';

/** A fact for the log: what happened, to which thing. */
export interface Fact {
  type: string;
  subject: string;
  channelId?: ChannelId | null;
  conversationId?: ConversationId | null;
  data?: unknown;
}

/** Writes the events of a change, in the change's own transaction. */
export async function tell(tx: Tx, workspaceId: WorkspaceId, ...facts: Fact[]): Promise<void> {
  if (facts.length === 0) return;
  await insertEvents(
    tx,
    cleanJson(
      facts.map((fact, ord) => ({
        ord,
        ws: uuidOf(workspaceId),
        type: fact.type,
        subject: uuidOf(fact.subject),
        ch: fact.channelId ? uuidOf(fact.channelId) : null,
        conv: fact.conversationId ? uuidOf(fact.conversationId) : null,
        data: fact.data ?? {},
      })),
    ),
  );
}
