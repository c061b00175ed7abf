import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ChannelType } from '@tributary/protocol';
import { get, write } from '../api/client.ts';
import type { Schema } from '../form/schema.ts';

export type Level = 'full' | 'partial' | 'fallback' | 'dropped' | 'rejected';
export interface FeatureRow {
  out?: Level;
  in?: Level;
  note?: string;
}
/** GET /api/v1/channel-types: what the adapters say of themselves. */
export interface TypeInfo {
  type: ChannelType;
  title: string;
  configSchema: Schema;
  secrets: string[];
  settingsSchema?: Schema;
  abilities: string[];
  features: Record<string, FeatureRow>;
}
/** GET /api/v1/channels: the members these pages read. */
export interface Channel {
  id: string;
  type: ChannelType;
  name: string;
  status: 'active' | 'inactive' | 'connecting' | 'error';
  error?: string;
  account: string;
  config: Record<string, unknown>;
  webhookUrl: string;
  defaultBotId: string | null;
  defaultInboxId: string | null;
  health: { status: 'healthy' | 'unhealthy' | 'unknown'; lastMessageReceived?: string; lastMessageSent?: string };
  createdAt: string;
}
export interface Test {
  success: boolean;
  message: string;
  tests: { name: string; status: 'passed' | 'failed'; message: string; details?: { remedy: string } }[];
  testedAt: string;
}
export interface Stats {
  messagesReceived: number;
  messagesSent: number;
  conversationsCreated: number;
  avgResponseTime: number | null;
}
export interface JournalEntry {
  id: string;
  verdict: string;
  error: string | null;
  requests: number;
  receivedAt: string;
}
interface Page<T> {
  data: T[];
}
const API = '/api/v1';

export const useTypes = () =>
  useQuery({
    queryKey: ['channel-types'],
    queryFn: async ({ signal }) => (await get<Page<TypeInfo>>(`${API}/channel-types`, signal)).data,
    staleTime: Number.POSITIVE_INFINITY,
  });

export const useChannels = () =>
  useQuery({
    queryKey: ['channels'],
    queryFn: async ({ signal }) => (await get<Page<Channel>>(`${API}/channels?limit=200`, signal)).data,
    // A channel that is connecting soon is not; the list shows it without being asked.
    refetchInterval: (query) => (query.state.data?.some(({ status }) => status === 'connecting') ? 1_000 : 15_000),
  });

export const useChannel = (id: string) =>
  useQuery({
    queryKey: ['channels', id],
    queryFn: ({ signal }) => get<Channel>(`${API}/channels/${id}`, signal),
    refetchInterval: (query) => (query.state.data?.status === 'connecting' ? 1_000 : 10_000),
  });

export const useWebhook = (id: string, allowed: boolean) =>
  useQuery({
    queryKey: ['channels', id, 'webhook'],
    queryFn: ({ signal }) => get<{ url: string; verifyToken?: string }>(`${API}/channels/${id}/webhook`, signal),
    enabled: allowed,
  });

/** The newest requests of the provider; asked often while the first one is waited for. */
export const useArrivals = (id: string) =>
  useQuery({
    queryKey: ['channels', id, 'journal'],
    queryFn: async ({ signal }) =>
      (await get<Page<JournalEntry>>(`${API}/journal?channelId=${id}&limit=8`, signal)).data,
    refetchInterval: (query) => (query.state.data?.length ? 15_000 : 2_000),
  });

export type Period = '24h' | '7d' | '30d';
export const useStats = (id: string, period: Period) =>
  useQuery({
    queryKey: ['channels', id, 'stats', period],
    queryFn: ({ signal }) => get<Stats>(`${API}/channels/${id}/stats?period=${period}`, signal),
    refetchInterval: 30_000,
    placeholderData: (before) => before,
  });

/** Bots and inboxes: who may answer on a channel. */
export const useAnswerers = () =>
  useQuery({
    queryKey: ['answerers'],
    queryFn: async ({ signal }) => {
      const [bots, inboxes] = await Promise.all(
        ['bots', 'inboxes'].map((noun) => get<Page<{ id: string; name: string }>>(`${API}/${noun}?limit=200`, signal)),
      );
      return { bots: bots?.data ?? [], inboxes: inboxes?.data ?? [] };
    },
  });

/** A write about channels; what is shown of them is read anew afterwards. */
export function useWrite<Input, Output = unknown>(
  ask: (input: Input) => { method: 'POST' | 'PATCH' | 'DELETE'; path: string; body?: unknown },
) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (input: Input) => {
      const { method, path, body } = ask(input);
      return write<Output>(method, `${API}${path}`, body);
    },
    onSettled: () =>
      Promise.all(['channels', 'answerers'].map((key) => queries.invalidateQueries({ queryKey: [key] }))),
  });
}
