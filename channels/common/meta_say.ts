import { type Card, type ContentOf, type MessagePart, SendError } from '@tributary/protocol';
import { isBare, toElement } from './meta_buttons.ts';
import { attachmentSayings, mediaSayings, stickerSaying } from './meta_files.ts';
import type { Element, Manner, Saying } from './meta_payloads.ts';
import { templateComponents } from './meta_templates.ts';
import { textSayings } from './meta_words.ts';

/** A part of a message as the messages it becomes: mostly one. Words never stand beside a file. */
export function toSayings({ content }: MessagePart, manner: Manner): Saying[] {
  switch (content.type) {
    case 'text':
      return [...textSayings(content.text, content.actions), ...attachmentSayings(content.attachments, manner)];
    case 'image':
    case 'video':
    case 'audio':
    case 'document':
      return mediaSayings(content, manner);
    case 'sticker':
      return [stickerSaying(content, manner)];
    case 'card':
      return cardSayings([content]);
    case 'carousel':
      return [...textSayings(content.text ?? ''), ...cardSayings(content.cards), ...textSayings('', content.actions)];
    case 'template':
      return [templateSaying(content)];
    default:
      throw new SendError('content_refused', { providerMessage: `${manner.title} has no word for “${content.type}”.` });
  }
}

/** Cards side by side; where one of them is nothing but a title, which is no card to Meta, they follow one another. */
function cardSayings(cards: readonly Card[]): Saying[] {
  const elements = cards.map(toElement);
  if (!elements.some(isBare)) return [generic(elements)];
  return elements.flatMap((element) => (isBare(element) ? textSayings(element.title) : [generic([element])]));
}

const generic = (elements: Element[]): Saying => ({
  message: { attachment: { type: 'template', payload: { template_type: 'generic', elements } } },
  name: elements.length > 1 ? 'send carousel' : 'send card',
});

/** An approved utility template, which passes when the window is closed. */
function templateSaying({ template, actions }: ContentOf<'template'>): Saying {
  const components = templateComponents(template, actions, (payloads) => [
    { type: 'buttons', parameters: payloads.map(({ payload }) => ({ type: 'POSTBACK', payload })) },
  ]);
  return {
    message: {
      template: {
        name: template.name,
        language: { code: template.language },
        ...(components.length > 0 ? { components } : {}),
      },
    },
    name: 'send template',
  };
}
