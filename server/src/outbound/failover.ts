import type { Address, ChannelAdapter, Io } from '@tributary/channels';
import { CHANNEL_TYPES, type ChannelId, parseId, RANK, toId, uuidOf, type WorkspaceId } from '@tributary/protocol';
import type { Logger } from 'pino';
import { ApiError } from '../errors.ts';
import { insertEvents } from '../store/accept.ts';
import { cleanJson, type Db, type Tx, tryStep } from '../store/db.ts';
import {
  channelsOfType,
  type DueFailover,
  externalIdsOf,
  type FailoverStep,
  insertFailover,
  takeDueFailover,
  withdrawLate,
} from '../store/failovers.ts';
import type { Channel, Registry } from '../store/registry.ts';
import { findIdentityOfContact, type SendRow } from '../store/sends.ts';
import { keepLooking, type Lookout } from './lookout.ts';
import type { AcceptSend, SendInput } from './types.ts';

/** Whom a message was for: what the next channel's address is found by. */
interface Whom {
  contact: string | null;
  addressKind: string | null;
  address: string | null;
}

/** What the channel's own settings say where the sender says nothing: the SMS channel of an RCS agent. */
export function fallbackOf(adapter: ChannelAdapter, channel: Channel): FailoverStep[] | undefined {
  const fallback = adapter.fallback?.(channel.config);
  return fallback && [{ channel: fallback.channelId, afterSeconds: fallback.afterSeconds, until: 'delivered' }];
}

/** Remembers the chain of a message that was just queued. */
export async function watch(tx: Tx, row: SendRow, chain: readonly FailoverStep[]): Promise<void> {
  const { until, afterSeconds } = chain[0]!;
  await insertFailover(tx, { ws: row.ws, message: row.message, until: RANK[until], steps: chain, due: afterSeconds });
}

/** The same message for the next channel of its chain, to the same person there. Throws ApiError where there is no such channel or address. */
export async function elsewhere(
  tx: Tx,
  input: SendInput,
  chain: readonly FailoverStep[],
  whom: Whom,
): Promise<SendInput> {
  const [step, ...rest] = chain;
  const ws = uuidOf(input.workspaceId);
  const channel = await channelFor(tx, ws, step!.channel);
  const known = whom.contact ? await findIdentityOfContact(tx, ws, channel, whom.contact) : undefined;
  const to = known?.value ?? (whom.addressKind === 'phone' || whom.addressKind === 'email' ? whom.address : null);
  if (!to) throw new ApiError('INVALID_RECIPIENT', 'The person has no address on the next channel.');
  return {
    ...input,
    conversationId: undefined,
    contactId: undefined,
    replyTo: undefined,
    channelId: toId('channel', channel) as ChannelId,
    to,
    content: step!.content ?? input.content,
    failover: rest,
  };
}

async function channelFor(tx: Tx, ws: string, named: string): Promise<string> {
  const id = parseId('channel', named);
  if (id) return uuidOf(id);
  if (!(CHANNEL_TYPES as readonly string[]).includes(named))
    throw new ApiError('CHANNEL_NOT_FOUND', `There is no channel “${named}”.`);
  const [first] = await channelsOfType(tx, ws, named);
  if (!first) throw new ApiError('CHANNEL_NOT_FOUND', `The workspace has no ${named} channel.`);
  return first;
}

const POLL_MS = 250;
const LATE = { code: 'unavailable', message: 'It did not come far enough in time and went on to the next channel.' };

/**
 * Says messages on the next channel of their chain when they have failed, or have not come as far as asked in time. The decision, the new message and
 * the event that tells of it are one transaction, so that a message fails over once.
 */
export function startFailover(tools: {
  db: Db;
  registry: Registry;
  adapterOf(type: string): ChannelAdapter | undefined;
  ioFor(channel: Channel, adapter: ChannelAdapter): Io;
  send: AcceptSend;
  log: Logger;
  committed(): void;
}): Lookout {
  const { db, log } = tools;

  async function look(): Promise<void> {
    await db.tx((tx) => withdrawLate(tx, LATE));
    for (;;) {
      const one = await db.tx(async (tx) => {
        const due = await takeDueFailover(tx);
        return due && { due, moved: await decide(tx, due) };
      });
      if (!one) return;
      if (!one.moved) continue;
      tools.committed();
      if (one.due.state !== RANK.failed) await revoke(one.due);
    }
  }

  /** Answers whether the message went on to another channel. */
  async function decide(tx: Tx, due: DueFailover): Promise<boolean> {
    if (due.state !== RANK.failed && due.state >= due.until) return false;
    const reason = due.state === RANK.failed ? 'failed' : 'late';
    const base: SendInput = {
      workspaceId: toId('workspace', due.ws) as WorkspaceId,
      content: due.content,
      author: due.author,
      authorId: due.authorId ?? undefined,
      metadata: { ...due.metadata, failoverOf: toId('message', due.message) },
      // A tag belongs to the channel it was given for.
      options: due.options ? { ...due.options, tag: undefined } : undefined,
    };
    const whom = { contact: due.contact, addressKind: due.kind, address: due.value };
    const refused: string[] = [];
    for (const [at, { channel }] of due.steps.entries()) {
      try {
        const { messageId } = await tryStep(tx, async () =>
          tools.send(tx, await elsewhere(tx, base, due.steps.slice(at), whom)),
        );
        await tell(tx, due, 'message.failed_over', { reason, messageId, channel, refused });
        return true;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        refused.push(`${channel}: ${error.message}`);
      }
    }
    await tell(tx, due, 'message.failover_ended', { reason, refused });
    return false;
  }

  /** Asks the provider to take back what has not arrived yet. Best effort: it may arrive all the same. */
  async function revoke(due: DueFailover): Promise<void> {
    const channel = await tools.registry.get(toId('channel', due.channel));
    const adapter = channel && tools.adapterOf(channel.type);
    if (!channel || !adapter?.remove || !due.kind || !due.value) return;
    const to = { kind: due.kind, value: due.value } as Address;
    const context = {
      to,
      thread: { key: to.value, kind: 'direct' as const },
      partKey: '',
      callbackUrl: '',
      now: new Date(),
      locale: 'en',
    };
    for (const externalId of await externalIdsOf(db, due.ws, due.delivery))
      for (const request of adapter.remove(externalId, context, channel.config))
        await adapter
          .send(request, channel.config, tools.ioFor(channel, adapter))
          .catch((error) => log.debug({ err: error }, 'A late message could not be taken back.'));
  }

  return keepLooking(look, {
    restMs: () => POLL_MS,
    failed: (error) => log.warn({ err: error }, 'Messages that go on to another channel have to wait.'),
  });
}

function tell(tx: Tx, due: DueFailover, type: string, data: object): Promise<void> {
  return insertEvents(tx, cleanJson([{ ord: 0, ws: due.ws, type, subject: due.message, ch: null, conv: null, data }]));
}
