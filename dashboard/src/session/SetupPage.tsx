import { PasswordInput, TextInput } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { faultsOf, get } from '../api/client.ts';
import { Complaint } from '../ui/Complaint.tsx';
import ui from '../ui/ui.module.css';
import { useSignIn } from './me.ts';
import { readForm, SessionCard } from './SessionCard.tsx';
import css from './session.module.css';

/** The first run: whoever holds the link that was printed makes the first account, and is signed in. */
export function SetupPage() {
  useDocumentTitle('Set up · Tributary');
  const token = new URLSearchParams(window.location.search).get('token') ?? '';
  const navigate = useNavigate();
  const signIn = useSignIn();
  const link = useQuery({
    queryKey: ['setup', token],
    queryFn: ({ signal }) =>
      get<{ workspace: string; role: string }>(`/api/v1/auth/setup?token=${encodeURIComponent(token)}`, signal),
    retry: false,
  });
  const setUp = useMutation({
    mutationFn: (form: Record<string, string>) => signIn('setup', { ...form, token }),
    onSuccess: () => navigate({ to: '/channels', replace: true }),
  });

  if (link.isError) {
    return (
      <SessionCard title="This link does not open anything">
        <p className={css.lead}>{link.error.message}</p>
        <p className={css.aside}>
          Have an account? <Link to="/login">Sign in</Link>. Otherwise start Tributary again: as long as nobody has an
          account, it prints a new link.
        </p>
      </SessionCard>
    );
  }
  const faults = faultsOf(setUp.error);
  return (
    <SessionCard title="Welcome to Tributary">
      <p className={css.lead}>
        Make the first account{link.data ? ` of “${link.data.workspace}”` : ''}. It may do everything, and the link
        works only once.
      </p>
      <form className={css.form} onSubmit={(event) => setUp.mutate(readForm(event))}>
        <TextInput
          name="name"
          label="Your name"
          autoComplete="name"
          required
          maxLength={120}
          error={faults.name}
          data-autofocus
        />
        <TextInput name="email" type="email" label="E-mail" autoComplete="username" required error={faults.email} />
        <PasswordInput
          name="password"
          label="Password"
          description="Ten characters or more."
          autoComplete="new-password"
          required
          minLength={10}
          error={faults.password}
        />
        {setUp.isError && Object.keys(faults).length === 0 && <Complaint error={setUp.error} />}
        <button type="submit" className={ui.primary} disabled={setUp.isPending || link.isPending}>
          {setUp.isPending ? 'Making your account…' : 'Make the account'}
        </button>
      </form>
    </SessionCard>
  );
}
