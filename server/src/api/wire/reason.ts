import { SEND_ERRORS } from '@tributary/protocol';

/** An error as it is stored with a delivery, a part or a receipt. */
export interface StoredError {
  code?: string;
  providerCode?: string;
  providerMessage?: string;
  message?: string;
}

/** Why something failed: our sentence, then the provider's own words. */
export function reasonOf(error: StoredError | null | undefined): string | undefined {
  if (!error) return undefined;
  const known = error.code !== undefined && Object.hasOwn(SEND_ERRORS, error.code);
  const says = known ? SEND_ERRORS[error.code as keyof typeof SEND_ERRORS].says : undefined;
  const words = error.providerMessage ?? (error.message === says ? undefined : error.message);
  const theirs = [error.providerCode, words].filter(Boolean).join(' ');
  return [says, theirs && (says ? `(${theirs})` : theirs)].filter(Boolean).join(' ') || error.code;
}
