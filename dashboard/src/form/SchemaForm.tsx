import { NativeSelect, PasswordInput, Switch, Textarea, TextInput } from '@mantine/core';
import { useId } from 'react';
import css from './form.module.css';
import { type Field, fieldsOf } from './schema.ts';

export interface SchemaFormProps {
  fields: readonly Field[];
  typed: Readonly<Record<string, unknown>>;
  onType(typed: Record<string, unknown>): void;
  /** What the server said of each field, by its path below `at`. */
  faults: Readonly<Record<string, string>>;
  /** The path of the object in what is sent: `config`. */
  at: string;
}

/** Controls for an object's fields, made from its schema. What is not needed stands folded below, open where something in it is wrong. */
export function SchemaForm(props: SchemaFormProps) {
  const { fields, typed, faults, at } = props;
  const needed = fields.filter((field) => field.required);
  const more = fields.filter((field) => !field.required);
  const wrong = more.some(({ name }) => Object.keys(faults).some((path) => path.startsWith(`${at}.${name}`)));
  const said = more.some(({ name }) => typed[name] !== undefined && typed[name] !== '');
  return (
    <div className={css.fields}>
      {needed.map((field) => (
        <Control key={field.name} field={field} {...props} />
      ))}
      {needed.length === 0 && more.map((field) => <Control key={field.name} field={field} {...props} />)}
      {needed.length > 0 && more.length > 0 && (
        <details className={css.more} open={wrong || said || undefined}>
          <summary className={css.summary}>More settings</summary>
          <div className={css.fields}>
            {more.map((field) => (
              <Control key={field.name} field={field} {...props} />
            ))}
          </div>
        </details>
      )}
    </div>
  );
}

function Control({ field, typed, onType, faults, at }: SchemaFormProps & { field: Field }) {
  const { name, schema, kind, title, required, options } = field;
  const id = useId();
  const value = typed[name];
  const change = (next: unknown) => onType({ ...typed, [name]: next });
  const path = `${at}.${name}`;
  const example = schema.examples?.[0] ?? (kind === 'number' || kind === 'text' ? schema.default : undefined);
  const common = {
    id,
    label: title,
    description: schema.description,
    error: faults[path],
    required,
    placeholder: example === undefined ? undefined : String(example),
    // A password manager has no business here.
    autoComplete: 'off',
    'data-1p-ignore': true,
    spellCheck: false,
  };
  const text = typeof value === 'string' ? value : value === undefined ? '' : String(value);
  switch (kind) {
    case 'switch':
      return (
        <Switch
          id={id}
          label={title}
          description={schema.description}
          error={faults[path]}
          checked={value === undefined ? schema.default === true : value === true}
          onChange={(event) => change(event.currentTarget.checked)}
        />
      );
    case 'choice':
      return (
        <NativeSelect
          {...common}
          value={text || String(schema.default ?? '')}
          onChange={(event) => change(event.currentTarget.value)}
          data={[...(required || schema.default !== undefined ? [] : [{ value: '', label: '—' }]), ...options]}
        />
      );
    case 'secret':
      return <PasswordInput {...common} value={text} onChange={(event) => change(event.currentTarget.value)} />;
    case 'long':
    case 'json':
    case 'lines':
      return (
        <Textarea
          {...common}
          rows={kind === 'lines' ? 3 : 5}
          description={[schema.description, kind === 'lines' && 'One a line.'].filter(Boolean).join(' ')}
          classNames={kind === 'lines' ? undefined : { input: css.mono }}
          value={text}
          onChange={(event) => change(event.currentTarget.value)}
        />
      );
    case 'group':
      return (
        <fieldset className={css.group}>
          <legend className={css.legend}>{title}</legend>
          {schema.description && <p className={css.help}>{schema.description}</p>}
          <SchemaForm
            fields={fieldsOf(schema, [])}
            typed={(value as Record<string, unknown> | undefined) ?? {}}
            onType={change}
            faults={faults}
            at={path}
          />
        </fieldset>
      );
    default:
      return (
        <TextInput
          {...common}
          inputMode={kind === 'number' ? 'decimal' : undefined}
          value={text}
          onChange={(event) => change(event.currentTarget.value)}
        />
      );
  }
}
