import type { PhoneMessage } from '../control.ts';
import type { Upload } from '../http.ts';
import type { Lab } from '../lab.ts';
import type { TelegramAccount } from './account.ts';
import { format } from './entities.ts';
import { badRequest } from './error.ts';
import { describe, given, mediaUrl, takeFile } from './media.ts';
import { type Call, drawRuns } from './messages.ts';
import type { Entity } from './runs.ts';
import { countCharacters } from './spec.ts';

/** Parameters, already read by the specification. */
export type Params = Record<string, unknown>;
/** One method: what it does, answered as `result`; refusals are thrown. */
export type Method = (
  lab: Lab,
  bot: TelegramAccount,
  params: Params,
  call: Call,
  uploads: Map<string, Upload>,
) => unknown;

/** Parses and measures a text; `most` is counted after the markup is gone. */
export function readText(
  params: Params,
  field: 'text' | 'caption',
  most: number,
): { text: string; entities: Entity[] } {
  const source = (params[field] as string | undefined) ?? '';
  const list = params[field === 'text' ? 'entities' : 'caption_entities'] as Entity[] | undefined;
  const read = format(source, params.parse_mode as string | undefined, list);
  if (countCharacters(read.text) > most) {
    throw badRequest(field === 'text' ? 'message is too long' : 'message caption is too long');
  }
  return read;
}

/** The fields of a caption, in the message and on the phone. */
export function captionOf(params: Params): { content: Record<string, unknown>; view: Partial<PhoneMessage> } {
  const { text, entities } = readText(params, 'caption', 1024);
  if (text === '') return { content: {}, view: {} };
  return {
    content: { caption: text, ...(entities.length > 0 ? { caption_entities: entities } : {}) },
    view: { text, ...drawRuns(text, entities) },
  };
}

const kinds: Record<string, PhoneMessage['kind']> = {
  photo: 'image',
  video: 'video',
  video_note: 'video',
  animation: 'video',
  audio: 'audio',
  voice: 'audio',
  document: 'document',
  sticker: 'sticker',
};

/** A file as a message's content: what the API returns and what the phone shows. */
export async function fileContent(
  lab: Lab,
  kind: string,
  value: unknown,
  params: Params,
  uploads: Map<string, Upload>,
): Promise<{ content: Record<string, unknown>; view: Partial<PhoneMessage> & { kind: PhoneMessage['kind'] } }> {
  const caption = captionOf(params);
  const file = await takeFile(lab, kind, value, uploads);
  const described = describe(
    kind,
    file,
    given(params, 'duration', 'width', 'height', 'title', 'performer', 'length', 'emoji'),
  );
  return {
    content: {
      [kind]: described,
      // Old clients know an animation as a document, so the API names it twice.
      ...(kind === 'animation' ? { document: described } : {}),
      ...caption.content,
    },
    view: {
      kind: kinds[kind] ?? 'document',
      mediaUrl: mediaUrl(file),
      ...(kind === 'document' || kind === 'audio' ? { filename: file.filename } : {}),
      ...caption.view,
    },
  };
}
