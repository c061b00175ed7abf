import type { Action, ContentOf } from '@tributary/protocol';

/** The payload of one of a template’s buttons, by its place. */
interface ButtonPayload {
  index: number;
  payload: string;
}

/**
 * What fills an approved template. `components` are Meta’s own and win; else `variables` fill the body, by position where their names are
 * numbers, and actions with a payload fill the template’s buttons in order, as the product spells them.
 */
export function templateComponents(
  template: ContentOf<'template'>['template'],
  actions: readonly Action[] = [],
  spell: (payloads: ButtonPayload[]) => unknown[],
): unknown[] {
  if (template.components) return template.components;
  const payloads = actions.flatMap((action, index): ButtonPayload[] =>
    (action.type === 'reply' || action.type === 'postback') && action.payload !== undefined
      ? [{ index, payload: action.payload }]
      : [],
  );
  return [...bodyComponent(template.variables ?? {}), ...(payloads.length > 0 ? spell(payloads) : [])];
}

function bodyComponent(variables: Record<string, unknown>): unknown[] {
  const names = Object.keys(variables);
  if (names.length === 0) return [];
  const byPosition = names.every((name) => /^\d+$/.test(name));
  const ordered = byPosition ? names.sort((a, b) => Number(a) - Number(b)) : names;
  const parameters = ordered.map((name) => ({
    type: 'text',
    ...(byPosition ? {} : { parameter_name: name }),
    text: String(variables[name]),
  }));
  return [{ type: 'body', parameters }];
}
