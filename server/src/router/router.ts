import type { ChannelAdapter } from '@tributary/channels';
import { newUuid, toId } from '@tributary/protocol';
import type { Logger } from 'pino';
import { answerOf } from '../bots/builtin.ts';
import { sendRow } from '../outbound/send.ts';
import type { Db, Tx } from '../store/db.ts';
import type { LogRow } from '../store/events.ts';
import { type ConversationDelta, foldChannels, foldConversations, foldIdentities } from '../store/fold.ts';
import type { Channel, Registry } from '../store/registry.ts';
import { type Arrival, type Holder, readArrivals, readRules, tellRouted, writeHolders } from '../store/routing.ts';
import { insertSends, type SendRow } from '../store/sends.ts';
import { insertTurns, type TurnRow } from '../store/turns.ts';
import { decide } from './decide.ts';
import { followLog, type LogReader } from './reader.ts';

export interface RouterTools {
  db: Db;
  registry: Registry;
  adapterOf(type: string): ChannelAdapter | undefined;
  log: Logger;
  /** Called after a commit: what was written for whom. */
  committed(wrote: { sends: boolean; turns: boolean }): void;
}

/**
 * Follows the log: folds what was said into counters and windows, decides who answers each arrival, and writes the built-in bots' answers and
 * the others' turns, all in the transaction that moves the cursor. A crash repeats nothing and forgets nothing.
 */
export function startRouter(tools: RouterTools): LogReader {
  return followLog(
    tools.db,
    'router',
    async (tx, rows) => {
      const wrote = await routeRows(tx, rows, tools);
      return wrote && (() => tools.committed(wrote));
    },
    tools.log,
  );
}

interface Wrote {
  sends: boolean;
  turns: boolean;
}

const SAID = new Set(['message.received', 'message.queued', 'message.echoed']);

async function routeRows(tx: Tx, rows: readonly LogRow[], tools: RouterTools): Promise<Wrote | undefined> {
  const said = rows.filter((row) => SAID.has(row.type) && row.subject && row.conversation);
  if (said.length === 0) return undefined;
  const received = said.filter((row) => row.type === 'message.received');
  const arrivals =
    received.length > 0
      ? await readArrivals(
          tx,
          received.map((row) => ({ ws: row.ws, id: row.subject! })),
        )
      : [];
  await fold(tx, said, arrivals, tools);
  return arrivals.length > 0 ? route(tx, arrivals, tools) : undefined;
}

async function fold(tx: Tx, said: readonly LogRow[], arrivals: readonly Arrival[], tools: RouterTools): Promise<void> {
  const deltas = new Map<string, ConversationDelta>();
  const channels = new Map<string, { ws: string; ch: string; inAt: string | null; outAt: string | null }>();
  for (const row of said) {
    const at = row.at.toISOString();
    const inbound = row.type === 'message.received';
    const delta = deltas.get(row.conversation!) ?? {
      ws: row.ws,
      conv: row.conversation!,
      messages: 0,
      unread: 0,
      last: row.subject!,
      lastAt: at,
      inboundAt: null,
    };
    delta.messages++;
    delta.last = row.subject!;
    delta.lastAt = at;
    if (inbound) {
      delta.unread++;
      delta.inboundAt = at;
    }
    deltas.set(row.conversation!, delta);
    if (row.channel) {
      const seen = channels.get(row.channel) ?? { ws: row.ws, ch: row.channel, inAt: null, outAt: null };
      if (inbound) seen.inAt = at;
      else seen.outAt = at;
      channels.set(row.channel, seen);
    }
  }
  await foldConversations(tx, [...deltas.values()]);
  await foldChannels(tx, [...channels.values()]);
  const people = new Map<string, { ws: string; idn: string; at: string; until: string | null }>();
  for (const arrival of arrivals) {
    if (!arrival.identity) continue;
    const channel = tools.registry.known(toId('channel', arrival.channel));
    const window = channel && tools.adapterOf(channel.type)?.capabilities(channel.config).window;
    people.set(arrival.identity, {
      ws: arrival.ws,
      idn: arrival.identity,
      at: arrival.at.toISOString(),
      until: window ? new Date(arrival.at.getTime() + window.hours * 3_600_000).toISOString() : null,
    });
  }
  if (people.size > 0) await foldIdentities(tx, [...people.values()]);
}

async function route(tx: Tx, arrivals: readonly Arrival[], tools: RouterTools): Promise<Wrote> {
  const rules = await readRules(tx, [...new Set(arrivals.map((arrival) => arrival.ws))]);
  const byWorkspace = (ws: string) => ({
    routes: rules.routes.filter((row) => row.ws === ws),
    bots: rules.bots.filter((row) => row.ws === ws),
    inboxes: rules.inboxes.filter((row) => row.ws === ws),
  });
  const known = new Map([...new Set(arrivals.map((arrival) => arrival.ws))].map((ws) => [ws, byWorkspace(ws)]));
  const held = new Map<string, Holder>();
  const holders: Parameters<typeof writeHolders>[1][number][] = [];
  const told: Parameters<typeof tellRouted>[1][number][] = [];
  const sends: SendRow[] = [];
  const turns: TurnRow[] = [];
  for (const arrival of arrivals) {
    const channel = await tools.registry.get(toId('channel', arrival.channel));
    if (!channel) continue;
    const mine = known.get(arrival.ws)!;
    const holder = (arrival.timeline && held.get(arrival.timeline)) || arrival.holder;
    const decision = decide({ ...arrival, holder: holder ?? null }, channel, mine);
    const named =
      decision.holder &&
      (decision.holder.kind === 'bot' ? mine.bots : mine.inboxes).find((one) => one.id === decision.holder!.id);
    told.push({
      ws: arrival.ws,
      message: arrival.message,
      channel: arrival.channel,
      conversation: arrival.conversation,
      data: { why: decision.why, holder: decision.holder ? { ...decision.holder, name: named?.name } : null },
    });
    if (!decision.holder) continue;
    if (decision.holder !== holder) {
      holders.push({
        ws: arrival.ws,
        timeline: arrival.timeline,
        conversation: arrival.conversation,
        holder: decision.holder,
      });
      if (arrival.timeline) held.set(arrival.timeline, decision.holder);
    }
    const bot = decision.holder.kind === 'bot' ? mine.bots.find((one) => one.id === decision.holder!.id) : undefined;
    if (bot?.status !== 'active') continue;
    if (bot.kind === 'webhook')
      turns.push({
        ord: turns.length,
        ws: arrival.ws,
        id: newUuid(),
        lane: arrival.conversation,
        ch: arrival.channel,
        bot: bot.id,
        message: arrival.message,
      });
    else
      for (const content of answerOf(bot.kind, arrival))
        sends.push(answerRow(arrival, channel, bot.id, content, sends.length));
  }
  if (holders.length > 0) await writeHolders(tx, holders);
  await tellRouted(tx, told);
  await insertSends(tx, sends);
  await insertTurns(tx, turns);
  return { sends: sends.length > 0, turns: turns.length > 0 };
}

function answerRow(
  arrival: Arrival,
  channel: Channel,
  bot: string,
  content: Parameters<typeof sendRow>[1]['content'],
  ord: number,
): SendRow {
  return sendRow(
    {
      ws: arrival.ws,
      channel,
      conversation: arrival.conversation,
      identity: arrival.threadKind === 'direct' ? arrival.identity : null,
      recipient: arrival.threadKind === 'direct' ? (arrival.address ?? '') : arrival.thread,
    },
    { content, author: 'bot', authorId: bot, metadata: { answers: toId('message', arrival.message) } },
    ord,
  );
}
