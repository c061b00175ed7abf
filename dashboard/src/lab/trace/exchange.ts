import type { WireMessage } from '../../api/types.ts';

/** When it was said, for putting messages in order: providers' clocks count in seconds, so ours decides. */
const spokenAt = (message: WireMessage): number => Date.parse(message.createdAt ?? message.timestamp ?? '');

/**
 * What the customer said and everything said in answer, up to their next words: the piece of a conversation that one wants to see together.
 * A message of ours that answers nothing stands with those around it.
 */
export function exchangeOf(messages: readonly WireMessage[], messageId: string): WireMessage[] {
  const inOrder = messages
    .map((message, index) => ({ message, index }))
    .sort((a, b) => spokenAt(a.message) - spokenAt(b.message) || byId(a.message, b.message) || a.index - b.index)
    .map(({ message }) => message);
  const at = inOrder.findIndex((message) => message.id === messageId);
  if (at < 0) return [];
  let from = at;
  while (from > 0 && inOrder[from]?.direction !== 'inbound') from--;
  let to = at + 1;
  while (to < inOrder.length && inOrder[to]?.direction !== 'inbound') to++;
  return inOrder.slice(from, to);
}

// Ids are made in the order of time, which decides within a millisecond.
const byId = (a: WireMessage, b: WireMessage): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
