import { SendError } from '@tributary/protocol';
import type { Template, TemplateAbility } from '../adapter.ts';
import { readObject, readObjects, readText } from '../common/json.ts';
import { type EmailConfig, isMailgun } from './config.ts';
import { ask } from './mailgun.ts';

/**
 * Mailgun keeps templates in Handlebars and asks nobody’s approval: one can be sent as soon as it is there. It knows no languages. Of `components`
 * the first with a text is the HTML.
 */
export const templates: TemplateAbility<EmailConfig> = {
  async list(config, io) {
    const { items } = await ask('GET', `${edgeOf(config)}?limit=100`, [], config, io);
    return readObjects(items).flatMap((item) => toTemplate(item, []) ?? []);
  },
  async create(draft, config, io) {
    const html = draft.components.map((one) => readText(readObject(one)?.text)).find(Boolean);
    if (!html)
      throw new SendError('content_refused', { providerMessage: 'The template has no component with a text.' });
    const form = [
      ['name', draft.name],
      ['description', draft.category ?? ''],
      ['template', html],
      ['tag', 'initial'],
    ] as const;
    const { template } = await ask('POST', edgeOf(config), form, config, io);
    return toTemplate(readObject(template) ?? { name: draft.name }, draft.components)!;
  },
  async remove({ name }, config, io) {
    await ask('DELETE', `${edgeOf(config)}/${encodeURIComponent(name)}`, [], config, io);
  },
};

function edgeOf(config: EmailConfig): string {
  if (!isMailgun(config))
    throw new SendError('rejected', {
      providerMessage: 'A mail server keeps no templates: send one with its text and {{variables}} instead.',
    });
  return `/v3/${encodeURIComponent(config.domain ?? '')}/templates`;
}

function toTemplate(item: Record<string, unknown>, components: unknown[]): Template | undefined {
  const name = readText(item.name);
  const id = readText(item.id);
  const category = readText(item.description);
  if (!name) return undefined;
  return {
    ...(id ? { id } : {}),
    name,
    // “und”: of no language that anybody told.
    language: 'und',
    ...(category ? { category } : {}),
    status: 'approved',
    components,
  };
}
