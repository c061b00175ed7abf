import { Notice } from '../ui/Notice.tsx';
import ui from '../ui/ui.module.css';

/** A fault of ours in drawing a page: what it was, and a fresh start. */
export function PageError({ error }: { error: unknown }) {
  return (
    <Notice
      role="alert"
      title="This page broke"
      action={
        <button type="button" className={ui.button} onClick={() => window.location.reload()}>
          Load it again
        </button>
      }
    >
      {error instanceof Error && error.message ? error.message : 'The reason is unknown.'}
    </Notice>
  );
}
