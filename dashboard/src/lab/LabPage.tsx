import { useDocumentTitle } from '@mantine/hooks';
import { LinkBreak2Icon } from '@radix-ui/react-icons';
import { RequestFailed } from '../api/client.ts';
import { Mark } from '../shell/Mark.tsx';
import { Failure } from '../ui/Failure.tsx';
import { Notice } from '../ui/Notice.tsx';
import { Lab } from './Lab.tsx';
import { LabSkeleton } from './LabSkeleton.tsx';
import { useLab } from './platform.ts';
import { usePeople, useProviders } from './sim.ts';

/** The Lab, or why there is none: no session, switched off, out of reach. */
export function LabPage() {
  useDocumentTitle('Lab · Tributary');
  const lab = useLab();
  const signedIn = lab.isSuccess;
  const people = usePeople(signedIn);
  const providers = useProviders(signedIn);

  if (lab.isError && !lab.data) {
    const status = lab.error instanceof RequestFailed ? lab.error.status : 0;
    if (status === 401 || status === 403) return <NoSession />;
    if (status === 404) return <Off />;
    return <Failure page what="The Lab could not be opened" error={lab.error} onRetry={() => void lab.refetch()} />;
  }
  const silent = [people, providers].find((query) => query.isError && !query.data);
  if (silent) {
    return (
      <Failure
        page
        what="The simulator could not be asked"
        error={silent.error}
        onRetry={() => {
          void people.refetch();
          void providers.refetch();
        }}
      />
    );
  }
  if (!lab.data || !people.data || !providers.data) return <LabSkeleton />;
  return <Lab info={lab.data} people={people.data} providers={providers.data} />;
}

function NoSession() {
  return (
    <Notice icon={<Mark size={36} coloured />} title="Open the link that was printed when Tributary started">
      It is at the end of what <code>npm start</code> wrote, and signs this browser in. Lost it? Start Tributary again.
    </Notice>
  );
}

function Off() {
  return (
    <Notice icon={<LinkBreak2Icon width={28} height={28} />} title="The Lab is switched off here">
      It plays the providers on this machine, so it runs only where that is wanted. Start Tributary with{' '}
      <code>TRIBUTARY_LAB=auto</code> to have it.
    </Notice>
  );
}
