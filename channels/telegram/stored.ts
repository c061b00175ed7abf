import type { Media } from '@tributary/protocol';

/** A file stored with us, in the place of an upload: `send` puts its bytes into a form. No more of it than needed, because requests are kept and shown. */
export type StoredFile = Pick<Media, 'mimeType' | 'filename' | 'size'> & { mediaId: string };

/** The file as it stands in a request. */
export function storedFile({ mimeType, filename, size }: Media, mediaId: string): StoredFile {
  return {
    mediaId,
    ...(mimeType === undefined ? {} : { mimeType }),
    ...(filename === undefined ? {} : { filename }),
    ...(size === undefined ? {} : { size }),
  };
}

export const isStored = (value: unknown): value is StoredFile =>
  typeof value === 'object' && value !== null && typeof (value as { mediaId?: unknown }).mediaId === 'string';
