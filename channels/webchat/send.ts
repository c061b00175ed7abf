import type { Frame } from '@tributary/protocol';
import { SendError } from '@tributary/protocol';
import type { Io, ProviderRequest, Sent } from '../adapter.ts';
import { visitorAddress } from './session.ts';

/** Puts the frame on the visitor's sockets. It is sent once it is in the log; `delivered` is said by the widget that shows it. */
export async function send(request: ProviderRequest, _config: unknown, io: Io): Promise<Sent> {
  const visitor = /^\/visitors\/([^/?]+)$/.exec(request.path)?.[1];
  const frame = request.body as Frame | undefined;
  if (!visitor || typeof frame?.type !== 'string') {
    throw new SendError('rejected', { providerMessage: 'The request names no visitor or holds no frame.' });
  }
  if (frame.type === 'reaction' && frame.of === '')
    throw new SendError('content_refused', { providerMessage: 'The reaction names no message of this conversation.' });
  await io.publish(visitorAddress(decodeURIComponent(visitor)), frame);
  return { externalIds: 'id' in frame ? [frame.id] : [], raw: null };
}
