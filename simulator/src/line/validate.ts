import { isObject } from '../http.ts';
import { isLoopback } from '../post.ts';
import type { Fault } from './error.ts';
import { countGraphemes } from './spec.ts';

type Json = Record<string, unknown>;

/** What the reference tells in words and the specification does not hold: limits of texts, numbers of actions, links. */
export function messageFaults(messages: readonly Json[]): Fault[] {
  return messages.flatMap((message, i) => faultsIn(message, `messages[${i}]`));
}

function faultsIn(message: Json, at: string): Fault[] {
  const faults: Fault[] = [];
  const long = (value: unknown, most: number, property: string): void => {
    if (typeof value === 'string' && value.length > most)
      faults.push({ message: `Length must be between 0 and ${most}`, property: `${at}.${property}` });
  };
  const link = (name: string): void => {
    if (message[name] !== undefined) faults.push(...linkFaults(message[name], `${at}.${name}`));
  };
  if (message.type === 'text' || message.type === 'textV2') {
    long(message.text, 5000, 'text');
    if (typeof message.text === 'string' && message.text.trim() === '')
      faults.push({ message: 'May not be empty', property: `${at}.text` });
  }
  long(message.altText, 1500, 'altText');
  long(message.title, 100, 'title');
  long(message.address, 100, 'address');
  link('originalContentUrl');
  link('previewImageUrl');
  if (isObject(message.template)) faults.push(...templateFaults(message.template, `${at}.template`));
  if (isObject(message.contents)) faults.push(...flexFaults(message.contents, `${at}.contents`));
  faults.push(...actionsIn(message, at).flatMap(([action, place]) => actionFaults(action, place)));
  return faults;
}

/** Files are fetched over TLS; this machine's own addresses are let off it. */
function linkFaults(value: unknown, property: string): Fault[] {
  const text = String(value);
  if (text.length > 2000) return [{ message: 'Length must be between 0 and 2000', property }];
  if (!URL.canParse(text)) return [{ message: 'Must be a valid URL', property }];
  return text.startsWith('https:') || isLoopback(text) ? [] : [{ message: 'Must be a valid HTTPS URL', property }];
}

function templateFaults(template: Json, at: string): Fault[] {
  switch (template.type) {
    case 'buttons':
      return faceFaults(template, at, { text: 160, actions: 4 });
    case 'confirm':
      return [
        ...faceFaults(template, at, { text: 240, actions: 2 }),
        ...((template.actions as unknown[]).length === 2 ? [] : [size(`${at}.actions`, 2, 2)]),
      ];
    case 'carousel': {
      const columns = template.columns as Json[];
      const faults = columns.flatMap((one, i) => faceFaults(one, `${at}.columns[${i}]`, { text: 120, actions: 3 }));
      if (columns.length < 1 || columns.length > 10) faults.push(size(`${at}.columns`, 1, 10));
      const counts = new Set(columns.map(({ actions }) => (actions as unknown[]).length));
      if (counts.size > 1)
        faults.push({ message: 'must have the same number of actions in all columns', property: `${at}.columns` });
      const pictures = new Set(columns.map(({ thumbnailImageUrl }) => thumbnailImageUrl === undefined));
      if (pictures.size > 1)
        faults.push({ message: 'must have an image in all columns or none', property: `${at}.columns` });
      return faults;
    }
    default:
      return [];
  }
}

const size = (property: string, least: number, most: number): Fault => ({
  message: `Size must be between ${least} and ${most}`,
  property,
});

/** A title, a text and buttons; beside a title or a picture there is less room for the text. */
function faceFaults(face: Json, at: string, most: { text: number; actions: number }): Fault[] {
  const faults: Fault[] = [];
  const limit = face.title !== undefined || face.thumbnailImageUrl !== undefined ? 60 : most.text;
  if (countGraphemes(String(face.text)) > limit)
    faults.push({ message: `Length must be between 0 and ${limit}`, property: `${at}.text` });
  if (countGraphemes(String(face.title ?? '')) > 40)
    faults.push({ message: 'Length must be between 0 and 40', property: `${at}.title` });
  const actions = face.actions as unknown[];
  if (actions.length < 1 || actions.length > most.actions) faults.push(size(`${at}.actions`, 1, most.actions));
  if (face.thumbnailImageUrl !== undefined)
    faults.push(...linkFaults(face.thumbnailImageUrl, `${at}.thumbnailImageUrl`));
  return faults;
}

function flexFaults(contents: Json, at: string): Fault[] {
  const faults: Fault[] = [];
  if (Array.isArray(contents.contents) && contents.type === 'carousel' && contents.contents.length > 12)
    faults.push(size(`${at}.contents`, 1, 12));
  const most = contents.type === 'carousel' ? 50 * 1024 : 30 * 1024;
  if (Buffer.byteLength(JSON.stringify(contents)) > most) faults.push({ message: 'too large', property: at });
  return faults;
}

/** Every action anywhere in a message, and where. */
function actionsIn(value: unknown, at: string): [Json, string][] {
  if (Array.isArray(value)) return value.flatMap((one, i) => actionsIn(one, `${at}[${i}]`));
  if (!isObject(value)) return [];
  const own = ['postback', 'uri', 'message', 'location'].includes(String(value.type)) && !('contents' in value);
  const found: [Json, string][] = own && (value.label !== undefined || value.data !== undefined) ? [[value, at]] : [];
  return [...found, ...Object.entries(value).flatMap(([name, one]) => actionsIn(one, `${at}.${name}`))];
}

function actionFaults(action: Json, at: string): Fault[] {
  const faults: Fault[] = [];
  if (countGraphemes(String(action.label ?? '')) > 20)
    faults.push({ message: 'Length must be between 0 and 20', property: `${at}.label` });
  if (action.label === '' || action.label === undefined)
    faults.push({ message: 'May not be empty', property: `${at}.label` });
  if (action.type === 'postback' && !action.data) faults.push({ message: 'May not be empty', property: `${at}.data` });
  if (action.type === 'uri') {
    const uri = String(action.uri ?? '');
    if (uri.length > 1000) faults.push({ message: 'Length must be between 0 and 1000', property: `${at}.uri` });
    if (!/^(?:https?|line|tel):\S+$/.test(uri)) faults.push({ message: 'invalid uri scheme', property: `${at}.uri` });
  }
  return faults;
}
