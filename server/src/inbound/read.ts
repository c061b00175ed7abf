import type { ChannelAdapter, InboundEvent, InboundRequest } from '@tributary/channels';
import type { Channel } from '../store/registry.ts';
import type { Drops } from './drops.ts';
import type { Intake } from './pages.ts';

/** A body beyond this is not read while its sender waits. */
const LARGE_BODY = 256 * 1024;

/** Whether a request is journalled and answered first, and read afterwards: what its adapter names, what is large, what has files in it. */
export function isForLater(request: InboundRequest, adapter: ChannelAdapter): boolean {
  return (
    adapter.later?.is(request) === true ||
    request.body.length > LARGE_BODY ||
    (request.headers['content-type'] ?? '').toLowerCase().startsWith('multipart/')
  );
}

/** What a request means for one channel, unless that is found out later; a body the adapter cannot read at all becomes a marked journal page. */
export function takeIn(request: InboundRequest, channel: Channel, adapter: ChannelAdapter, drops: Drops): Intake {
  const intake = { channel, request, events: [], adapter: `${channel.type}@1` };
  if (isForLater(request, adapter)) return { ...intake, later: true };
  try {
    return { ...intake, events: keepOwn(adapter.parse(request, channel.config), channel, drops) };
  } catch (error) {
    return { ...intake, fault: unparsed(error) };
  }
}

/** Reads a request that has been answered. Never longer than `withinMs`. */
export async function takeInNow(
  request: InboundRequest,
  channel: Channel,
  adapter: ChannelAdapter,
  drops: Drops,
  withinMs: number,
): Promise<Intake> {
  const intake = { channel, request, events: [], adapter: `${channel.type}@1` };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Reading it took longer than ${withinMs / 1_000} seconds.`)), withinMs);
  });
  try {
    const reading = adapter.later?.is(request)
      ? adapter.later.read(request, channel.config)
      : adapter.parse(request, channel.config);
    return { ...intake, events: keepOwn(await Promise.race([reading, late]), channel, drops) };
  } catch (error) {
    return { ...intake, fault: unparsed(error) };
  } finally {
    clearTimeout(timer);
  }
}

const unparsed = (error: unknown): Intake['fault'] => ({
  verdict: 'unparsed',
  error: error instanceof Error ? error.message : String(error),
});

/** Drops, and counts, what names another account. */
function keepOwn(events: readonly InboundEvent[], channel: Channel, drops: Drops): InboundEvent[] {
  return events.filter((event) => {
    if (event.account !== '' && event.account !== channel.account) drops.count(channel, 'other_account');
    else if (event.type === 'ignored') drops.count(channel, 'ignored');
    else return true;
    return false;
  });
}
