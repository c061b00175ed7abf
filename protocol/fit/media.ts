import type { FileFeature } from '../capability.ts';
import type { Media, MediaKind } from '../content.ts';
import { isNative, type Page } from './page.ts';

/** How a file travels: as one of the channel's kinds, or as a line of text that leads to it. */
export type Carriage = { kind: MediaKind; line?: undefined } | { kind?: undefined; line: string };

/** Finds the kind that carries a file: its own, else a document (a sticker: an image), else a link in the text. */
export function carriage(page: Page, kind: MediaKind, media: Media): Carriage {
  const feature = page.can[kind];
  if (takes(feature, media)) return { kind };
  const other = kind === 'sticker' ? 'image' : 'document';
  if (kind !== other && feature.out !== 'dropped' && takes(page.can[other], media)) {
    page.lose(`${kind}_as_${other}`, `${reason(feature, kind, media)}; it is sent as ${article(other)}.`);
    return { kind: other };
  }
  if (feature.out === 'dropped') {
    page.lose(`${kind}_dropped`, `shows no ${plural(kind)}.`, 'dropped');
    return { line: '' };
  }
  if (page.can.heard) {
    page.lose(
      'media_unseen',
      `${reason(feature, kind, media)}; it is only told that there is something to see.`,
      'dropped',
    );
    return { line: media.filename ? `${page.words.unseen}: ${media.filename}.` : `${page.words.unseen}.` };
  }
  const link = page.options.linkFor?.(media, kind) ?? media.url;
  if (link === undefined || link.startsWith('data:')) {
    page.lose('media_dropped', `${reason(feature, kind, media)}, and there is no link to it.`, 'dropped');
    return { line: media.filename ?? '' };
  }
  page.lose('media_to_link', `${reason(feature, kind, media)}; a link stands in the text.`);
  return { line: media.filename ? `${media.filename}: ${link}` : link };
}

/** Does the channel take the file as this kind? What is not known of a file does not speak against it. */
export function takes(feature: FileFeature, media: Media): boolean {
  return isNative(feature.out) && isOfType(feature, media) && isSmall(feature, media);
}

function isSmall(feature: FileFeature, media: Media): boolean {
  // A link that the provider fetches itself has a limit of its own with some of them.
  const fetched = media.url !== undefined && media.mediaId === undefined && media.ref === undefined;
  const max = fetched ? (feature.urlMaxBytes ?? feature.maxBytes) : (feature.maxBytes ?? feature.urlMaxBytes);
  return max === undefined || media.size === undefined || media.size <= max;
}

function isOfType(feature: FileFeature, media: Media): boolean {
  if (!feature.mimeTypes || !media.mimeType) return true;
  const [type, parameters] = parted(media.mimeType);
  return feature.mimeTypes.some((taken) => {
    const [takenType, takenParameters] = parted(taken);
    if (takenType === '*/*' || (takenType.endsWith('/*') && type.startsWith(takenType.slice(0, -1)))) return true;
    return takenType === type && (!takenParameters || !parameters || takenParameters === parameters);
  });
}

function parted(mimeType: string): [type: string, parameters: string] {
  const [type = '', ...parameters] = mimeType.toLowerCase().split(';');
  return [type.trim(), parameters.map((parameter) => parameter.trim()).join(';')];
}

function reason(feature: FileFeature, kind: MediaKind, media: Media): string {
  if (!isNative(feature.out)) return `carries no ${plural(kind)}`;
  if (!isOfType(feature, media)) return `takes no ${plural(kind)} of type ${media.mimeType}`;
  return `takes no ${plural(kind)} as large as this`;
}

const plural = (kind: MediaKind): string => (kind === 'audio' ? 'audio files' : `${kind}s`);
const article = (kind: MediaKind): string => (kind === 'image' ? 'an image' : 'a document');

/** The kind of a card's file, by its type; a picture unless told otherwise. */
export const kindOf = (media: Media): 'image' | 'video' => (media.mimeType?.startsWith('video/') ? 'video' : 'image');
