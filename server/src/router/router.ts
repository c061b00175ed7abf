import type { ChannelAdapter } from '@tributary/channels';
import { newUuid, toId } from '@tributary/protocol';
import type { Logger } from 'pino';
import { answerOf } from '../bots/builtin.ts';
import { sendRow } from '../outbound/send.ts';
import type { Db, Tx } from '../store/db.ts';
import type { LogRow } from '../store/events.ts';
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
 * Follows the log: decides who answers each arrival, and writes the built-in bots' answers and the others' turns, all in the transaction that
 * moves the cursor. A crash repeats nothing and forgets nothing.
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
    { types: ['message.received'], paceMs: PACE_MS },
  );
}

/** Under load a step begins no sooner than this after the one before: fewer, larger batches. */
const PACE_MS = 15;

interface Wrote {
  sends: boolean;
  turns: boolean;
}

async function routeRows(tx: Tx, rows: readonly LogRow[], tools: RouterTools): Promise<Wrote | undefined> {
  const received = rows.filter((row) => row.subject);
  if (received.length === 0) return undefined;
  const rules = await readRules(tx, [...new Set(received.map((row) => row.ws))]);
  // Where a workspace has neither bots nor inboxes there is nobody to decide about.
  const peopled = new Set([...rules.bots, ...rules.inboxes].map((row) => row.ws));
  const decided = received.filter((row) => peopled.has(row.ws));
  if (decided.length === 0) return undefined;
  const arrivals = await readArrivals(
    tx,
    decided.map((row) => ({ ws: row.ws, id: row.subject! })),
  );
  return route(tx, arrivals, rules, tools);
}

async function route(
  tx: Tx,
  arrivals: readonly Arrival[],
  rules: Awaited<ReturnType<typeof readRules>>,
  tools: RouterTools,
): Promise<Wrote> {
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
    // Two programs that answer each other never end.
    if (arrival.metadata.automatic === true) {
      const why = 'A program wrote this, or the provider answers it; nobody else does.';
      told.push({ ...whereOf(arrival), data: { why, holder: null } });
      continue;
    }
    const holder = (arrival.timeline && held.get(arrival.timeline)) || arrival.holder;
    const decision = decide({ ...arrival, holder: holder ?? null }, channel, mine);
    const named =
      decision.holder &&
      (decision.holder.kind === 'bot' ? mine.bots : mine.inboxes).find((one) => one.id === decision.holder!.id);
    told.push({
      ...whereOf(arrival),
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

const whereOf = ({ ws, message, channel, conversation }: Arrival) => ({ ws, message, channel, conversation });

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
