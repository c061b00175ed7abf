import type { Address, ChannelAdapter } from '@tributary/channels';
import {
  type Capabilities,
  type ChannelId,
  type Content,
  type ConversationId,
  type DeliveryId,
  fit,
  type MessageId,
  newUuid,
  toId,
  uuidOf,
} from '@tributary/protocol';
import { resolvePlaces, Whereis } from '../contacts/resolve.ts';
import { ApiError, invalid } from '../errors.ts';
import type { Files } from '../media/files.ts';
import { knowFiles } from '../media/known.ts';
import { untilTomorrow, withLinks } from '../media/links.ts';
import type { Tx } from '../store/db.ts';
import type { Channel, Registry } from '../store/registry.ts';
import type { SendOptions } from '../store/send_options.ts';
import { type Destination, findDestination, findIdentityOfContact, insertSends, type SendRow } from '../store/sends.ts';
import { hasStopped } from './consent.ts';
import { elsewhere, fallbackOf, watch } from './failover.ts';
import type { AcceptSend, SendInput, SendResult } from './types.ts';
import { heldUntil, judge } from './windows.ts';

export interface SendTools {
  registry: Registry;
  adapterOf(type: string): ChannelAdapter | undefined;
  now(): Date;
  files: Pick<Files, 'links'>;
}

/** The row of a message to say, with fresh ids. `reply` is our id of the message it answers. */
export function sendRow(
  where: { ws: string; channel: Channel; conversation: string; identity: string | null; recipient: string },
  said: {
    content: Content;
    author: SendInput['author'];
    authorId?: string;
    replyTo?: string;
    metadata?: Record<string, unknown>;
    onUnknown?: string;
    options?: SendOptions;
    heldUntil?: Date;
  },
  ord: number,
): SendRow {
  return {
    ord,
    ws: where.ws,
    message: newUuid(),
    delivery: newUuid(),
    conv: where.conversation,
    ch: uuidOf(where.channel.id),
    idn: where.identity,
    lane: where.identity ?? where.conversation,
    author: said.author,
    authorId: said.authorId ? uuidOf(said.authorId) : null,
    ct: said.content.type,
    content: said.content,
    sender: where.channel.self ?? where.channel.account,
    recipient: where.recipient,
    // What a reaction is put on is found the way an answered message is.
    reply: said.replyTo ?? (said.content.type === 'reaction' ? said.content.messageId : undefined) ?? null,
    meta: said.metadata ?? {},
    onUnknown: said.onUnknown ?? null,
    options: said.options ?? null,
    heldUntil: said.heldUntil?.toISOString() ?? null,
  };
}

/** Makes the function that accepts a message to send: message, delivery, lane and event in the caller's transaction. */
export function makeAcceptSend(tools: SendTools): AcceptSend {
  const acceptSend: AcceptSend = async (tx, input) => {
    const ws = uuidOf(input.workspaceId);
    const { channel, destination } = await findWhere(tx, input, tools);
    const adapter = tools.adapterOf(channel.type);
    if (!adapter) throw new ApiError('INVALID_CHANNEL_TYPE');
    if (channel.status === 'inactive') throw new ApiError('CHANNEL_NOT_CONNECTED');
    const { window } = adapter.capabilities(channel.config);
    if (input.options?.tag && !window?.tags?.some(({ tag }) => tag === input.options?.tag))
      throw invalid({ field: 'options.tag', message: `${adapter.title} knows no tag “${input.options.tag}”.` });
    const refusal = await refusalOf(tx, input, destination, window, tools.now());
    if (refusal && input.options?.whenClosed === 'failover' && input.failover?.length)
      return acceptSend(tx, await elsewhere(tx, input, input.failover, destination));
    const waits = refusal?.code === 'OUTSIDE_MESSAGE_WINDOW' && input.options?.whenClosed === 'queue';
    if (refusal && !waits) throw refusal;
    const content = await readFiles(tx, input, tools);
    // What a link says is of no matter here, but that there is one.
    const linked = withLinks(content, (id) => tools.files.links.sign(ws, id, untilTomorrow(tools.now())));
    const fitted = fit(linked, adapter.capabilities(channel.config), { channelTitle: adapter.title });
    if (fitted.parts.length === 0) throw new ApiError('UNSUPPORTED_CONTENT_TYPE', fitted.losses[0]?.says);
    if (input.fit === 'strict' && fitted.losses.length > 0) {
      throw new ApiError(
        'CONTENT_DOES_NOT_FIT',
        undefined,
        fitted.losses.map((loss) => ({ field: 'content', message: loss.says })),
      );
    }
    const row = sendRow(
      {
        ws,
        channel,
        conversation: destination.conversation,
        identity: destination.kind === 'direct' ? destination.identity : null,
        recipient: destination.address ?? destination.thread,
      },
      { ...input, content, ...(waits ? { heldUntil: heldUntil(input.options ?? {}, tools.now()) } : {}) },
      0,
    );
    await insertSends(tx, [row]);
    const chain = input.failover ?? fallbackOf(adapter, channel);
    if (chain?.[0] && destination.kind === 'direct') await watch(tx, row, chain);
    return {
      messageId: toId('message', row.message) as MessageId,
      conversationId: toId('conversation', row.conv) as ConversationId,
      deliveryId: toId('delivery', row.delivery) as DeliveryId,
    } satisfies SendResult;
  };
  return acceptSend;
}

/** The content with what we know of its files. A file that is not there is the caller's mistake. */
async function readFiles(tx: Tx, input: SendInput, { files, now }: SendTools): Promise<Content> {
  const { content, missing } = await knowFiles(tx, files, input.workspaceId, input.content, now());
  if (missing.length > 0)
    throw invalid({ field: 'content', message: `names files that are not there: ${missing.join(', ')}` });
  return content;
}

async function findWhere(
  tx: Tx,
  input: SendInput,
  tools: SendTools,
): Promise<{ channel: Channel; destination: Destination }> {
  const ws = uuidOf(input.workspaceId);
  if (input.conversationId) {
    const destination = await findDestination(tx, ws, uuidOf(input.conversationId));
    if (!destination) throw new ApiError('CONVERSATION_NOT_FOUND');
    return { channel: await channelOf(input, toId('channel', destination.channel), tools), destination };
  }
  if (!input.channelId)
    throw new ApiError('VALIDATION_ERROR', undefined, [
      { field: 'channelId', message: 'Name a conversation, or a channel with to or contactId.' },
    ]);
  const channel = await channelOf(input, input.channelId, tools);
  const address = await addressOf(tx, input, channel, tools);
  const { places } = await resolvePlaces(
    tx,
    [{ channel, from: address, thread: { key: address.value, kind: 'direct' } }],
    new Whereis(16),
  );
  const destination = await findDestination(tx, ws, places[0]!.conversation);
  if (!destination) throw new Error('A conversation that was just made is not there.');
  return { channel, destination };
}

async function channelOf(input: SendInput, id: ChannelId, tools: SendTools): Promise<Channel> {
  const channel = await tools.registry.get(id);
  if (!channel || channel.workspaceId !== input.workspaceId) throw new ApiError('CHANNEL_NOT_FOUND');
  return channel;
}

async function addressOf(tx: Tx, input: SendInput, channel: Channel, tools: SendTools): Promise<Address> {
  if (input.to !== undefined) {
    const address = tools.adapterOf(channel.type)?.address(input.to, channel.config);
    if (!address)
      throw new ApiError('INVALID_RECIPIENT', undefined, [
        { field: 'to', message: `“${input.to}” is not an address of this channel.` },
      ]);
    return address;
  }
  if (!input.contactId)
    throw new ApiError('VALIDATION_ERROR', undefined, [{ field: 'to', message: 'Name a recipient: to or contactId.' }]);
  const identity = await findIdentityOfContact(
    tx,
    uuidOf(input.workspaceId),
    uuidOf(channel.id),
    uuidOf(input.contactId),
  );
  if (!identity)
    throw new ApiError('INVALID_RECIPIENT', 'The contact has no address on this channel.', [
      { field: 'contactId', message: 'The contact has no address on this channel.' },
    ]);
  return identity as Address;
}

/** What the person, or the provider's rules, forbid just now. */
async function refusalOf(
  tx: Tx,
  input: SendInput,
  destination: Destination,
  window: Capabilities['window'],
  now: Date,
): Promise<ApiError | undefined> {
  if (destination.kind !== 'direct') return undefined;
  const asked = { ...destination, ws: uuidOf(input.workspaceId), purpose: input.options?.purpose };
  if (await hasStopped(tx, asked)) return new ApiError('RECIPIENT_OPTED_OUT');
  const word = {
    ws: uuidOf(input.workspaceId),
    conversation: destination.conversation,
    author: input.author,
    template: input.content.type === 'template',
    tag: input.options?.tag,
    windowUntil: destination.windowUntil,
  };
  const verdict = await judge(tx, window, word, now);
  if (verdict.open) return undefined;
  const instead = input.options?.whenClosed === 'template' && input.options.template && verdict.allows === 'template';
  return instead ? undefined : new ApiError('OUTSIDE_MESSAGE_WINDOW');
}
