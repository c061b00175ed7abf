import { randomInt } from 'node:crypto';
import { isObject } from '../http.ts';
import type { Lab } from '../lab.ts';
import { MetaError } from './error.ts';
import type { Template } from './templates.ts';

type Json = Record<string, unknown>;

/** How long Meta takes to look at a template, here. */
const REVIEW_MS = 120;
/** Words that no review of the Lab lets pass, so that a rejection can be seen too. */
const REFUSED_WORDS = /\bfree money\b/i;

const refuse = (sentence: string, subcode?: number, title?: string): MetaError =>
  new MetaError(400, {
    message: subcode === undefined ? `(#100) ${sentence}` : 'Invalid parameter',
    type: 'OAuthException',
    code: 100,
    ...(subcode === undefined ? {} : { error_subcode: subcode, error_user_title: title, error_user_msg: sentence }),
  });

/** `GET …/message_templates`: the account's templates, in pages. */
export function listTemplates(templates: readonly Template[], query: URLSearchParams): Json {
  const name = query.get('name');
  const fields = query.get('fields')?.split(',') ?? ['id', 'name', 'status', 'category', 'language', 'components'];
  const found = templates.filter((template) => !name || template.name === name);
  const limit = Math.max(1, Number(query.get('limit') ?? 25));
  const start = Number(Buffer.from(query.get('after') ?? '', 'base64').toString() || 0);
  const page = found.slice(start, start + limit);
  const after = Buffer.from(String(start + page.length)).toString('base64');
  const more = start + page.length < found.length;
  const data = page.map((template) => {
    const whole: Json = { ...describe(template) };
    return Object.fromEntries(
      [...new Set([...fields, 'id'])].flatMap((field) => (field in whole ? [[field, whole[field]]] : [])),
    );
  });
  return {
    data,
    paging: { cursors: { before: after, after }, ...(more ? { next: 'https://graph.facebook.com/next' } : {}) },
  };
}

function describe(template: Template): Json {
  const { id, name, language, status, category, header, body, buttons, reason } = template;
  return {
    id,
    name,
    language,
    status,
    category: category.toUpperCase(),
    rejected_reason: reason ?? 'NONE',
    components: [
      ...(header ? [{ type: 'HEADER', format: header.toUpperCase() }] : []),
      { type: 'BODY', text: body },
      ...(buttons
        ? [{ type: 'BUTTONS', buttons: buttons.map((button) => ({ ...button, type: button.type.toUpperCase() })) }]
        : []),
    ],
  };
}

/** `POST …/message_templates`: taken at once, judged a little later, which `judged` is told. */
export function createTemplate(
  lab: Lab,
  templates: Template[],
  body: Json,
  judged: (template: Template) => void,
): Json {
  const template = readDraft(body);
  if (templates.some(({ name, language }) => name === template.name && language === template.language)) {
    throw refuse(
      'There is already content in this language for this template.',
      2388024,
      'Content in this language already exists',
    );
  }
  templates.push(template);
  lab.later(REVIEW_MS, () => {
    if (!templates.includes(template)) return;
    template.status = REFUSED_WORDS.test(template.body) ? 'REJECTED' : 'APPROVED';
    if (template.status === 'REJECTED') template.reason = 'INVALID_FORMAT';
    judged(template);
  });
  return { id: template.id, status: template.status, category: template.category.toUpperCase() };
}

function readDraft(body: Json): Template {
  const { name, language, category, components } = body;
  if (typeof name !== 'string' || !/^[a-z0-9_]{1,512}$/.test(name)) {
    throw refuse('Param name must be of lowercase letters, digits and underscores.');
  }
  if (typeof language !== 'string' || !/^[a-z]{2,3}(_[A-Z]{2})?$/.test(language))
    throw refuse('Param language must be a valid locale.');
  const kind = String(category).toLowerCase();
  if (kind !== 'utility' && kind !== 'marketing' && kind !== 'authentication') {
    throw refuse('Param category must be one of {AUTHENTICATION, MARKETING, UTILITY}.');
  }
  const parts = Array.isArray(components) ? components.filter(isObject) : [];
  const part = (type: string): Json | undefined => parts.find((one) => String(one.type).toUpperCase() === type);
  const text = part('BODY')?.text;
  if (typeof text !== 'string' || text === '' || text.length > 1024)
    throw refuse('The body must have 1 to 1024 characters.');
  if (/^\s*\{\{\w+\}\}|\{\{\w+\}\}\s*$/.test(text)) {
    throw refuse('Variables can’t be at the start or end of the template.', 2388299, 'Leading or trailing params');
  }
  const format = part('HEADER')?.format;
  const header = typeof format === 'string' ? format.toLowerCase() : undefined;
  if (header !== undefined && !['text', 'image', 'video', 'document'].includes(header))
    throw refuse(`Unknown header format ${header}.`);
  const given = part('BUTTONS')?.buttons;
  const buttons = (Array.isArray(given) ? given.filter(isObject) : []).map((button) => {
    const type = String(button.type).toLowerCase();
    if (type !== 'quick_reply' && type !== 'url') throw refuse(`Unknown button type ${type}.`);
    if (typeof button.text !== 'string' || button.text === '' || button.text.length > 25)
      throw refuse('Button text must have 1 to 25 characters.');
    return { type: type as 'quick_reply' | 'url', text: button.text };
  });
  if (buttons.length > 10) throw refuse('At most 10 buttons.');
  return {
    id: String(1_304_700_000_000_000 + randomInt(1_000_000_000)),
    name,
    language,
    category: kind,
    status: 'PENDING',
    ...(header ? { header: header as NonNullable<Template['header']> } : {}),
    body: text,
    ...(buttons.length > 0 ? { buttons } : {}),
  };
}

/** `DELETE …/message_templates?name=…`: in all languages, or by `hsm_id` in one. */
export function removeTemplate(templates: Template[], query: URLSearchParams): Json {
  const name = query.get('name');
  const id = query.get('hsm_id');
  if (!name) throw refuse('The parameter name is required.');
  const gone = templates.filter((one) => one.name === name && (!id || one.id === id));
  if (gone.length === 0)
    throw refuse('No message templates were found with this name.', 2593002, 'Message Template Not Found');
  for (const one of gone) templates.splice(templates.indexOf(one), 1);
  return { success: true };
}

/** The value of a `message_template_status_update` webhook. */
export const statusOf = ({ id, name, language, status, reason, category }: Template): Json => ({
  event: status,
  message_template_id: Number(id),
  message_template_name: name,
  message_template_language: language,
  reason: reason ?? 'NONE',
  message_template_category: category.toUpperCase(),
});
