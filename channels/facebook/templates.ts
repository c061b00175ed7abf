import type { Io, Template, TemplateAbility } from '../adapter.ts';
import { callGraph, graphPath } from '../common/meta.ts';
import { createTemplate, listTemplates, removeTemplate } from '../common/meta_approval.ts';
import { credentialsOf, type FacebookConfig } from './config.ts';

const edge = (config: FacebookConfig): string => graphPath(config, config.pageId, 'message_templates');
const asker = (config: FacebookConfig, io: Io) => (method: string, query: string, body?: unknown) =>
  callGraph(
    { method, path: `${edge(config)}${query}`, ...(body === undefined ? {} : { body }), ...credentialsOf(config) },
    io,
  );

/** Utility templates: approved by Meta, they pass when the window is closed. */
export const templates: TemplateAbility<FacebookConfig> = {
  list: (config, io): Promise<Template[]> => listTemplates(asker(config, io)),
  create: (draft, config, io) => createTemplate({ category: 'UTILITY', ...draft }, asker(config, io)),
  remove: (named, config, io) => removeTemplate(named, asker(config, io)),
};
