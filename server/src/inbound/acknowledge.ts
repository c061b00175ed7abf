import type { ChannelAdapter, InboundEvent, Io } from '@tributary/channels';
import type { Logger } from 'pino';
import type { Channel } from '../store/registry.ts';

/** Tells the provider that a tap arrived, so that the button stops spinning. Best effort: nobody waits for it, and it may be missed. */
export function acknowledge(
  channel: Channel,
  adapter: ChannelAdapter,
  events: readonly InboundEvent[],
  io: Io,
  log: Logger,
): void {
  if (!adapter.acknowledge) return;
  for (const event of events) {
    if (event.type !== 'action') continue;
    for (const request of adapter.acknowledge(event, channel.config)) {
      adapter
        .send(request, channel.config, io)
        .catch((error) => log.debug({ err: error, channel: channel.id }, 'A tap could not be acknowledged.'));
    }
  }
}
