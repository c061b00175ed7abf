import { type Content, newUuid, toId } from '@tributary/protocol';
import type { Logger } from 'pino';
import type { HttpClient } from '../outbound/http.ts';
import { backoffMs } from '../outbound/rates.ts';
import { sendRow } from '../outbound/send.ts';
import type { Db, Tx } from '../store/db.ts';
import { type ClaimedLane, claimLanes, lockLanes, releaseLanes, renewLanes } from '../store/lanes.ts';
import type { Registry } from '../store/registry.ts';
import { readArrivals } from '../store/routing.ts';
import type { Seal } from '../store/seal.ts';
import { insertSends } from '../store/sends.ts';
import { endTurn, readBot, startTurns, type Turn } from '../store/turns.ts';
import { askWebhook, BotRefusal, type WebhookBot } from './webhook.ts';

export interface TurnTools {
  db: Db;
  registry: Registry;
  seal: Seal;
  http: HttpClient;
  log: Logger;
  committed(): void;
  random(): number;
  concurrency?: number;
}

const LEASE_SECONDS = 10;
const MOST_TRIES = 6;
const POLL_MS = 250;

/** Runs the turns of bots that live behind a webhook: in order within a conversation, many conversations at once, the answers written together with the end of the turn. */
export function startTurnWorker(tools: TurnTools): { wake(): void; stop(): Promise<void> } {
  const { db, log } = tools;
  const token = newUuid();
  const most = tools.concurrency ?? 32;
  const underWay = new Map<string, ClaimedLane>();
  let stopping = false;
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  let again = false;

  async function look(): Promise<void> {
    const free = most - underWay.size;
    if (free <= 0) return;
    const turns = await db.tx(async (tx) => {
      const lanes = await claimLanes(tx, 'turn', token, LEASE_SECONDS, free, []);
      if (lanes.length === 0) return [];
      const heads = await startTurns(tx, lanes);
      const headed = new Set(heads.map((turn) => turn.lane));
      for (const lane of lanes) {
        if (headed.has(lane.id)) underWay.set(lane.id, lane);
        else await releaseLanes(tx, 'turn', [{ ws: lane.ws, id: lane.id, done: 1, waitMs: 0 }]);
      }
      return heads;
    });
    for (const turn of turns) void run(turn);
  }

  async function run(turn: Turn): Promise<void> {
    try {
      const answers = await ask(turn);
      await db.tx((tx) => finish(tx, turn, answers));
    } catch (error) {
      const final = (error instanceof BotRefusal && error.final) || turn.attempts >= MOST_TRIES;
      log.warn(
        { err: error, turn: turn.id, attempt: turn.attempts },
        final ? 'A bot did not answer; its turn is over.' : 'A bot did not answer; it is asked again.',
      );
      await db
        .tx(async (tx) => {
          if (!(await lockLanes(tx, 'turn', token, [{ ws: turn.ws, id: turn.lane }])).has(turn.lane)) return;
          await endTurn(tx, turn, final, (error as Error).message.slice(0, 500));
          await releaseLanes(tx, 'turn', [
            {
              ws: turn.ws,
              id: turn.lane,
              done: final ? 1 : 0,
              waitMs: final ? 0 : backoffMs(turn.attempts, tools.random),
            },
          ]);
        })
        .catch((lost) => log.warn({ err: lost }, 'A turn could not be given back; its lease runs out.'));
    } finally {
      underWay.delete(turn.lane);
      tools.committed();
      wake();
    }
  }

  async function ask(turn: Turn): Promise<Content[]> {
    const bot = await readBot(db, turn.ws, turn.bot);
    const arrival = (await readArrivals(db, [{ ws: turn.ws, id: turn.message }]))[0];
    if (bot?.status !== 'active' || !arrival) return [];
    const channel = await tools.registry.get(toId('channel', arrival.channel));
    if (!channel) return [];
    const config = JSON.parse(tools.seal.open(bot.config).toString()) as WebhookBot;
    return askWebhook(tools.http, config, { turn: turn.id, arrival, channel });
  }

  async function finish(tx: Tx, turn: Turn, answers: Content[]): Promise<void> {
    // The lease may have been lost to another process meanwhile: then its answer counts, not this one.
    if (!(await lockLanes(tx, 'turn', token, [{ ws: turn.ws, id: turn.lane }])).has(turn.lane)) return;
    const arrival = (await readArrivals(tx, [{ ws: turn.ws, id: turn.message }]))[0];
    const channel = arrival && (await tools.registry.get(toId('channel', arrival.channel)));
    if (arrival && channel) {
      const direct = arrival.threadKind === 'direct';
      await insertSends(
        tx,
        answers.map((content, ord) =>
          sendRow(
            {
              ws: turn.ws,
              channel,
              conversation: arrival.conversation,
              identity: direct ? arrival.identity : null,
              recipient: direct ? (arrival.address ?? '') : arrival.thread,
            },
            { content, author: 'bot', authorId: turn.bot, metadata: { answers: toId('message', turn.message) } },
            ord,
          ),
        ),
      );
    }
    await endTurn(tx, turn, true, null);
    await releaseLanes(tx, 'turn', [{ ws: turn.ws, id: turn.lane, done: 1, waitMs: 0 }]);
  }

  const renewal = setInterval(
    () => {
      if (underWay.size === 0) return;
      const lanes = [...underWay.values()].map((lane) => ({ ws: lane.ws, id: lane.id }));
      db.tx((tx) => renewLanes(tx, 'turn', token, LEASE_SECONDS, lanes)).catch((error) =>
        log.warn({ err: error }, 'Leases could not be renewed.'),
      );
    },
    (LEASE_SECONDS * 1_000) / 3,
  );

  function wake(): void {
    if (stopping) return;
    if (looking) {
      again = true;
      return;
    }
    clearTimeout(timer);
    again = false;
    looking = look()
      .catch((error) => log.warn({ err: error }, 'The turns could not be read.'))
      .then(() => {
        looking = undefined;
        if (again) wake();
        else if (!stopping) timer = setTimeout(wake, POLL_MS);
      });
  }
  wake();
  return {
    wake,
    async stop() {
      stopping = true;
      clearTimeout(timer);
      await looking;
      while (underWay.size > 0) await new Promise((resolve) => setTimeout(resolve, 10));
      clearInterval(renewal);
    },
  };
}
