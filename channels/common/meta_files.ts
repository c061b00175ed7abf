import { type Attachment, type ContentOf, type Media, SendError } from '@tributary/protocol';
import { readNumber, readText } from './json.ts';
import { partActions } from './meta_buttons.ts';
import type { FileKind, FilePayload, Manner, MediaElement, Saying, Upload } from './meta_payloads.ts';
import { quickly, textSayings } from './meta_words.ts';

type FileContent = ContentOf<'image'> | ContentOf<'video'> | ContentOf<'audio'> | ContentOf<'document'>;

/**
 * A file, and what comes with it: on Instagram pictures go together, on Messenger a picture or film stands above its buttons. Words follow in a
 * message of their own.
 */
export function mediaSayings(content: FileContent, manner: Manner): Saying[] {
  const { type, media, text = '', actions, attachments = [] } = content;
  const { replies, buttons } = partActions(actions);
  const post = manner.instagram ? readText(media.ref?.postId) : undefined;
  if (post) {
    const message = { attachment: { type: 'MEDIA_SHARE' as const, payload: { id: post } } };
    return [{ message, name: 'send post' }, ...textSayings(text, actions)];
  }
  if (isAlbum(content, manner))
    return [imagesSaying([media, ...attachments.map((one) => one.media)], manner), ...textSayings(text, actions)];
  const others = attachmentSayings(attachments, manner);
  if (buttons.length === 0) {
    const [saying] = attachmentSayings([{ type, media }], manner);
    const whole = saying ? [{ ...saying, message: { ...saying.message, ...quickly(replies) } }] : [];
    return [...whole, ...others, ...textSayings(text)];
  }
  if (manner.instagram || (type !== 'image' && type !== 'video')) {
    return [...attachmentSayings([{ type, media }], manner), ...others, ...textSayings(text, actions)];
  }
  const { payload, uploads } = toHeldFile(type, media, manner);
  const element: MediaElement = { media_type: type, ...payload, buttons };
  const template = { template_type: 'media' as const, elements: [element] };
  const message = { attachment: { type: 'template' as const, payload: template }, ...quickly(replies) };
  return [...others, ...textSayings(text), { message, ...uploads, name: 'send media template' }];
}

const isAlbum = ({ type, attachments = [] }: FileContent, manner: Manner): boolean =>
  manner.instagram && attachments.length > 0 && type === 'image' && attachments.every((one) => one.type === 'image');

function imagesSaying(media: readonly Media[], manner: Manner): Saying {
  const files = media.map((one) => toFile('image', one, manner));
  const uploads = files.flatMap((file) => file.uploads?.uploads ?? []);
  return {
    message: { attachments: files.map(({ payload }) => ({ type: 'image', payload })) },
    ...(uploads.length > 0 ? { uploads } : {}),
    name: 'send images',
  };
}

/** Files one by one. */
export function attachmentSayings(attachments: readonly Attachment[] = [], manner: Manner): Saying[] {
  return attachments.map(({ type, media }) => {
    const kind = type === 'document' ? 'file' : type;
    const { payload, uploads } = toFile(kind, media, manner);
    return { message: { attachment: { type: kind, payload } }, ...uploads, name: `send ${type}` };
  });
}

/** Messenger’s own stickers by their id, Instagram’s heart; any other sticker is a picture, or its emoji. */
export function stickerSaying({ media, emoji }: ContentOf<'sticker'>, manner: Manner): Saying {
  const sticker = readNumber(media.ref?.stickerId);
  if (sticker !== undefined && !manner.instagram) return { message: { sticker_id: sticker }, name: 'send sticker' };
  const hasFile = media.url !== undefined || media.mediaId !== undefined || media.ref?.url !== undefined;
  if (manner.instagram && !hasFile && emoji?.startsWith('❤')) {
    return { message: { attachment: { type: 'like_heart' } }, name: 'send heart' };
  }
  if (!hasFile && emoji) return { message: { text: emoji }, name: 'send text' };
  const { payload, uploads } = toFile('image', media, manner);
  return { message: { attachment: { type: 'image', payload } }, ...uploads, name: 'send sticker' };
}

interface OutboundFile {
  payload: FilePayload;
  uploads?: { uploads: Upload[] };
}

/** A file that Meta holds goes by its id, one stored with us is uploaded, and one with a link is fetched by Meta. */
function toFile(kind: FileKind, media: Media, manner: Manner): OutboundFile {
  const known = readText(media.ref?.attachmentId);
  if (known) return { payload: { attachment_id: known } };
  const url = media.url ?? readText(media.ref?.url);
  if (url && (!media.mediaId || manner.byLink)) return { payload: { url } };
  return toHeldFile(kind, media, manner);
}

/** A file by its id at Meta, uploaded for it if need be: templates take nothing else. */
function toHeldFile(kind: FileKind, media: Media, manner: Manner): OutboundFile {
  const known = readText(media.ref?.attachmentId);
  if (known) return { payload: { attachment_id: known } };
  const url = media.url ?? readText(media.ref?.url);
  if (!media.mediaId && !url) {
    const providerMessage = `The file has neither bytes nor a link that ${manner.title} could fetch.`;
    throw new SendError('content_refused', { providerMessage });
  }
  return { payload: {}, uploads: { uploads: [{ kind, media: url && !media.mediaId ? { ...media, url } : media }] } };
}
