import type { IncomingMessage, ServerResponse } from 'node:http';

/** The whole body, or undefined when it is longer than the limit. */
export function readBody(request: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= limit) chunks.push(chunk);
    });
    request.on('end', () => {
      if (length > limit) resolve(undefined);
      else resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
    });
    request.on('error', reject);
  });
}

/** Answers with JSON text already made. */
export function answerText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

/** An uploaded part of a form. */
export interface Upload {
  filename: string;
  mimeType: string;
  bytes: Buffer;
}

/** A form's fields and files, whichever of the two encodings it came in. Throws where it is not a form. */
export async function readForm(
  body: Buffer,
  contentType: string,
): Promise<{ fields: Record<string, string>; files: Map<string, Upload> }> {
  const fields: Record<string, string> = {};
  const files = new Map<string, Upload>();
  if (contentType.startsWith('application/x-www-form-urlencoded')) {
    for (const [name, value] of new URLSearchParams(body.toString('utf8'))) fields[name] = value;
    return { fields, files };
  }
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData();
  for (const [name, value] of form) {
    if (typeof value === 'string') fields[name] = value;
    else {
      files.set(name, {
        filename: value.name,
        mimeType: value.type || 'application/octet-stream',
        bytes: Buffer.from(await value.arrayBuffer()),
      });
    }
  }
  return { fields, files };
}

/** An object as JSON has them, neither list nor null. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
