/** The database cannot be had. The message is one sentence for the person who started the server: what, where, and what to do. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
}

/** The `code` of a system or PostgreSQL error, or an empty string. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
