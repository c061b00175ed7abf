import type { ReactNode } from 'react';
import css from './ui.module.css';

/** A page or pane with nothing in it: one sentence, and the one next step. */
export function Notice({
  icon,
  title,
  children,
  action,
  role,
}: {
  icon?: ReactNode;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  role?: 'alert';
}) {
  return (
    <div className={css.notice} role={role}>
      {icon && <div className={css.noticeIcon}>{icon}</div>}
      <h1 className={css.noticeTitle}>{title}</h1>
      {children && <div className={css.noticeText}>{children}</div>}
      {action}
    </div>
  );
}
