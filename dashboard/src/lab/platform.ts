import { useQuery } from '@tanstack/react-query';
import { get } from '../api/client.ts';
import type { LabInfo, Page, Trace, WireMessage } from '../api/types.ts';

/** The names under which the server's answers are kept. */
export const platformKeys = {
  lab: ['lab'] as const,
  traces: ['trace'] as const,
  trace: (messageId: string) => ['trace', messageId] as const,
  conversation: (conversationId: string) => ['conversation', conversationId] as const,
  lookup: (channelId: string, externalId: string) => ['lookup', channelId, externalId] as const,
};

/** What the Lab needs to begin. */
export function useLab() {
  return useQuery({
    queryKey: platformKeys.lab,
    queryFn: ({ signal }) => get<LabInfo>('/api/v1/lab', signal),
  });
}

export const readTrace = (messageId: string, signal?: AbortSignal) =>
  get<Trace>(`/api/v1/messages/${encodeURIComponent(messageId)}/trace`, signal);

/** The last words of a conversation, in any order. */
export const readConversation = async (conversationId: string, signal?: AbortSignal) =>
  (
    await get<Page<WireMessage>>(
      `/api/v1/conversations/${encodeURIComponent(conversationId)}/messages?limit=50`,
      signal,
    )
  ).data;

/** The message that the provider knows by this id, or null where we have none (yet). */
export const findMessage = async (channelId: string, externalId: string, signal?: AbortSignal) => {
  const query = new URLSearchParams({ channelId, externalId });
  const page = await get<Page<WireMessage>>(`/api/v1/messages?${query}`, signal);
  return page.data[0] ?? null;
};
