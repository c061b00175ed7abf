import { expect, test } from 'vitest';
import { fieldsOf, readTyped, type Schema, toTyped } from './schema.ts';

const SCHEMA: Schema = {
  type: 'object',
  required: ['token', 'port'],
  properties: {
    name: { type: 'string', title: 'Name' },
    token: { type: 'string', title: 'Token' },
    port: { type: 'integer' },
    open: { type: 'boolean' },
    origins: { type: 'array', items: { type: 'string' } },
    encryption: { anyOf: [{ const: 'tls' }, { const: 'none' }] },
    provider: { const: 'twilio' },
    theme: { type: 'object', properties: { colour: { type: 'string' } } },
    extra: { type: 'object' },
    serviceAccountJson: { type: 'string' },
  },
};
const fields = fieldsOf(SCHEMA, ['token', 'serviceAccountJson']);

test('fields that must be given come first, and a choice of one is not asked', () => {
  expect(fields.map(({ name, kind }) => [name, kind])).toEqual([
    ['token', 'secret'],
    ['port', 'number'],
    ['name', 'text'],
    ['open', 'switch'],
    ['origins', 'lines'],
    ['encryption', 'choice'],
    ['theme', 'group'],
    ['extra', 'json'],
    ['serviceAccountJson', 'long'],
  ]);
});

test('what is typed becomes values of their own types, and what is empty is left out', () => {
  const typed = {
    token: ' t ',
    port: '587',
    name: '',
    open: false,
    origins: 'https://a.example\n\n https://b.example ',
    theme: { colour: '' },
    extra: '{"a":1}',
  };
  expect(readTyped(fields, typed)).toEqual({
    token: 't',
    port: 587,
    open: false,
    origins: ['https://a.example', 'https://b.example'],
    extra: { a: 1 },
  });
});

test('what is no number is sent as it is, so that the server can say so', () => {
  expect(readTyped(fields, { port: 'five' })).toEqual({ port: 'five' });
});

test('a stored value is shown and read back unchanged', () => {
  const value = {
    token: '********',
    port: 25,
    open: true,
    origins: ['https://a.example'],
    encryption: 'none',
    theme: { colour: '#fff' },
    extra: { a: [1] },
  };
  expect(readTyped(fields, toTyped(fields, value))).toEqual(value);
});
