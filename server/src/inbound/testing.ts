import { ADAPTERS, type ChannelAdapter, type InboundRequest } from '@tributary/channels';
import { type ChannelType, newId, uuidOf, type WorkspaceId } from '@tributary/protocol';
import type { Db } from '../store/db.ts';
import { type Channel, openRegistry } from '../store/registry.ts';
import { makeSeal } from '../store/seal.ts';
import type { Intake } from './pages.ts';

/** What tests of the roads begin with: a workspace, a channel, a request as its provider would send it. */

export const SEAL = makeSeal(Buffer.alloc(32, 7));

export async function makeWorkspace(db: Db, name = 'Test'): Promise<WorkspaceId> {
  const id = newId('workspace');
  await db.query('insert into workspaces (id, name) values ($1, $2)', [uuidOf(id), name]);
  return id;
}

export async function makeChannel(
  db: Db,
  workspaceId: WorkspaceId,
  type: ChannelType,
  config: Record<string, unknown>,
): Promise<Channel> {
  const adapter = adapterOf(type);
  const id = newId('channel');
  await db.query(
    "insert into channels (workspace_id, id, type, name, account, config, status) values ($1, $2, $3, $4, $5, $6, 'active')",
    [uuidOf(workspaceId), uuidOf(id), type, type, adapter.account(config), SEAL.seal(JSON.stringify(config))],
  );
  const registry = await openRegistry(db, SEAL);
  registry.stop();
  return registry.known(id)!;
}

export function adapterOf(type: string): ChannelAdapter {
  const adapter = (ADAPTERS as Partial<Record<string, ChannelAdapter>>)[type];
  if (!adapter) throw new Error(`There is no adapter for ${type}.`);
  return adapter;
}

export const TELEGRAM = {
  botToken: '7000000001:TEST-telegram-bot-token-not-real0001',
  webhookSecret: 'tg-secret_demo-0001',
};

/** An update as Telegram posts it, already read by the adapter. */
export function telegramIntake(channel: Channel, update: unknown, raw = JSON.stringify(update)): Intake {
  const request: InboundRequest = {
    via: 'http',
    method: 'POST',
    publicUrl: `https://hooks.example.com/webhooks/telegram/${channel.id}`,
    headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': TELEGRAM.webhookSecret },
    body: Buffer.from(raw),
    receivedAt: new Date(),
  };
  return { channel, request, events: adapterOf('telegram').parse(request, channel.config), adapter: 'telegram@1' };
}

/** A private text message. `text` may be anything a stranger can type. */
export function telegramText(updateId: number, from: number, messageId: number, text: string): Record<string, unknown> {
  return {
    update_id: updateId,
    message: {
      message_id: messageId,
      from: { id: from, is_bot: false, first_name: `P${from}`, language_code: 'en' },
      chat: { id: from, first_name: `P${from}`, type: 'private' },
      date: 1_789_000_000 + updateId,
      text,
    },
  };
}
