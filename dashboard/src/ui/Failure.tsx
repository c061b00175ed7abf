import { ReloadIcon } from '@radix-ui/react-icons';
import css from './ui.module.css';

/** What went wrong, in the words of the error, and a way to try again. */
export function Failure({
  what,
  error,
  onRetry,
  page,
}: {
  what: string;
  error: unknown;
  onRetry: () => void;
  /** It stands for a whole page, and in its middle. */
  page?: boolean;
}) {
  return (
    <div className={css.failure} data-page={page || undefined} role="alert">
      <p className={css.failureTitle}>{what}</p>
      <p className={css.failureText}>{error instanceof Error ? error.message : 'The reason is unknown.'}</p>
      <button type="button" className={css.button} onClick={onRetry}>
        <ReloadIcon aria-hidden="true" />
        Try again
      </button>
    </div>
  );
}
