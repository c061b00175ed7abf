import type { Io, ProviderRequest, Sent } from '../adapter.ts';
import { readObject, readObjects, readText } from '../common/json.ts';
import { type EmailConfig, isMailgun } from './config.ts';
import { ask } from './mailgun.ts';
import { bareId } from './naming.ts';

/**
 * Whether Mailgun has an event about a message that we gave an id and had no answer to. That it has none proves nothing: events come late. A mail
 * server cannot be asked at all.
 */
export async function lookup(
  { request }: { request: ProviderRequest },
  config: EmailConfig,
  io: Io,
): Promise<Sent | 'absent' | 'unknown'> {
  const id = bareId(readText(readObject(request.body)?.['h:Message-Id']) ?? '');
  if (!isMailgun(config) || !id) return 'unknown';
  const query = new URLSearchParams({ 'message-id': id, limit: '1' });
  const path = `/v3/${encodeURIComponent(config.domain ?? '')}/events?${query}`;
  const [event] = readObjects((await ask('GET', path, [], config, io)).items);
  return event ? { externalIds: [id], raw: event } : 'unknown';
}
