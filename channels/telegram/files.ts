import { type Attachment, type Media, SendError } from '@tributary/protocol';
import { isStored, storedFile } from './stored.ts';

/** A method with its parameters, before it is known where it goes. */
export interface Call {
  method: string;
  body: Record<string, unknown>;
}

/** Words, plain or in Telegram's HTML. */
export interface Words {
  text: string;
  html: boolean;
}

/** Words as the parameters of a method. */
export function written(field: 'text' | 'caption', words: Words | undefined): Record<string, unknown> {
  if (!words?.text && field === 'caption') return {};
  return { [field]: words?.text, ...(words?.html ? { parse_mode: 'HTML' } : {}) };
}

/** Files in a row: albums of what Telegram lets stand together, pictures with films, documents alone, sound alone. */
export function sayFiles(files: readonly Attachment[], words?: Words): Call[] {
  const groups: Attachment[][] = [];
  for (const file of files) {
    const group = groups.at(-1);
    if (group && group.length < 10 && shelfOf(group[0]!) === shelfOf(file)) group.push(file);
    else groups.push([file]);
  }
  return groups.map((group, i) => {
    const caption = i === 0 ? words : undefined;
    if (group.length === 1) return sayFile(group[0]!, caption);
    return {
      method: 'sendMediaGroup',
      body: albumOf(group.map((file, no) => inputMedia(file, no === 0 ? caption : undefined))),
    };
  });
}

/** What may share an album has the same word; what cannot be in one (animations, voice notes) has its own. */
function shelfOf(file: Attachment): string | symbol {
  const { method } = sayFile(file);
  if (method === 'sendPhoto' || method === 'sendVideo') return 'visual';
  return method === 'sendDocument' || method === 'sendAudio' ? method : Symbol(method);
}

/** The members of an album; their files stand beside it, where `attach://` finds them. */
function albumOf(members: readonly Record<string, unknown>[]): Record<string, unknown> {
  const files: Record<string, unknown> = {};
  const media = members.map((member, no) => attach(member, `file${no}`, files));
  return { media, ...files };
}

/** Moves a file that is stored with us out of an `InputMedia`, which names it from then on. */
export function attach(
  member: Record<string, unknown>,
  field: string,
  files: Record<string, unknown>,
): Record<string, unknown> {
  if (!isStored(member.media)) return member;
  files[field] = member.media;
  return { ...member, media: `attach://${field}` };
}

/** A file as a member of an album, or as what takes another's place. */
export function inputMedia(file: Attachment, words?: Words): Record<string, unknown> {
  const { method } = sayFile(file);
  const type = method === 'sendAnimation' ? 'animation' : file.type === 'image' ? 'photo' : file.type;
  return { type, media: sourceOf(file.media), ...written('caption', words) };
}

/** One file by the method of its kind. */
export function sayFile(file: Attachment, words?: Words): Call {
  const source = sourceOf(file.media);
  const caption = written('caption', words);
  const { mimeType = '', voice } = file.media;
  switch (file.type) {
    case 'image':
      if (mimeType === 'image/gif') return { method: 'sendAnimation', body: { animation: source, ...caption } };
      return { method: 'sendPhoto', body: { photo: source, ...caption } };
    case 'video':
      return { method: 'sendVideo', body: { video: source, ...caption, supports_streaming: true } };
    case 'audio':
      // sendAudio takes MP3 and M4A only; Ogg with Opus is what voice notes are made of.
      if (voice || mimeType.startsWith('audio/ogg'))
        return { method: 'sendVoice', body: { voice: source, ...caption } };
      return { method: 'sendAudio', body: { audio: source, ...caption } };
    case 'document':
      return { method: 'sendDocument', body: { document: source, ...caption } };
  }
}

/** Telegram fetches a link itself, a file it gave us before is named by its `file_id`, and what is stored with us is uploaded. */
export function sourceOf(media: Media): unknown {
  if (media.mediaId) return storedFile(media, media.mediaId);
  const fileId = media.ref?.file_id;
  const source = media.url ?? (typeof fileId === 'string' ? fileId : undefined);
  if (source) return source;
  throw new SendError('content_refused', { providerMessage: 'The file has no link that Telegram could fetch.' });
}
