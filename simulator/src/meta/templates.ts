import { isObject } from '../http.ts';
import { refuse } from './error.ts';

/** A template, as much of it as sending needs. */
export interface Template {
  id: string;
  name: string;
  language: string;
  category: 'utility' | 'marketing' | 'authentication';
  status: 'APPROVED' | 'PENDING' | 'REJECTED';
  /** Why it was rejected. */
  reason?: string;
  header?: 'text' | 'image' | 'video' | 'document';
  /** With {{1}} or {{name}}. */
  body: string;
  buttons?: { type: 'quick_reply' | 'url'; text: string }[];
}

/** What every Lab account has been approved for. */
export const builtIn: readonly Template[] = [
  {
    id: '1304690000000001',
    status: 'APPROVED',
    name: 'hello_world',
    language: 'en_US',
    category: 'utility',
    body: 'Welcome and congratulations! This message shows that you can send templates.',
  },
  {
    id: '1304690000000002',
    status: 'APPROVED',
    name: 'order_update',
    language: 'en_US',
    category: 'utility',
    body: 'Hello {{1}}, your order {{2}} is on its way.',
  },
  {
    id: '1304690000000003',
    status: 'APPROVED',
    name: 'order_confirmation',
    language: 'en_US',
    category: 'marketing',
    header: 'image',
    body: 'Thank you, {{first_name}}. Your order number is {{order_number}}.',
    buttons: [
      { type: 'quick_reply', text: 'Unsubscribe' },
      { type: 'url', text: 'See order' },
    ],
  },
];

type Component = { type?: string; sub_type?: string; index?: string | number; parameters?: Record<string, unknown>[] };

/** The template a message names, filled in; refuses what does not fit it. */
export function fillTemplate(
  templates: readonly Template[],
  asked: Record<string, unknown>,
): {
  template: Template;
  text: string;
  header?: Record<string, unknown>;
  buttons: { id: string; text: string; url?: string }[];
} {
  const language = isObject(asked.language) ? asked.language.code : undefined;
  if (typeof asked.name !== 'string' || !/^[a-z0-9_]{1,512}$/.test(asked.name)) {
    throw refuse(131008, "Parameter 'template.name' is missing or not of the form [a-z0-9_]{1,512}");
  }
  if (typeof language !== 'string') throw refuse(131008, "Parameter 'template.language.code' is missing");
  const template = templates.find((one) => one.name === asked.name && one.language === language);
  if (template?.status !== 'APPROVED') {
    throw refuse(132001, `template name (${asked.name}) does not exist in ${language}`, 404);
  }
  const components = (Array.isArray(asked.components) ? asked.components.filter(isObject) : []) as Component[];
  const body = components.find(({ type }) => type?.toLowerCase() === 'body')?.parameters ?? [];
  const slots = [...new Set([...template.body.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]!))];
  if (body.length !== slots.length) {
    throw refuse(
      132000,
      `body: number of localizable_params (${body.length}) does not match the expected number of params (${slots.length})`,
    );
  }
  const text = template.body.replace(/\{\{(\w+)\}\}/g, (_, slot: string) => {
    const named = body.find((parameter) => parameter.parameter_name === slot);
    const parameter = named ?? body[slots.indexOf(slot)];
    return String(parameter?.text ?? parameter?.fallback_value ?? '');
  });
  const header = components.find(({ type }) => type?.toLowerCase() === 'header')?.parameters?.[0];
  if (template.header && template.header !== 'text' && header?.type !== template.header) {
    throw refuse(132000, `header: expected a parameter of type ${template.header}`);
  }
  const buttons = (template.buttons ?? []).map((button, index) => {
    const given = components.find((one) => one.type?.toLowerCase() === 'button' && String(one.index) === String(index));
    const parameter = given?.parameters?.[0];
    if (button.type === 'url') {
      const url = `https://shop.example.com/${String(parameter?.text ?? '')}`;
      return { id: url, text: button.text, url };
    }
    return { id: String(parameter?.payload ?? button.text), text: button.text };
  });
  return { template, text, buttons, ...(header ? { header } : {}) };
}
