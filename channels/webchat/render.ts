import type { Frame, MessagePart } from '@tributary/protocol';
import type { Address, ProviderRequest, RenderContext } from '../adapter.ts';
import { frameIdOf } from './session.ts';

/** The widget is the provider: a request is a frame for one visitor's sockets. */
export function frameRequest(visitor: string, frame: Frame, name = 'frame'): ProviderRequest {
  return { method: 'POST', path: `/visitors/${encodeURIComponent(visitor)}`, body: withoutHoles(frame), name };
}

/** One part, one frame. The part key is the frame's id, so a part sent twice is shown once. */
export function render(part: MessagePart, context: RenderContext): ProviderRequest[] {
  const { content } = part;
  if (content.type === 'reaction') return react(context.replyTo?.externalId ?? '', content.emoji, context);
  return [
    frameRequest(context.to.value, {
      type: 'message',
      id: context.partKey,
      at: context.now.toISOString(),
      from: 'business',
      content,
      format: formatOf(part),
      replyTo: context.replyTo && frameIdOf(context.replyTo.externalId),
    }),
  ];
}

/** Replaces what a message of ours says. */
export function edit(externalId: string, part: MessagePart, context: RenderContext): ProviderRequest[] {
  const of = frameIdOf(externalId);
  return [
    frameRequest(
      context.to.value,
      { type: 'edit', id: context.partKey, of, content: part.content, format: formatOf(part) },
      'edit',
    ),
  ];
}

/** Takes a message of ours off the page. */
export function remove(externalId: string, context: RenderContext): ProviderRequest[] {
  return [frameRequest(context.to.value, { type: 'remove', id: context.partKey, of: frameIdOf(externalId) }, 'remove')];
}

/** Puts an emoji under a message, or takes ours away. */
export function react(externalId: string, emoji: string | null, context: RenderContext): ProviderRequest[] {
  const of = frameIdOf(externalId);
  return [frameRequest(context.to.value, { type: 'reaction', id: context.partKey, of, emoji }, 'reaction')];
}

/** Shows or hides the three dots. */
export function typing(to: Address, on: boolean): ProviderRequest[] {
  return [frameRequest(to.value, { type: 'typing', on }, 'typing')];
}

/** fit() says which words carry marks; all others are shown as they stand. */
const formatOf = (part: MessagePart): 'markdown' | undefined =>
  part.markup === 'markdown-subset' ? 'markdown' : undefined;

/** What is stored is what is sent: JSON has no `undefined`. */
function withoutHoles<T>(frame: T): T {
  return JSON.parse(JSON.stringify(frame)) as T;
}
