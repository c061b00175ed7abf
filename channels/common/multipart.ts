import type { OpenMedia } from '../adapter.ts';

/** A form as it goes over the wire: its bytes, and the header that tells where its parts end. */
export interface WrittenForm {
  contentType: string;
  bytes: Uint8Array;
}

/** Writes a form with one file. Some providers refuse names that are not ASCII, so other letters become `_`. */
export async function writeForm(
  fields: Readonly<Record<string, string>>,
  file: { name: string; media: OpenMedia; mimeType: string; filename: string },
): Promise<WrittenForm> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for await (const chunk of file.media.body) parts.push(Uint8Array.from(chunk));
  const filename = file.filename.replace(/[^\x20-\x7e]|["\\]/g, '_');
  form.set(file.name, new Blob(parts, { type: file.mimeType }), filename);
  const written = new Response(form);
  return {
    contentType: written.headers.get('content-type') ?? '',
    bytes: new Uint8Array(await written.arrayBuffer()),
  };
}
