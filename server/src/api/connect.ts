import type { Io } from '@tributary/channels';
import { type ChannelId, SEND_ERRORS, SendError, type WorkspaceId } from '@tributary/protocol';
import type { FastifyBaseLogger } from 'fastify';
import { accountTaken, type ChannelRecord, channelsConnecting, readChannel, updateChannel } from '../store/channels.ts';
import type { Tx } from '../store/db.ts';
import type { Channel } from '../store/registry.ts';
import type { Adapter, ApiDeps } from './deps.ts';
import { tell } from './tell.ts';
import { webhookUrlOf } from './wire/channel.ts';

type ConnectDeps = Pick<ApiDeps, 'db' | 'seal' | 'adapters' | 'registry' | 'io' | 'publicUrl' | 'committed'>;

/** The adapter's way out for a channel as the store reads it. */
export function ioOf(deps: Pick<ApiDeps, 'io'>, channel: ChannelRecord, adapter: Adapter): Io {
  const { defaultBotId, defaultInboxId, ...rest } = channel;
  const known: Channel = {
    ...rest,
    defaultBotId: defaultBotId ?? undefined,
    defaultInboxId: defaultInboxId ?? undefined,
  };
  return deps.io(known, adapter);
}

/**
 * Introduces a `connecting` channel to its provider and settles it as `active` or `error`. Never throws: nobody waits for it. A change of the
 * channel meanwhile wins, because that change has started a connect of its own.
 */
export function connectChannel(
  deps: ConnectDeps,
  log: FastifyBaseLogger,
  workspaceId: WorkspaceId,
  id: ChannelId,
): Promise<void> {
  // One after the other: a provider that is asked to register one URL twice at once says no to one of the two.
  const before = underWay.get(id) ?? Promise.resolve();
  const one = before
    .then(() => connect(deps, log, workspaceId, id))
    .finally(() => {
      if (underWay.get(id) === one) underWay.delete(id);
    });
  underWay.set(id, one);
  return one;
}

/** The newest introduction of each channel, which waits for those before it. */
const underWay = new Map<ChannelId, Promise<void>>();

/** Resolves when no channel is being introduced: the database may be closed then. */
export async function connectsEnded(): Promise<void> {
  await Promise.all(underWay.values());
}

async function connect(
  deps: ConnectDeps,
  log: FastifyBaseLogger,
  workspaceId: WorkspaceId,
  id: ChannelId,
): Promise<void> {
  try {
    // The provider may call while it is being asked, signed with what was just configured.
    await deps.registry.refresh(id);
    const channel = await readChannel(deps.db, deps.seal, workspaceId, id);
    const adapter = channel && deps.adapters[channel.type];
    if (!channel || !adapter || channel.status !== 'connecting') return;
    const outcome = await introduce(deps, channel, adapter);
    await deps.db.tx((tx) => settle(tx, deps, channel, outcome));
    await deps.registry.refresh(id);
    deps.committed?.();
  } catch (error) {
    log.error(
      { err: error, channelId: id },
      'A channel could not be connected; it stays “connecting” until the next start.',
    );
  }
}

/** Takes up every channel that a stopped process left `connecting`. Called once at the start. */
export async function resumeConnecting(deps: ConnectDeps, log: FastifyBaseLogger): Promise<void> {
  const waiting = await channelsConnecting(deps.db);
  await Promise.all(waiting.map(({ workspaceId, id }) => connectChannel(deps, log, workspaceId, id)));
}

type Outcome =
  | { config: Record<string, unknown>; account: string; name: string; complaint?: string }
  | { error: string };

async function introduce(deps: ConnectDeps, channel: ChannelRecord, adapter: Adapter): Promise<Outcome> {
  const same = { config: channel.config, account: channel.account, name: channel.name };
  if (!adapter.connect) return same;
  try {
    const url = webhookUrlOf(deps.publicUrl(), channel);
    const io = ioOf(deps, channel, adapter);
    const connected = await adapter.connect(channel.config, io, { url });
    const config = { ...channel.config, ...connected.config };
    // A channel may be able to send and yet hear nothing: what the provider's own view of it shows is told from the first minute.
    const findings = (await adapter.probe?.(config, io, { url })) ?? [];
    const complaints = findings
      .filter((finding) => !finding.ok)
      .map(({ message, remedy }) => [message, remedy].filter(Boolean).join(' '));
    return {
      complaint: complaints.join(' ') || undefined,
      config,
      account: connected.account ?? channel.account,
      name: channel.name || connected.name || adapter.title,
    };
  } catch (error) {
    return { error: reasonOf(error) };
  }
}

/** One sentence for the person who has to mend it: our words, then the provider's. */
export function reasonOf(error: unknown): string {
  if (error instanceof SendError) {
    const theirs = [error.detail.providerCode, error.detail.providerMessage].filter(Boolean).join(' ');
    // Nothing is being sent here, so what the table says about trying a message again does not apply.
    const says = error.code === 'unavailable' ? 'The provider is not reachable.' : SEND_ERRORS[error.code].says;
    return theirs ? `${says} (${theirs})` : says;
  }
  return error instanceof Error ? error.message : String(error);
}

async function settle(tx: Tx, deps: ConnectDeps, before: ChannelRecord, outcome: Outcome): Promise<void> {
  const { workspaceId, id } = before;
  const channel = await readChannel(tx, deps.seal, workspaceId, id, true);
  if (channel?.status !== 'connecting' || channel.updatedAt.getTime() !== before.updatedAt.getTime()) return;
  let result = outcome;
  if (
    'account' in result &&
    result.account !== channel.account &&
    (await accountTaken(tx, workspaceId, channel.type, result.account, id))
  ) {
    result = { error: `The account ${result.account} is connected to the workspace by another channel already.` };
  }
  if ('error' in result) {
    await updateChannel(tx, deps.seal, { ...channel, status: 'error', error: result.error });
    await tellChannel(tx, channel, 'channel.error', 'error', result.error);
  } else {
    const { complaint, ...known } = result;
    await updateChannel(tx, deps.seal, { ...channel, ...known, status: 'active', error: complaint ?? null });
    await tellChannel(tx, channel, 'channel.connected', 'active');
  }
}

/** The event of a change of a channel. */
export function tellChannel(
  tx: Tx,
  channel: Pick<ChannelRecord, 'workspaceId' | 'id' | 'type'>,
  type: string,
  status: string,
  error?: string,
): Promise<void> {
  const data = { channelId: channel.id, channelType: channel.type, status, error };
  return tell(tx, channel.workspaceId, { type, subject: channel.id, channelId: channel.id, data });
}
