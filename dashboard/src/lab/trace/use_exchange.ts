import { useQueries, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { Trace, WireMessage } from '../../api/types.ts';
import { findMessage, platformKeys, readConversation, readTrace } from '../platform.ts';
import { exchangeOf } from './exchange.ts';

/** The message whose story is told: by our id, or by the provider's while ours is not known. */
export type Touched = { channelId: string } & ({ messageId: string } | { externalId: string });

/** A message of the exchange with its story, as far as it is known. */
export interface Chapter {
  messageId: string;
  message?: WireMessage;
  trace?: Trace;
}
export interface Exchange {
  state: 'waiting' | 'loading' | 'absent' | 'failed' | 'ready';
  chapters: Chapter[];
  messageId?: string;
  error?: unknown;
  retry: () => void;
}

// A customer's words are with us after one webhook; a provider that misbehaves takes longer.
const ASK_AGAIN_MS = 400;
const PATIENCE = 30;

/** Follows the exchange around the touched message. What it reads is read again by the page's streams. */
export function useExchange(touched: Touched | undefined): Exchange {
  const externalId = touched && 'externalId' in touched ? touched.externalId : '';
  const lookup = useQuery({
    queryKey: platformKeys.lookup(touched?.channelId ?? '', externalId),
    queryFn: ({ signal }) => findMessage(touched?.channelId ?? '', externalId, signal),
    enabled: externalId !== '',
    staleTime: (query) => (query.state.data ? Number.POSITIVE_INFINITY : 0),
    refetchInterval: (query) =>
      query.state.data === null && query.state.dataUpdateCount < PATIENCE ? ASK_AGAIN_MS : false,
  });
  const messageId = touched && 'messageId' in touched ? touched.messageId : lookup.data?.id;

  const first = useQuery({
    queryKey: platformKeys.trace(messageId ?? ''),
    queryFn: ({ signal }) => readTrace(messageId ?? '', signal),
    enabled: messageId !== undefined,
  });
  const conversationId = first.data?.conversationId;
  const conversation = useQuery({
    queryKey: platformKeys.conversation(conversationId ?? ''),
    queryFn: ({ signal }) => readConversation(conversationId ?? '', signal),
    enabled: conversationId !== undefined,
  });

  const messages = useMemo(
    () => (messageId && conversation.data ? exchangeOf(conversation.data, messageId) : []),
    [conversation.data, messageId],
  );
  const traces = useQueries({
    queries: messages.map(({ id }) => ({
      queryKey: platformKeys.trace(id),
      queryFn: ({ signal }: { signal: AbortSignal }) => readTrace(id, signal),
    })),
  });

  const error = lookup.error ?? first.error;
  const retry = () => {
    void (lookup.isError ? lookup.refetch() : first.refetch());
  };
  const told = messages.map((message, index) => ({ messageId: message.id, message, trace: traces[index]?.data }));
  // In order, and none before the one above it: what is shown never moves down.
  const untold = told.findIndex(({ trace }) => trace === undefined);
  const chapters: Chapter[] =
    told.length > 0
      ? told.slice(0, untold < 0 ? told.length : untold)
      : first.data && !conversation.isPending
        ? [{ messageId: first.data.messageId, trace: first.data }]
        : [];

  if (!touched) return { state: 'waiting', chapters: [], retry };
  if (error && chapters.length === 0) return { state: 'failed', chapters: [], error, retry };
  if (externalId && lookup.data === null) {
    const given = (lookup.dataUpdatedAt ?? 0) > 0 && !lookup.isFetching;
    return { state: given ? 'absent' : 'loading', chapters: [], retry };
  }
  if (chapters.length === 0) return { state: 'loading', chapters: [], messageId, retry };
  return { state: 'ready', chapters, messageId, retry };
}
