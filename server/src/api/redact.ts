import type { WorkspaceId } from '@tributary/protocol';
import { listChannels } from '../store/channels.ts';
import type { Tx } from '../store/db.ts';
import type { Adapter, ApiDeps } from './deps.ts';
import { MASK } from './wire/channel.ts';

/** Shorter values would be found everywhere by accident. */
const SHORTEST = 6;

/** The secret values of a channel, longest first, so that one inside another leaves nothing over. */
export function secretsOf(config: Record<string, unknown>, adapter: Adapter | undefined): string[] {
  const keys: readonly string[] = adapter?.secrets ?? Object.keys(config);
  return keys
    .flatMap((key) => (typeof config[key] === 'string' ? [config[key]] : []))
    .filter((value) => value.length >= SHORTEST)
    .sort((a, b) => b.length - a.length);
}

/** A copy in which no string holds a secret, in keys and in URL-encoded form neither. */
export function redact<T>(value: T, secrets: readonly string[]): T {
  if (secrets.length === 0) return value;
  const hidden = secrets.flatMap((secret) => [...new Set([secret, encodeURIComponent(secret)])]);
  const text = (one: string): string => hidden.reduce((clean, secret) => clean.replaceAll(secret, MASK), one);
  const walk = (one: unknown): unknown => {
    if (typeof one === 'string') return text(one);
    if (Array.isArray(one)) return one.map(walk);
    if (one === null || typeof one !== 'object' || one instanceof Date) return one;
    return Object.fromEntries(Object.entries(one).map(([key, item]) => [text(key), walk(item)]));
  };
  return walk(value) as T;
}

const SECRET_HEADER = /secret|token|authorization|cookie|api-?key|password/i;

/** Headers without what proves who is calling; a signature proves only its own body, and stays. */
export function redactHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, SECRET_HEADER.test(name) ? MASK : value]),
  );
}

/** The secrets of every channel of a workspace: for journal pages, which may hold requests of several. */
export async function workspaceSecrets(deps: ApiDeps, tx: Tx, workspaceId: WorkspaceId): Promise<string[]> {
  const { rows } = await listChannels(tx, deps.seal, workspaceId, {}, { limit: 10_000, offset: 0 });
  return rows.flatMap((channel) => secretsOf(channel.config, deps.adapters[channel.type]));
}
