import { TextInput } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { ChevronLeftIcon } from '@radix-ui/react-icons';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { faultsOf } from '../api/client.ts';
import { SchemaForm } from '../form/SchemaForm.tsx';
import { fieldsOf, readTyped } from '../form/schema.ts';
import { Complaint } from '../ui/Complaint.tsx';
import { Failure } from '../ui/Failure.tsx';
import ui from '../ui/ui.module.css';
import { type Channel, type TypeInfo, useTypes, useWrite } from './api.ts';
import css from './channels.module.css';

/** The second step: the credentials, by a form made from the adapter's own schema. */
export function ConnectPage() {
  const { type } = useParams({ strict: false });
  const types = useTypes();
  const info = types.data?.find((one) => one.type === type);
  useDocumentTitle(`Connect ${info?.title ?? 'a channel'} · Tributary`);
  if (types.isError)
    return (
      <Failure
        page
        what="The channel types could not be read"
        error={types.error}
        onRetry={() => void types.refetch()}
      />
    );
  if (!types.data) return <div className={css.page} aria-busy="true" />;
  if (!info)
    return (
      <Failure
        page
        what={`There is no channel type “${type}”`}
        error={new Error('Choose one of those there are.')}
        onRetry={() => window.history.back()}
      />
    );
  return <Connect key={info.type} info={info} />;
}

function Connect({ info }: { info: TypeInfo }) {
  const navigate = useNavigate();
  const fields = fieldsOf(info.configSchema, info.secrets);
  const [name, setName] = useState(info.title);
  const [typed, setTyped] = useState<Record<string, unknown>>({});
  const create = useWrite<object, Channel>((body) => ({ method: 'POST', path: '/channels', body }));
  const faults = faultsOf(create.error);
  const shown = Object.keys(faults).some(
    (path) => path === 'name' || fields.some((field) => path.startsWith(`config.${field.name}`)),
  );

  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate(
      { type: info.type, name, config: readTyped(fields, typed) },
      { onSuccess: ({ id }) => navigate({ to: '/channels/$id', params: { id } }) },
    );
  };
  return (
    <div className={css.page} data-channel={info.type}>
      <Link to="/channels/new" className={css.back}>
        <ChevronLeftIcon aria-hidden="true" />
        All types
      </Link>
      <header className={css.head}>
        <h1 className={css.title}>
          <span className={css.dot} aria-hidden="true" />
          Connect {info.title}
        </h1>
      </header>
      <form className={css.form} onSubmit={submit} noValidate>
        <TextInput
          label="Name"
          description="What your team calls it."
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          required
          error={faults.name}
        />
        <SchemaForm fields={fields} typed={typed} onType={setTyped} faults={faults} at="config" />
        {create.isError && !shown && <Complaint error={create.error} />}
        {create.isError && shown && (
          <p className={css.summary} role="alert">
            Something is missing or wrong above; nothing has been connected yet.
          </p>
        )}
        <div className={css.actions}>
          <button type="submit" className={ui.primary} disabled={create.isPending}>
            {create.isPending ? 'Connecting…' : 'Connect'}
          </button>
          <Link to="/channels" className={ui.button}>
            Cancel
          </Link>
        </div>
      </form>
    </div>
  );
}
