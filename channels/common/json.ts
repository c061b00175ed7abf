/** Reading JSON that a stranger wrote: every reader answers `undefined` (or nothing) instead of throwing, and nothing is believed unread. */
export type Json = Record<string, unknown>;

/** An object, and not a list. */
export function readObject(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}

/** The objects of a list; anything else in it, or in its place, is left out. */
export function readObjects(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter((one) => readObject(one) !== undefined) : [];
}

/** A text that says something. Ids sometimes come as numbers: they are texts to us. */
export function readText(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : undefined;
}

/** A number, also where it was written as a text. */
export function readNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** The same object without the members that are `undefined`; `undefined` when nothing is left. */
export function present<T extends object>(members: T): T | undefined {
  const left = Object.entries(members).filter(([, value]) => value !== undefined);
  return left.length > 0 ? (Object.fromEntries(left) as T) : undefined;
}

/** The body as JSON, or `undefined` where it is none. */
export function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body)) as unknown;
  } catch {
    return undefined;
  }
}
