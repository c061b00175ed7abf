import type { InboundRequest } from '../adapter.ts';

/** One field of a form, or one file. */
export interface FormField {
  name: string;
  value: Uint8Array;
  filename?: string;
  mimeType?: string;
}

/** Mailgun posts a few dozen fields and as many files as the mail has. */
const MOST_FIELDS = 2_000;

/** The fields of a request’s form in order, whichever way they are encoded; none where it is no form. */
export function readForm(request: InboundRequest): FormField[] {
  const type = request.headers['content-type'] ?? '';
  if (/^application\/x-www-form-urlencoded\b/i.test(type)) return readPairs(request.body);
  const boundary = /^multipart\/form-data\b.*?\bboundary=(?:"([^"]{1,200})"|([^\s;]{1,200}))/i.exec(type);
  return boundary ? readParts(bytesOf(request), boundary[1] ?? boundary[2]!) : [];
}

/**
 * A short field of a form that may be large, as text: for who has to be believed before the rest is read. Found without reading the others; of
 * several the last counts.
 */
export function glimpse(request: InboundRequest, name: string): string | undefined {
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/x-www-form-urlencoded\b/i.test(type)) return fieldOf(readForm(request), name);
  const body = bytesOf(request);
  const found = body.lastIndexOf(`&${name}=`);
  const at = found >= 0 ? found + 1 : body.subarray(0, name.length + 1).equals(Buffer.from(`${name}=`)) ? 0 : -1;
  if (at < 0) return undefined;
  const rest = body.subarray(at, at + name.length + LONGEST_GLIMPSE);
  const end = rest.indexOf('&');
  return new URLSearchParams(rest.subarray(0, end < 0 ? undefined : end).toString('latin1')).get(name) ?? undefined;
}

/** Signatures are 64 characters. */
const LONGEST_GLIMPSE = 256;

/** The same bytes, with a Buffer’s methods. */
const bytesOf = ({ body }: InboundRequest): Buffer => Buffer.from(body.buffer, body.byteOffset, body.length);

/** The last field of the name, as text. */
export function fieldOf(form: readonly FormField[], name: string): string | undefined {
  const field = form.findLast((one) => one.name === name && one.filename === undefined);
  return field && new TextDecoder().decode(field.value);
}

function readPairs(body: Uint8Array): FormField[] {
  const pairs = [...new URLSearchParams(new TextDecoder().decode(body))].slice(0, MOST_FIELDS);
  return pairs.map(([name, value]) => ({ name, value: new TextEncoder().encode(value) }));
}

/** RFC 7578: parts between boundaries, each with headers, an empty line and its bytes. What is cut off counts as far as it goes. */
function readParts(body: Buffer, boundary: string): FormField[] {
  const mark = Buffer.from(`--${boundary}`);
  const fields: FormField[] = [];
  let at = body.indexOf(mark);
  while (at >= 0 && fields.length < MOST_FIELDS) {
    const start = at + mark.length;
    if (body.subarray(start, start + 2).toString() === '--') break;
    const next = body.indexOf(Buffer.concat([Buffer.from('\r\n'), mark]), start);
    const part = body.subarray(start, next < 0 ? undefined : next);
    const gap = part.indexOf('\r\n\r\n');
    const field = gap < 0 ? undefined : readPart(part.subarray(0, gap).toString(), part.subarray(gap + 4));
    if (field) fields.push(field);
    at = next < 0 ? -1 : next + 2;
  }
  return fields;
}

function readPart(head: string, value: Uint8Array): FormField | undefined {
  const disposition = /^content-disposition:\s*form-data\b(.*)$/im.exec(head)?.[1];
  const name = disposition && parameterOf(disposition, 'name');
  if (!name) return undefined;
  const filename = parameterOf(disposition, 'filename');
  const mimeType = /^content-type:\s*([^\s;]+)/im.exec(head)?.[1];
  return { name, value, ...(filename === undefined ? {} : { filename }), ...(mimeType ? { mimeType } : {}) };
}

/** Quotes inside a quoted name are written `%22` by browsers and `\"` by others. */
function parameterOf(text: string, name: string): string | undefined {
  const found = new RegExp(`;\\s*${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^;\\s]*))`, 'i').exec(text);
  return found ? (found[1]?.replace(/\\(.)/g, '$1') ?? found[2]) : undefined;
}
