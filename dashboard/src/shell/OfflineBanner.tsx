import { useNetwork } from '@mantine/hooks';
import { ExclamationTriangleIcon } from '@radix-ui/react-icons';
import { useConnectionLost } from '../api/connection.ts';
import css from './shell.module.css';

/** Says that what one sees may be old, and goes by itself. It lies over the page, so nothing moves. */
export function OfflineBanner() {
  const lost = useConnectionLost();
  const { online } = useNetwork();
  return (
    <div role="status">
      {lost && (
        <p className={css.banner}>
          <ExclamationTriangleIcon aria-hidden="true" />
          {online
            ? 'Tributary does not answer. This page catches up when it is back.'
            : 'You are offline. This page catches up when you are back.'}
        </p>
      )}
    </div>
  );
}
