import { useClipboard } from '@mantine/hooks';
import { CheckIcon, CopyIcon } from '@radix-ui/react-icons';
import { useMemo } from 'react';
import css from './trace.module.css';

const TOKEN = /("(?:\\.|[^"\\])*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Evidence as it was: JSON in the mono, to read and to copy. */
export function Evidence({ value, label }: { value: unknown; label: string }) {
  const text = useMemo(() => (typeof value === 'string' ? value : JSON.stringify(value, null, 2)), [value]);
  const clipboard = useClipboard({ timeout: 1500 });
  return (
    <div className={css.evidence}>
      <button type="button" className={css.copy} onClick={() => clipboard.copy(text)} aria-label={`Copy ${label}`}>
        {clipboard.copied ? <CheckIcon /> : <CopyIcon />}
        <span aria-live="polite">{clipboard.copied ? 'Copied' : 'Copy'}</span>
      </button>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by the keyboard. */}
      <pre className={css.json} tabIndex={0}>
        <code>{coloured(text)}</code>
      </pre>
    </div>
  );
}

/** Names, strings and numbers told apart by colour; the text itself is untouched. */
function coloured(text: string): React.ReactNode[] {
  const out: React.ReactNode[] = [];
  let at = 0;
  for (const match of text.matchAll(TOKEN)) {
    out.push(text.slice(at, match.index));
    const [whole, quoted, colon] = match;
    if (quoted && colon) {
      out.push(
        <span key={match.index} className={css.name}>
          {quoted}
        </span>,
        colon,
      );
    } else {
      out.push(
        <span key={match.index} className={quoted ? css.string : css.number}>
          {whole}
        </span>,
      );
    }
    at = match.index + whole.length;
  }
  out.push(text.slice(at));
  return out;
}
