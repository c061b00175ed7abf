import { Link } from '@tanstack/react-router';
import { Notice } from '../ui/Notice.tsx';
import ui from '../ui/ui.module.css';
import { Mark } from './Mark.tsx';

/** An address with no page behind it. */
export function NotFound() {
  return (
    <Notice
      icon={<Mark size={32} />}
      title="There is no page here"
      action={
        <Link to="/lab" className={ui.button}>
          Go to the Lab
        </Link>
      }
    >
      The address may be mistyped, or the page has moved.
    </Notice>
  );
}
