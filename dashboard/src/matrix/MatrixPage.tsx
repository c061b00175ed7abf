import { useDocumentTitle } from '@mantine/hooks';
import { type FeatureRow, type TypeInfo, useTypes } from '../channels/api.ts';
import { Failure } from '../ui/Failure.tsx';
import css from './matrix.module.css';
import { MARKS, notesOf, ROWS } from './rows.ts';

/** What each channel type can carry, each way: the adapters' own data, as GET /channel-types gives it. */
export function MatrixPage() {
  useDocumentTitle('What each channel can do · Tributary');
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
      <h1 className={css.title}>What each channel can do</h1>
      <p className={css.lead}>
        From us to the person, and after the stroke from the person to us. What a channel cannot show is said in another
        form; words are never dropped.
      </p>
      <ul className={css.legend}>
        {Object.values(MARKS).map(({ sign, says }) => (
          <li key={says}>
            <span aria-hidden="true">{sign}</span> {says}
          </li>
        ))}
      </ul>
      {types.data && <Matrix types={types.data} />}
    </div>
  );
}

function Matrix({ types }: { types: readonly TypeInfo[] }) {
  const notes = notesOf(types);
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls, and is reached by the keyboard for it. */}
      <section className={css.scroll} tabIndex={0} aria-label="The matrix">
        <table className={css.table}>
          <thead>
            <tr>
              <th scope="col">
                <span className="visually-hidden">Feature</span>
              </th>
              {types.map(({ type, title }) => (
                <th key={type} scope="col" data-channel={type}>
                  <span className={css.head}>{title}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {ROWS.map(({ row, title }) => (
              <tr key={row}>
                <th scope="row">{title}</th>
                {types.map(({ type, features }) => (
                  <Cell key={type} feature={features[row]} note={notes.numberOf(type, row)} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <ol className={css.notes}>
        {notes.all.map(({ title, feature, says }, index) => (
          <li key={`${title} ${feature}`} id={`note-${index + 1}`}>
            <b>
              {title}, {feature}:
            </b>{' '}
            {says}
          </li>
        ))}
      </ol>
    </>
  );
}

function Cell({ feature, note }: { feature: FeatureRow | undefined; note: number | undefined }) {
  const out = feature?.out && MARKS[feature.out];
  const inward = feature?.in && MARKS[feature.in];
  const says = [out && `out: ${out.says}`, inward && `in: ${inward.says}`].filter(Boolean).join('; ');
  return (
    <td title={says}>
      <span aria-hidden="true">
        {out?.sign ?? '·'}
        <span className={css.stroke}>/</span>
        {inward?.sign ?? '·'}
      </span>
      <span className="visually-hidden">{says || 'does not apply'}</span>
      {note !== undefined && (
        <sup>
          <a href={`#note-${note}`}>{note}</a>
        </sup>
      )}
    </td>
  );
}
