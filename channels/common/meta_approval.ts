import type { Template } from '../adapter.ts';
import { type Json, present, readObject, readObjects, readText } from './json.ts';

/** One call of a `message_templates` edge: `query` begins with its question mark. */
export type AskTemplates = (method: 'GET' | 'POST' | 'DELETE', query: string, body?: Json) => Promise<Json>;
type Draft = Pick<Template, 'name' | 'language' | 'category' | 'components'>;

/** More pages than any account has templates for: a list that never ends is no list. */
const PAGES_MAX = 100;

/** Every template of the account, in Meta’s order, page by page. */
export async function listTemplates(ask: AskTemplates): Promise<Template[]> {
  const found: Template[] = [];
  let after: string | undefined;
  for (let page = 0; page < PAGES_MAX; page++) {
    const fields = 'fields=id,name,language,status,category,components,rejected_reason&limit=100';
    const answer = await ask('GET', `?${fields}${after ? `&after=${encodeURIComponent(after)}` : ''}`);
    found.push(...readObjects(answer.data).flatMap(toTemplate));
    const paging = readObject(answer.paging);
    after = readText(paging?.next) ? readText(readObject(paging?.cursors)?.after) : undefined;
    if (!after) break;
  }
  return found;
}

/** Hands a template in. Meta mostly answers that it is pending; the event `template_status` tells the rest. */
export async function createTemplate(draft: Draft, ask: AskTemplates): Promise<Template> {
  const { name, language, components } = draft;
  const category = (draft.category ?? 'UTILITY').toUpperCase();
  const answer = await ask('POST', '', { name, language, category, components });
  return {
    ...present({ id: readText(answer.id) }),
    name,
    language,
    category: readText(answer.category) ?? category,
    status: toStatus(answer.status),
    components,
  };
}

/** Takes a template away in all its languages, or in one, which Meta knows by its id only. */
export async function removeTemplate(
  { name, language }: { name: string; language?: string },
  ask: AskTemplates,
): Promise<void> {
  const named = `?name=${encodeURIComponent(name)}`;
  if (language === undefined) {
    await ask('DELETE', named);
    return;
  }
  const ids = (await listTemplates(ask)).filter((one) => one.name === name && one.language === language);
  for (const { id } of ids) if (id) await ask('DELETE', `${named}&hsm_id=${encodeURIComponent(id)}`);
}

function toTemplate(template: Json): Template[] {
  const name = readText(template.name);
  const language = readText(template.language);
  if (!name || !language) return [];
  const reason = readText(template.rejected_reason);
  return [
    {
      ...present({ id: readText(template.id), category: readText(template.category) }),
      name,
      language,
      status: toStatus(template.status),
      ...(reason && reason !== 'NONE' ? { reason } : {}),
      components: Array.isArray(template.components) ? template.components : [],
    },
  ];
}

const STATES: Readonly<Record<string, Template['status']>> = {
  APPROVED: 'approved',
  PENDING: 'pending',
  IN_APPEAL: 'pending',
  REJECTED: 'rejected',
  PAUSED: 'paused',
  DISABLED: 'disabled',
  LIMIT_EXCEEDED: 'disabled',
  PENDING_DELETION: 'disabled',
  DELETED: 'disabled',
  ARCHIVED: 'disabled',
};

/** Meta’s word for how a template fares; a new one is not taken for an approval. */
export function toStatus(word: unknown): Template['status'] {
  const state = readText(word)?.toUpperCase() ?? '';
  return (Object.hasOwn(STATES, state) ? STATES[state] : undefined) ?? 'pending';
}
