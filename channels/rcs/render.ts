import { type ContentOf, type MessagePart, SendError } from '@tributary/protocol';
import type { ProviderRequest, RenderContext } from '../adapter.ts';
import { cardMessage, carouselMessage, withCard } from './cards.ts';
import type { RcsConfig } from './config.ts';
import { toOutboundFile } from './files.ts';
import type { ContentMessage, Suggestion } from './payloads.ts';
import { messageRequest } from './requests.ts';
import { CHIPS_MAX, placeActions, toMapSuggestion, toSuggestion } from './suggestions.ts';

/** Every part is one message, except sound and documents with words: a file has none, so they follow it. */
export function render(part: MessagePart, context: RenderContext, config: RcsConfig): ProviderRequest[] {
  return toMessages(part).map((message, no) => messageRequest(message, no, context, config));
}

function toMessages({ content }: MessagePart): ContentMessage[] {
  switch (content.type) {
    case 'text':
      return [speak(content.text, content.actions)];
    case 'image':
    case 'video':
    case 'audio':
    case 'document':
      return fileMessages(content);
    case 'sticker':
      return [toOutboundFile(content.media)];
    case 'location':
      return locationMessages(content);
    case 'card':
      return [cardMessage(content)];
    case 'carousel':
      return [carouselMessage(content.cards)];
    default:
      throw new SendError('content_refused', { providerMessage: `RCS has no word for “${content.type}”.` });
  }
}

/** Words with their actions: chips below them, or a card for what stays. */
function speak(text: string, actions: ContentOf<'text'>['actions'] = []): ContentMessage {
  const { chips, onCard } = placeActions(actions);
  if (onCard.length > 0) return withCard({ description: text, suggestions: onCard }, chips);
  return { text, ...suggesting(chips) };
}

type FileContent = ContentOf<'image'> | ContentOf<'video'> | ContentOf<'audio'> | ContentOf<'document'>;

/** Pictures and films have their words and what stays beside them on a card; sound and documents stand alone. */
function fileMessages(content: FileContent): ContentMessage[] {
  const { text, actions = [], media } = content;
  const file = toOutboundFile(media);
  if (content.type === 'audio' || content.type === 'document') {
    if (text) return [file, speak(text, actions)];
    const all = placeActions(actions);
    return [{ ...file, ...suggesting([...all.chips, ...all.onCard]) }];
  }
  const { chips, onCard } = placeActions(actions);
  if (!text && onCard.length === 0) return [{ ...file, ...suggesting(chips) }];
  const words = text ? { description: text } : {};
  const below = onCard.length > 0 ? { suggestions: onCard } : {};
  return [withCard({ ...words, media: { height: 'MEDIUM', ...file }, ...below }, chips)];
}

/** A place in words, and a chip that opens the map there; where the row has no room for its actions too, they follow. */
function locationMessages({ location, text, actions = [] }: ContentOf<'location'>): ContentMessage[] {
  const { latitude, longitude, name, address } = location;
  const coordinates = `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;
  const words = [text, name, address].filter(Boolean).join('\n') || coordinates;
  const map = toMapSuggestion(`📍 ${coordinates}`, { latitude, longitude }, name);
  if (actions.length < CHIPS_MAX) return [{ text: words, suggestions: [map, ...actions.map(toSuggestion)] }];
  return [{ text: words, suggestions: [map] }, speak(text ?? coordinates, actions)];
}

const suggesting = (suggestions: Suggestion[]): { suggestions?: Suggestion[] } =>
  suggestions.length > 0 ? { suggestions } : {};
