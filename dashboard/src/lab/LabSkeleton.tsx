import { Skeleton } from '../ui/Skeleton.tsx';
import css from './lab.module.css';

/** The Lab's outline while it loads: every part already has its place. */
export function LabSkeleton() {
  return (
    <div className={css.lab} role="status" aria-label="Opening the Lab">
      <div className={css.toolbar}>
        <Skeleton width={92} height={30} />
        <Skeleton width={96} height={30} />
        <Skeleton width={104} height={30} />
      </div>
      <div className={css.wall}>
        {['telegram', 'whatsapp', 'webchat'].map((each) => (
          <div key={each} className={css.slot}>
            <div className={css.caption}>
              <Skeleton width={90} height={14} />
            </div>
            <div className={css.ghost}>
              <Skeleton width={132} height={16} />
            </div>
          </div>
        ))}
      </div>
      <div className={css.side}>
        <div className={css.ghostHead}>
          <Skeleton width={110} height={16} />
        </div>
      </div>
    </div>
  );
}
