import type { ChannelAdapter, Io } from '@tributary/channels';
import type { ChannelId, ChannelType, WorkspaceId } from '@tributary/protocol';
import type { Files } from '../media/files.ts';
import type { AcceptSend } from '../outbound/types.ts';
import type { Hub } from '../realtime/hub.ts';
import type { Db } from '../store/db.ts';
import type { Channel } from '../store/registry.ts';
import type { Seal } from '../store/seal.ts';

// biome-ignore lint/suspicious/noExplicitAny: each adapter has its own Config; the server only ever pairs an adapter with the config it validated for it.
export type Adapter = ChannelAdapter<any>;

/** Everything the API is handed by main: it opens nothing itself. */
export interface ApiDeps {
  db: Db;
  seal: Seal;
  adapters: Readonly<Partial<Record<ChannelType, Adapter>>>;
  /** The channels in memory: told as soon as one has changed. */
  registry: { refresh(id: ChannelId): Promise<void> };
  send: AcceptSend;
  files: Files;
  /** Called after every commit: wakes the worker and the hub, which look by themselves too, only later. */
  committed?: () => void;
  io: (channel: Channel, adapter: Adapter) => Io;
  /** Where providers reach us, without a trailing slash. */
  publicUrl: () => string;
  hub: Hub;
  /** Present when the Lab runs: its cookie's secret, and the one workspace the cookie opens. */
  lab?: { workspaceId: WorkspaceId; secret: string };
}
