/** SQLSTATE classes and driver errors that mean the database cannot be reached or is going down, as opposed to disliking what we said. */
const AWAY_STATES = new Set(['57P01', '57P02', '57P03', '53300', '25006']);
const AWAY_ERRNOS = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EACCES',
]);

/** Whether an error says that the database is away. */
export function isAway(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string };
  if (code && (AWAY_STATES.has(code) || code.startsWith('08') || AWAY_ERRNOS.has(code))) return true;
  return /Connection terminated|Connection ended|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed and is not queryable/i.test(
    message ?? '',
  );
}
