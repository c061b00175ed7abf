import { type Content, newUuid, toId } from '@tributary/protocol';
import type { Logger } from 'pino';
import type { Files } from '../media/files.ts';
import { keepInline } from '../media/inline.ts';
import { knowFiles } from '../media/known.ts';
import { untilTomorrow, withLinks } from '../media/links.ts';
import { holdLanes } from '../outbound/held_lanes.ts';
import type { HttpClient } from '../outbound/http.ts';
import { keepLooking, type Lookout } from '../outbound/lookout.ts';
import { backoffMs } from '../outbound/rates.ts';
import { sendRow } from '../outbound/send.ts';
import { cleanText, type Db, type Tx } from '../store/db.ts';
import { lockLanes, releaseLanes } from '../store/lanes.ts';
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
  files: Files;
  log: Logger;
  committed(): void;
  random(): number;
  concurrency?: number;
}

const LEASE_SECONDS = 10;
const MOST_TRIES = 6;
const POLL_MS = 250;

/** Runs the turns of bots that live behind a webhook: in order within a conversation, many conversations at once, the answers written together with the end of the turn. */
export function startTurnWorker(tools: TurnTools): Lookout {
  const { db, log } = tools;
  const token = newUuid();
  const most = tools.concurrency ?? 32;
  const held = holdLanes({ db, log, kind: 'turn', token, leaseSeconds: LEASE_SECONDS });
  let stopping = false;

  async function look(): Promise<void> {
    const free = most - held.size;
    if (free <= 0 || stopping) return;
    const { jobs } = await held.claim({ limit: free, notChannels: [] }, async (tx, lanes) => {
      const turns = await startTurns(tx, lanes);
      const headed = new Set(turns.map((turn) => turn.lane));
      const empty = lanes.filter((lane) => !headed.has(lane.id));
      await releaseLanes(
        tx,
        'turn',
        empty.map(({ ws, id }) => ({ ws, id, done: 1, waitMs: 0 })),
      );
      return turns;
    });
    for (const turn of jobs) void run(turn);
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
          await endTurn(tx, turn, final, cleanText((error as Error).message).slice(0, 500));
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
      held.letGo(turn.ws, turn.lane);
      tools.committed();
      lookout.wake();
    }
  }

  async function ask(turn: Turn): Promise<Content[]> {
    const bot = await readBot(db, turn.ws, turn.bot);
    const arrival = (await readArrivals(db, [{ ws: turn.ws, id: turn.message }]))[0];
    if (bot?.status !== 'active' || !arrival) return [];
    const channel = await tools.registry.get(toId('channel', arrival.channel));
    if (!channel) return [];
    const config = JSON.parse(tools.seal.open(bot.config).toString()) as WebhookBot;
    const until = untilTomorrow(new Date());
    const content = withLinks(arrival.content, (id) => tools.files.links.sign(turn.ws, id, until));
    const answers = await askWebhook(tools.http, config, { turn: turn.id, arrival, content, channel });
    return Promise.all(answers.map((answer) => keepInline(tools.files, turn.ws, answer)));
  }

  async function finish(tx: Tx, turn: Turn, answers: Content[]): Promise<void> {
    // The lease may have been lost to another process meanwhile: then its answer counts, not this one.
    if (!(await lockLanes(tx, 'turn', token, [{ ws: turn.ws, id: turn.lane }])).has(turn.lane)) return;
    const arrival = (await readArrivals(tx, [{ ws: turn.ws, id: turn.message }]))[0];
    const channel = arrival && (await tools.registry.get(toId('channel', arrival.channel)));
    if (arrival && channel) {
      const said: Content[] = [];
      // A file that is not there fails its delivery, with the reason; the other answers are said.
      for (const answer of answers) said.push((await knowFiles(tx, tools.files, turn.ws, answer, new Date())).content);
      const direct = arrival.threadKind === 'direct';
      await insertSends(
        tx,
        said.map((content, ord) =>
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

  const lookout = keepLooking(look, {
    restMs: () => POLL_MS,
    failed: (error) => log.warn({ err: error }, 'The turns could not be read.'),
  });
  return {
    wake: lookout.wake,
    async stop() {
      stopping = true;
      await lookout.stop();
      await held.end();
    },
  };
}
