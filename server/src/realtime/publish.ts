import type { Address } from '@tributary/channels';
import { uuidOf } from '@tributary/protocol';
import type { Tx } from '../store/db.ts';
import { insertFrame } from '../store/sockets.ts';

/**
 * Puts a frame into the log, for whatever sockets its visitor has open now or will open. It is told once the transaction has committed; `wake`
 * the hub then to have it told at once.
 */
export async function publishFrame(
  tx: Tx,
  to: { workspaceId: string; channelId: string; identityId?: string; visitor: Address; frame: unknown },
): Promise<void> {
  await insertFrame(tx, {
    ws: uuidOf(to.workspaceId),
    channel: uuidOf(to.channelId),
    identity: to.identityId && uuidOf(to.identityId),
    kind: to.visitor.kind,
    visitor: to.visitor.value,
    frame: to.frame,
  });
}
