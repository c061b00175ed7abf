import { useClipboard } from '@mantine/hooks';
import { CheckIcon, CopyIcon } from '@radix-ui/react-icons';
import ui from '../ui/ui.module.css';
import css from './channels.module.css';

/** A value to be carried to the provider's own pages, and the button that takes it along. */
export function Copy({ label, value }: { label: string; value: string }) {
  const clipboard = useClipboard({ timeout: 2_000 });
  return (
    <div className={css.copy}>
      <span className={css.copyLabel}>{label}</span>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long address scrolls, and is reached by the keyboard for it. */}
      <code className={css.copyValue} tabIndex={0}>
        {value}
      </code>
      <button type="button" className={ui.button} onClick={() => clipboard.copy(value)} aria-label={`Copy ${label}`}>
        {clipboard.copied ? <CheckIcon aria-hidden="true" /> : <CopyIcon aria-hidden="true" />}
        <span aria-live="polite">{clipboard.copied ? 'Copied' : 'Copy'}</span>
      </button>
    </div>
  );
}
