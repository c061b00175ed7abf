import type { Address, Thread } from '../adapter.ts';
import { type Json, readObject, readText } from '../common/json.ts';

/** Who said something, and where. */
export interface Source {
  from: Address;
  thread: Thread;
}

/** A person’s own chat, a group, or a room (a chat of several without a name). LINE leaves out who spoke in a group where they did not agree. */
export function sourceOf(event: Json): Source | undefined {
  const source = readObject(event.source);
  const user = readText(source?.userId);
  const group = readText(source?.groupId) ?? readText(source?.roomId);
  if (group) {
    return { from: user ? person(user) : { kind: 'chat', value: group }, thread: { key: group, kind: 'group' } };
  }
  return user ? { from: person(user), thread: { key: user, kind: 'direct' } } : undefined;
}

const person = (value: string): Address => ({ kind: 'user_id', value });

/** An id as LINE gives it: `U…` a person, `C…` a group, `R…` a room. It is another one for every provider of the console. */
export function address(text: string): Address | undefined {
  const value = text.trim();
  if (/^U[0-9a-f]{32}$/.test(value)) return person(value);
  return /^[CR][0-9a-f]{32}$/.test(value) ? { kind: 'chat', value } : undefined;
}
