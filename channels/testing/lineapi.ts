import { readFileSync } from 'node:fs';
import type { ProviderRequest } from '../adapter.ts';
import { type Schemas, schemaFaults } from './openapi.ts';

type Json = Record<string, unknown>;

/** Longest texts, in graphemes but for those of messages; the specification tells them in words or not at all. */
const ACTIONS_MAX: Readonly<Record<string, number>> = { buttons: 4, confirm: 2 };
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const lengthOf = (value: unknown): number => [...graphemes.segment(String(value ?? ''))].length;

/** Holds requests to a trimmed copy of LINE’s own specification, and to the limits that its reference tells in words. */
export function lineSpec(file: URL): (request: ProviderRequest) => string[] {
  const spec = JSON.parse(readFileSync(file, 'utf8')) as {
    requests: Record<string, string>;
    components: { schemas: Schemas };
  };
  return (request) => {
    const schema = spec.requests[request.path];
    if (request.method !== 'POST' || !schema) return [`${request.method} ${request.path} is not in the specification.`];
    const faults = schemaFaults(request.body, schema, spec.components.schemas);
    const messages = (request.body as { messages?: Json[] }).messages ?? [];
    const key = request.headers?.['x-line-retry-key'];
    if (messages.length > 0 && !/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(key ?? ''))
      faults.push('the retry key is no UUID.');
    return [...faults, ...messages.flatMap((message, i) => messageFaults(message, `messages[${i}]`))];
  };
}

function messageFaults(message: Json, at: string): string[] {
  const faults = actionsIn(message).flatMap((action) => actionFaults(action, at));
  const must = (fine: boolean, fault: string): void => {
    if (!fine) faults.push(`${at} ${fault}`);
  };
  if (message.type === 'text') must(within(message.text, 5000), 'has no text, or more than 5000 characters.');
  if (message.altText !== undefined) must(within(message.altText, 1500), 'has a bad altText.');
  if (message.type === 'template') faults.push(...templateFaults(message.template as Json, `${at}.template`));
  if (message.type === 'flex') {
    const bubbles = ((message.contents as Json).contents as Json[] | undefined) ?? [message.contents];
    must(bubbles.length <= 12, 'has more than 12 bubbles.');
    must(Buffer.byteLength(JSON.stringify(message.contents)) <= 50_000, 'is a Flex message too large.');
    must(!/"text":""/.test(JSON.stringify(message.contents)), 'has empty words.');
  }
  if (message.type === 'location')
    must(lengthOf(message.title) <= 100 && lengthOf(message.address) <= 100, 'has a place with too long a name.');
  return faults;
}

const within = (text: unknown, max: number): boolean =>
  typeof text === 'string' && text.trim() !== '' && text.length <= max;

function templateFaults(template: Json, at: string): string[] {
  const faults: string[] = [];
  const face = (one: Json, plainMax: number, actionsMax: number, where: string): void => {
    const max = one.title !== undefined || one.thumbnailImageUrl !== undefined ? 60 : plainMax;
    const actions = one.actions as Json[];
    if (lengthOf(one.title) > 40) faults.push(`${where} has a title of more than 40.`);
    if (lengthOf(one.text) < 1 || lengthOf(one.text) > max) faults.push(`${where} has a text of none or over ${max}.`);
    if (actions.length < 1 || actions.length > actionsMax) faults.push(`${where} has ${actions.length} actions.`);
  };
  if (template.type === 'buttons') face(template, 160, ACTIONS_MAX.buttons!, at);
  if (template.type === 'confirm') face(template, 240, ACTIONS_MAX.confirm!, at);
  if (template.type === 'carousel') {
    const columns = template.columns as Json[];
    for (const [i, column] of columns.entries()) face(column, 120, 3, `${at}.columns[${i}]`);
    if (columns.length < 1 || columns.length > 10) faults.push(`${at} has ${columns.length} columns.`);
    if (new Set(columns.map((one) => (one.actions as Json[]).length)).size > 1)
      faults.push(`${at} has columns of different numbers of actions.`);
    if (new Set(columns.map((one) => one.thumbnailImageUrl === undefined)).size > 1)
      faults.push(`${at} has pictures on some columns only.`);
  }
  return faults;
}

function actionFaults(action: Json, at: string): string[] {
  const faults: string[] = [];
  if (lengthOf(action.label) < 1 || lengthOf(action.label) > 20) faults.push(`${at} has a label of none or over 20.`);
  if (action.type === 'postback' && (lengthOf(action.data) < 1 || lengthOf(action.displayText) > 300))
    faults.push(`${at} has a tap without data, or that says too much.`);
  if (action.type === 'uri' && !/^(?:https?|line|tel):\S{1,997}$/.test(String(action.uri)))
    faults.push(`${at} opens no link LINE knows.`);
  return faults;
}

/** Every action anywhere in a message. */
function actionsIn(value: unknown): Json[] {
  if (Array.isArray(value)) return value.flatMap(actionsIn);
  if (typeof value !== 'object' || value === null) return [];
  const record = value as Json;
  const own = ['postback', 'uri', 'location'].includes(String(record.type)) && record.label !== undefined;
  return [...(own ? [record] : []), ...Object.values(record).flatMap(actionsIn)];
}
