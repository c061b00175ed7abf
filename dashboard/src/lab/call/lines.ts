import type { PhoneMessage } from '../sim.ts';

/** One line of what was said. Without `from` it marks a moment: a call began, somebody hung up. */
export interface Line {
  key: string;
  from?: 'business' | 'customer';
  text: string;
  at: string;
  messageId: string;
  /** A recording. */
  sound?: string;
}

/** Where the telephone is just now. */
export type CallState = 'idle' | 'calling' | 'incoming' | 'in_call' | 'ended';

export function stateOf(message: Pick<PhoneMessage, 'call' | 'from'> | undefined): CallState {
  const state = message?.call?.state;
  if (!message || !state) return 'idle';
  if (state === 'ringing') return message.from === 'business' ? 'incoming' : 'calling';
  return state;
}

/** All calls as lines, in order. */
export function linesOf(messages: readonly PhoneMessage[]): Line[] {
  return messages.flatMap((message): Line[] => {
    const { id: messageId, at, from, kind, text, mediaUrl, call } = message;
    if (kind === 'service') return [{ key: messageId, text: text ?? '', at, messageId }];
    if (kind !== 'call' || !call)
      return [{ key: messageId, from, text: text ?? NAMES[kind] ?? kind, at, messageId, sound: mediaUrl }];
    const spoken = call.lines ?? call.says.map((said) => ({ from: 'business' as const, text: said }));
    return [
      { key: messageId, text: from === 'customer' ? 'You called' : 'The business called', at, messageId },
      ...spoken.map((line, index) => ({ ...line, key: `${messageId}/${index}`, at, messageId })),
      ...(call.state === 'ended' ? [{ key: `${messageId}/end`, text: 'Call ended', at, messageId }] : []),
    ];
  });
}

const NAMES: Partial<Record<PhoneMessage['kind'], string>> = { audio: 'A recording', text: '…' };
