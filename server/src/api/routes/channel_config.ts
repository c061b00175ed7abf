import { randomBytes } from 'node:crypto';
import type { BotId, InboxId, WorkspaceId } from '@tributary/protocol';
import { Compile } from 'typebox/compile';
import Value from 'typebox/value';
import { ApiError, invalid } from '../../errors.ts';
import { readBot } from '../../store/bots.ts';
import type { Tx } from '../../store/db.ts';
import { readInbox } from '../../store/inboxes.ts';
import type { Seal } from '../../store/seal.ts';
import { faultsOf } from '../check.ts';
import type { Adapter } from '../deps.ts';
import { needFound, needId } from '../route.ts';
import { MASK } from '../wire/channel.ts';

type Config = Record<string, unknown>;

/** 32 characters that stand in a URL as they are. */
const random = (): string => randomBytes(24).toString('base64url');

/** What a caller configured, checked against the adapter's schema and completed with the values we make ourselves. */
export function readConfig(adapter: Adapter, asked: Config): Config {
  // Programs of the old kind repeat the type inside the config.
  const { type: _type, ...given } = asked;
  const masked = Object.keys(given).filter((key) => given[key] === MASK);
  if (masked.length > 0) {
    throw invalid(
      ...masked.map((key) => ({ field: `config.${key}`, message: `“${MASK}” hides a value; send the value` })),
    );
  }
  const config = complete(adapter, given);
  const check = Compile(adapter.config);
  if (!check.Check(config)) throw invalid(...faultsOf(check.Errors(config), 'config'));
  return Value.Clean(adapter.config, config) as Config;
}

/** The stored config with some values changed: an absent or masked secret stays as it was, `null` takes a value away. */
export function changeConfig(adapter: Adapter, stored: Config, asked: Config): Config {
  const changed = { ...stored };
  for (const [key, value] of Object.entries(asked)) {
    if (value === MASK && adapter.secrets.includes(key)) continue;
    if (value === null) delete changed[key];
    else changed[key] = value;
  }
  return readConfig(adapter, changed);
}

/** The values we made ourselves, made anew. */
export function regenerate(adapter: Adapter, stored: Config): Config {
  const made = Object.keys(adapter.defaults?.({}, random) ?? {});
  const rest = Object.fromEntries(
    Object.entries(stored).filter(([key]) => !made.includes(key) || !adapter.secrets.includes(key)),
  );
  return readConfig(adapter, rest);
}

const complete = (adapter: Adapter, config: Config): Config => ({
  ...adapter.defaults?.(config, random),
  ...Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined && value !== null)),
});

interface Assignment {
  defaultBotId?: string | null;
  botId?: string | null;
  defaultInboxId?: string | null;
}

/** Who answers on a channel by default: a bot or an inbox of the same workspace, never both. `undefined` where the caller does not say. */
export async function readAssignment(
  tx: Tx,
  seal: Seal,
  workspaceId: WorkspaceId,
  body: Assignment,
): Promise<{ defaultBotId: BotId | null; defaultInboxId: InboxId | null } | undefined> {
  const bot = body.defaultBotId === undefined ? body.botId : body.defaultBotId;
  const inbox = body.defaultInboxId;
  if (bot && inbox)
    throw invalid({ field: 'defaultInboxId', message: 'a channel is assigned to a bot or to an inbox, not to both' });
  if (bot) {
    const id = needId('bot', bot);
    needFound('bot', await readBot(tx, seal, workspaceId, id));
    return { defaultBotId: id, defaultInboxId: null };
  }
  if (inbox) {
    const id = needId('inbox', inbox);
    needFound('inbox', await readInbox(tx, workspaceId, id));
    return { defaultBotId: null, defaultInboxId: id };
  }
  return bot === undefined && inbox === undefined ? undefined : { defaultBotId: null, defaultInboxId: null };
}

/** The adapter of a channel type, or 400. */
export function needAdapter(adapters: Readonly<Record<string, Adapter | undefined>>, type: string): Adapter {
  const adapter = Object.hasOwn(adapters, type) ? adapters[type] : undefined;
  if (adapter) return adapter;
  const message = `“${type}” is not one of ${Object.keys(adapters).join(', ')}.`;
  throw new ApiError('INVALID_CHANNEL_TYPE', message, [{ field: 'type', message }]);
}
