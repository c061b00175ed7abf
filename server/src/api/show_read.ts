import type { InboundEventOf } from '@tributary/channels';
import type { ConversationId, MessageId, WorkspaceId } from '@tributary/protocol';
import type { FastifyBaseLogger } from 'fastify';
import { readChannel } from '../store/channels.ts';
import { newestRead } from '../store/conversations.ts';
import { ioOf } from './connect.ts';
import type { ApiDeps } from './deps.ts';

/** What a member read: a conversation, up to the newest of some messages or all of it. */
export interface Reading {
  workspaceId: WorkspaceId;
  conversationId: ConversationId;
  upTo?: readonly MessageId[];
}

/** Lets the person see that they were read, where their provider shows that. Best effort: nobody waits for it, and it may be missed. */
export async function showRead(deps: ApiDeps, log: FastifyBaseLogger, reading: Reading): Promise<void> {
  const { workspaceId, conversationId, upTo } = reading;
  try {
    const read = await newestRead(deps.db, workspaceId, conversationId, upTo);
    const channel = read && (await readChannel(deps.db, deps.seal, workspaceId, read.channelId));
    const adapter = channel && deps.adapters[channel.type];
    if (!read || !channel || !adapter?.acknowledge) return;
    const event: InboundEventOf<'message'> = {
      key: '',
      account: channel.account,
      at: read.at,
      raw: null,
      type: 'message',
      externalId: read.externalId,
      from: read.from,
      thread: read.kind === 'group' ? { key: read.thread, kind: 'group' } : { key: read.from.value, kind: 'direct' },
      content: read.content,
      attachments: [],
      metadata: read.metadata,
    };
    const io = ioOf(deps, channel, adapter);
    for (const request of adapter.acknowledge(event, channel.config)) await adapter.send(request, channel.config, io);
  } catch (error) {
    log.debug({ err: error, conversationId }, 'The provider was not told that a conversation was read.');
  }
}
