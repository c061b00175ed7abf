/** The server said no, or did not answer at all (`status` 0). The message is a sentence for the person who asked. */
export class RequestFailed extends Error {
  override readonly name = 'RequestFailed';
  constructor(
    message: string,
    readonly status: number,
    readonly code?: string,
    readonly details: readonly { field: string; message: string }[] = [],
  ) {
    super(message);
  }
}

/** Reads JSON from the server, with the session's cookie. */
export function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return ask<T>(path, { signal });
}

/** Writes JSON. The extra header is what a form on somebody else's page cannot send. */
export function write<T>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<T> {
  return ask<T>(path, {
    method,
    headers: { 'content-type': 'application/json', 'x-tributary-request': '1' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
}

async function ask<T>(path: string, init: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, { credentials: 'same-origin', ...init });
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new RequestFailed('Tributary does not answer. Check that it is still running, then try again.', 0);
  }
  const text = await response.text();
  const body = parsed(text);
  if (response.ok) return body as T;
  const said = body as
    | { message?: string; error?: unknown; code?: string; details?: { field: string; message: string }[] }
    | undefined;
  throw new RequestFailed(
    said?.message ??
      (typeof said?.error === 'string' ? said.error : undefined) ??
      `The server answered ${response.status}.`,
    response.status,
    said?.code,
    said?.details,
  );
}

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What is wrong with each field of what was sent, by its path; empty where the server blamed none. */
export function faultsOf(error: unknown): Record<string, string> {
  if (!(error instanceof RequestFailed)) return {};
  return Object.fromEntries(error.details.map(({ field, message }) => [field, sentence(message)]));
}

/** Details are the ends of sentences that begin with the field's name. */
const sentence = (text: string): string =>
  text === 'is required'
    ? 'This is needed.'
    : `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
