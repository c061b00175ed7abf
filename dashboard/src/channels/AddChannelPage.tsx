import { useDocumentTitle } from '@mantine/hooks';
import { ChevronLeftIcon } from '@radix-ui/react-icons';
import { Link } from '@tanstack/react-router';
import { Failure } from '../ui/Failure.tsx';
import { Skeleton } from '../ui/Skeleton.tsx';
import { useTypes } from './api.ts';
import css from './channels.module.css';
import { glanceOf } from './words.ts';

/** The first step: which kind of channel. Each says what it can do, from the same data as the matrix. */
export function AddChannelPage() {
  useDocumentTitle('Add a channel · Tributary');
  const types = useTypes();
  if (types.isError)
    return (
      <Failure
        page
        what="The channel types could not be read"
        error={types.error}
        onRetry={() => void types.refetch()}
      />
    );
  return (
    <div className={css.page}>
      <Link to="/channels" className={css.back}>
        <ChevronLeftIcon aria-hidden="true" />
        Channels
      </Link>
      <header className={css.head}>
        <h1 className={css.title}>Add a channel</h1>
        <Link to="/matrix" className={css.aside}>
          What each can do
        </Link>
      </header>
      <ul className={css.grid} aria-label="Channel types">
        {types.data?.map(({ type, title, features }) => (
          <li key={type} data-channel={type}>
            <Link to="/channels/new/$type" params={{ type }} className={css.tile}>
              <span className={css.tileName}>
                <span className={css.dot} aria-hidden="true" />
                {title}
              </span>
              <span className={css.quiet}>{glanceOf(features)}</span>
            </Link>
          </li>
        )) ??
          Array.from({ length: 8 }, (_, n) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: places that never change.
            <li key={n} className={css.tile}>
              <Skeleton width={110} height={16} />
            </li>
          ))}
      </ul>
    </div>
  );
}
