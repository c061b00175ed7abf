import { PasswordInput, TextInput } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Complaint } from '../ui/Complaint.tsx';
import ui from '../ui/ui.module.css';
import { useSignIn } from './me.ts';
import { readForm, SessionCard } from './SessionCard.tsx';
import css from './session.module.css';

/** Signing in. What was typed stays when it is refused. */
export function LoginPage() {
  useDocumentTitle('Sign in · Tributary');
  const navigate = useNavigate();
  const signIn = useSignIn();
  const login = useMutation({
    mutationFn: (form: Record<string, string>) => signIn('login', form),
    onSuccess: () => navigate({ to: '/channels', replace: true }),
  });
  return (
    <SessionCard title="Sign in">
      <form className={css.form} onSubmit={(event) => login.mutate(readForm(event))}>
        <TextInput name="email" type="email" label="E-mail" autoComplete="username" required data-autofocus />
        <PasswordInput name="password" label="Password" autoComplete="current-password" required />
        {login.isError && <Complaint error={login.error} />}
        <button type="submit" className={ui.primary} disabled={login.isPending}>
          {login.isPending ? 'Signing in…' : 'Sign in'}
        </button>
      </form>
      <p className={css.aside}>
        The first time? Open the link that <code>npm start</code> printed as “Dashboard”.
      </p>
    </SessionCard>
  );
}
