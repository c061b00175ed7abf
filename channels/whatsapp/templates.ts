import { SendError } from '@tributary/protocol';
import type { Io, TemplateAbility } from '../adapter.ts';
import { callGraph, graphPath } from '../common/meta.ts';
import { type AskTemplates, createTemplate, listTemplates, removeTemplate } from '../common/meta_approval.ts';
import { toCall } from './call.ts';
import type { WhatsAppConfig } from './config.ts';

/** Templates of the business account: needed when the person has not written for 24 hours. Meta’s decision comes as `template_status`. */
export const templates: TemplateAbility<WhatsAppConfig> = {
  list: async (config, io) => listTemplates(asker(config, io)),
  create: async (draft, config, io) => createTemplate(draft, asker(config, io)),
  remove: async (named, config, io) => removeTemplate(named, asker(config, io)),
};

function asker(config: WhatsAppConfig, io: Io): AskTemplates {
  const { businessAccountId } = config;
  if (!businessAccountId) {
    const providerMessage = 'Templates belong to the business account: enter its ID (WABA) in the channel.';
    throw new SendError('rejected', { providerMessage });
  }
  const edge = graphPath(config, businessAccountId, 'message_templates');
  return (method, query, body) => callGraph(toCall({ method, path: `${edge}${query}`, body }, config), io);
}
