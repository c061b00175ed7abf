import { ExclamationTriangleIcon } from '@radix-ui/react-icons';
import css from './ui.module.css';

/** What a form was told, beside its button: what happened and what to do, in the server's own words. */
export function Complaint({ error }: { error: unknown }) {
  return (
    <p className={css.complaint} role="alert">
      <ExclamationTriangleIcon aria-hidden="true" />
      <span>{error instanceof Error ? error.message : 'The reason is unknown.'}</span>
    </p>
  );
}
