import type { Channel } from '../store/registry.ts';
import type { Arrival, BotRow, Holder, InboxRow, RouteRow } from '../store/routing.ts';

/** Who answers, and the sentence that says why. */
export interface Decision {
  holder: Holder | undefined;
  why: string;
}
export interface Rules {
  routes: readonly RouteRow[];
  bots: readonly BotRow[];
  inboxes: readonly InboxRow[];
}

/** A name as it stands after `route_to_`: lower case, everything but letters and digits an underscore. `Sales Bot` → `sales_bot`. */
export const routeName = (name: string): string =>
  name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_+|_+$/g, '');

/** The bot or inbox an action names, bots first. */
export function findNamed(action: string, rules: Pick<Rules, 'bots' | 'inboxes'>): Holder | undefined {
  const name = routeName(action.replace(/^route_to_/, ''));
  const bot = rules.bots.find((one) => routeName(one.name) === name);
  if (bot) return { kind: 'bot', id: bot.id };
  const inbox = rules.inboxes.find((one) => routeName(one.name) === name);
  return inbox ? { kind: 'inbox', id: inbox.id } : undefined;
}

/**
 * Who answers a message. Whoever holds the timeline goes on; otherwise the first rule whose trigger names the channel's type, in order of
 * priority and age; otherwise the channel's own bot, then its inbox. Pure, and the same for the same rules.
 */
export function decide(arrival: Arrival, channel: Channel, rules: Rules): Decision {
  if (arrival.holder && stillThere(arrival.holder, rules)) {
    return { holder: arrival.holder, why: `${nameOf(arrival.holder, rules)} holds this conversation.` };
  }
  for (const route of rules.routes) {
    for (const trigger of route.triggers) {
      if (trigger.type !== 'channel' || !trigger.channels?.includes(channel.type)) continue;
      const holder = findNamed(trigger.action, rules);
      if (holder)
        return {
          holder,
          why: `A routing rule sends ${channel.type} to ${nameOf(holder, rules).replace(/^The/, 'the')}.`,
        };
    }
  }
  const bot = channel.defaultBotId && rules.bots.find((one) => one.id === channel.defaultBotId!.slice(4));
  if (bot && bot.status === 'active')
    return { holder: { kind: 'bot', id: bot.id }, why: `The channel is assigned to ${bot.name}.` };
  const inbox = channel.defaultInboxId && rules.inboxes.find((one) => one.id === channel.defaultInboxId!.slice(6));
  if (inbox) return { holder: { kind: 'inbox', id: inbox.id }, why: `The channel is assigned to ${inbox.name}.` };
  return { holder: undefined, why: 'No rule names this channel, and it has no bot or inbox of its own.' };
}

function stillThere(holder: Holder, rules: Rules): boolean {
  if (holder.kind === 'bot') return rules.bots.some((bot) => bot.id === holder.id && bot.status === 'active');
  if (holder.kind === 'inbox') return rules.inboxes.some((inbox) => inbox.id === holder.id);
  return true;
}

function nameOf(holder: Holder, rules: Rules): string {
  if (holder.kind === 'bot') return `The bot “${rules.bots.find((bot) => bot.id === holder.id)?.name ?? holder.id}”`;
  if (holder.kind === 'inbox')
    return `The inbox “${rules.inboxes.find((inbox) => inbox.id === holder.id)?.name ?? holder.id}”`;
  return 'An agent';
}
