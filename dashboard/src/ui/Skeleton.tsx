import css from './ui.module.css';

/** A place kept for what is loading: the same size, so that nothing jumps when it comes. */
export function Skeleton({
  width = '100%',
  height = 12,
  round = false,
}: {
  width?: number | string;
  height?: number;
  round?: boolean;
}) {
  return <span className={css.skeleton} style={{ width, height, borderRadius: round ? 999 : undefined }} />;
}
