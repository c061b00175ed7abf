import type { Action } from '@tributary/protocol';
import { partActions } from './meta_buttons.ts';
import type { QuickReply, Saying } from './meta_payloads.ts';

/** Meta asks for words above buttons where the writer gave none. */
const NO_WORDS = '👇';

/** Words with what may be pressed below them: buttons that stay as a template, answers that go away beside either. Nothing for no words at all. */
export function textSayings(text: string, actions?: readonly Action[]): Saying[] {
  const { replies, buttons } = partActions(actions);
  if (buttons.length > 0) {
    const payload = { template_type: 'button' as const, text: text || NO_WORDS, buttons };
    return [{ message: { attachment: { type: 'template', payload }, ...quickly(replies) }, name: 'send buttons' }];
  }
  if (!text && replies.length === 0) return [];
  const name = replies.length > 0 ? 'send quick replies' : 'send text';
  return [{ message: { text: text || NO_WORDS, ...quickly(replies) }, name }];
}

/** The answers as a member of a message, or no member. */
export const quickly = (replies: QuickReply[]): { quick_replies?: QuickReply[] } =>
  replies.length > 0 ? { quick_replies: replies } : {};
