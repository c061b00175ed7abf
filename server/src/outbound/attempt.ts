import type { ChannelAdapter, Io, ProviderRequest, Sent } from '@tributary/channels';
import {
  type Content,
  type OptOut,
  SEND_ERRORS,
  SendError,
  type SendErrorCode,
  toId,
  UnknownOutcome,
} from '@tributary/protocol';
import type { Logger } from 'pino';
import type { TellLinks } from '../media/link_facts.ts';
import { fiveWeeksAfter, type MediaLinks, withLinks } from '../media/links.ts';
import { moveAddress } from '../store/amendments.ts';
import { isAway } from '../store/away.ts';
import { cleanJson, type Db } from '../store/db.ts';
import {
  advance,
  type Job,
  markChannel,
  metadataOfReplied,
  newestInbound,
  type PartRow,
  partsOf,
  pauseChannel,
} from '../store/deliveries.ts';
import { lockLanes } from '../store/lanes.ts';
import { writeContent } from '../store/media.ts';
import { lockDeliveries } from '../store/receipts.ts';
import type { Channel, Registry } from '../store/registry.ts';
import { readHorizon } from '../store/sockets.ts';
import { hasStopped } from './consent.ts';
import { lookUp } from './lookup.ts';
import { backoffMs, type Rates } from './rates.ts';
import { type Said, say } from './say.ts';
import { type Outcome, partRow, writeAllParts } from './settle.ts';
import { judgeJob } from './windows.ts';

export interface AttemptTools {
  db: Db;
  registry: Registry;
  adapterOf(type: string): ChannelAdapter | undefined;
  ioFor(channel: Channel, adapter: ChannelAdapter): Io;
  callbackUrl(channel: Channel): string;
  /** Signs the links by which providers fetch stored files. */
  links: Pick<MediaLinks, 'sign'>;
  tellLinks: TellLinks;
  log: Logger;
  now(): Date;
  random(): number;
  rates: Rates;
  /** The worker's lease. */
  token: string;
  /** Does it again while the database is away: what a provider answered is known only here. */
  insist<T>(work: () => Promise<T>): Promise<T>;
  maxAttempts: number;
  maxResends: number;
  unknownMs: number;
}

/** Another worker has the lane by now: what was sent is written down for it, and the rest is its own. */
export class LaneLost extends Error {
  override readonly name = 'LaneLost';
}

const UNTOLD: Outcome['settlement'] = {
  state: null,
  done: false,
  requests: null,
  nextRequest: 0,
  resends: 0,
  uncount: false,
  error: null,
  losses: null,
  payloads: null,
  heldUntil: null,
};

/**
 * Says the head of a lane, and answers how it fared. `queued` was marked `sending` in the claim. A head that is found `sending` was cut off: its
 * outcome is unknown and the lane waits `unknownMs` for evidence. A head that is found `unknown` has waited: parts that evidence has settled are
 * skipped, and the rest is sent again or held, as the channel says. Each sent request is remembered before the next one leaves.
 */
export async function attempt(job: Job, tools: AttemptTools): Promise<Outcome> {
  const base: Outcome = {
    ws: job.ws,
    ch: job.ch,
    lane: job.lane,
    delivery: job.delivery,
    message: job.message,
    identity: job.identity,
    settlement: { ...UNTOLD, nextRequest: job.nextRequest },
    parts: [],
    choices: [],
    waitMs: 0,
  };
  if (job.state === 1) {
    const waitMs = Math.max(0, tools.unknownMs - (job.attemptAgeMs ?? 0));
    return unknown(base, 'The attempt was cut off before its answer came.', { waitMs });
  }
  const channel = tools.registry.known(toId('channel', job.ch));
  const adapter = channel && tools.adapterOf(channel.type);
  if (!channel || !adapter) return failed(base, 'rejected', 'The channel was deleted before this was sent.');
  const asked = { ...job, purpose: job.options?.purpose };
  if (await tools.insist(() => hasStopped(tools.db, asked))) return failed(base, 'opted_out');
  // A program answers into the call that asked it. Whoever has hung up is not rung for that.
  if (adapter.reply && job.answers && !job.session)
    return failed(base, 'rejected', 'The call ended before this was said.');

  const verdict = await tools.insist(() =>
    judgeJob(tools.db, job, adapter.capabilities(channel.config).window, tools.now()),
  );
  if ('held' in verdict) return held(base, verdict.held);
  if ('closed' in verdict) return failed(base, 'window_closed');
  let said: Said;
  try {
    const newest = adapter.readsNewest
      ? await tools.insist(() => newestInbound(tools.db, job.ws, job.conversation))
      : undefined;
    const replyMetadata =
      adapter.readsNewest && job.replyTo
        ? await tools.insist(() => metadataOfReplied(tools.db, job.ws, job.message))
        : undefined;
    const told = verdict.content === job.content ? await tellFiles(job, tools) : verdict.content;
    const content = withLinks(told, (id) => tools.links.sign(job.ws, id, fiveWeeksAfter(job.message)));
    said = say(
      { ...job, content, newest, replyMetadata },
      channel,
      adapter,
      tools.callbackUrl(channel),
      tools.now(),
      verdict.tag,
    );
    if (verdict.loss) said = { ...said, losses: [verdict.loss, ...said.losses] };
  } catch (error) {
    tools.log.error({ err: error, delivery: job.delivery }, 'A message could not be rendered.');
    return failed(base, 'unexpected', `The message could not be rendered: ${(error as Error).message}`);
  }
  const settlement = {
    ...base.settlement,
    requests: said.requests.length,
    losses: said.losses.length > 0 ? said.losses : null,
    payloads: Object.keys(said.payloads).length > 0 ? said.payloads : null,
  };
  const parts =
    job.state === 2 || job.nextRequest > 0
      ? await tools.insist(() => partsOf(tools.db, job.ws, job.delivery))
      : new Map<number, number>();
  const open = job.state === 2 && (parts.get(job.nextRequest) ?? 0) < 3;
  const io = tools.ioFor(channel, adapter);
  const found = open ? await lookUp(tools.db, job, said, channel, adapter, io, tools.now()) : 'absent';
  // What the provider knows nothing of is sent, and what it knows is not sent again, whatever the channel's way is.
  if (open && found === 'absent' && job.attempts >= tools.maxAttempts) return failed(base, 'unavailable');
  const resends = found === 'unknown' ? 1 : 0;
  if (resends > 0) {
    // Held: not sent again. The lane goes on; evidence may still settle it, for which the number of requests is known.
    const kept = { ...base, settlement: { ...settlement, done: true } };
    if ((job.onUnknown ?? adapter.capabilities(channel.config).onUnknown) === 'hold')
      return unknown(kept, 'No answer came, and this channel does not send twice.');
    if (job.resends >= tools.maxResends || job.attempts >= tools.maxAttempts)
      return unknown(kept, `No answer came to ${job.attempts} attempts; it is not sent again.`);
  }
  const answered = typeof found === 'string' ? undefined : found;
  const begun = { ...base, settlement: { ...settlement, resends } };
  return perform(job, channel, adapter, io, said, { parts, answered }, begun, tools);
}

/** Before the first request of a message is made up; written down, so that every later try says the same. */
async function tellFiles(job: Job, { db, insist, tellLinks }: AttemptTools): Promise<Content> {
  if (job.state !== 0 || job.nextRequest > 0) return job.content;
  const told = await tellLinks(job.content);
  if (told !== job.content) await insist(() => writeContent(db, job.ws, job.message, cleanJson(told)));
  return told;
}

/** Sends request by request what is not known to have arrived. `answered`: the answer to the first of them, found afterwards. */
async function perform(
  job: Job,
  channel: Channel,
  adapter: ChannelAdapter,
  io: Io,
  said: Said,
  known: { parts: ReadonlyMap<number, number>; answered: Sent | undefined },
  base: Outcome,
  tools: AttemptTools,
): Promise<Outcome> {
  const last = said.requests.length - 1;
  // What is published for a call that is made here lies after this place.
  const since = adapter.reply && !job.session ? await tools.insist(() => readHorizon(tools.db)) : undefined;
  const parts: PartRow[] = [];
  for (let no = job.nextRequest; no <= last; no++) {
    if ((known.parts.get(no) ?? 0) >= 3) continue;
    const { request } = said.requests[no]!;
    let sent: Sent;
    try {
      const answered = no === job.nextRequest ? known.answered : undefined;
      if (!answered && request.cost) tools.rates.spend(job.ch, request.cost - 1, tools.now().getTime());
      sent = answered ?? (await adapter.send(request, channel.config, io));
    } catch (error) {
      return refused(
        job,
        channel,
        { ...base, settlement: { ...base.settlement, nextRequest: no } },
        request,
        error,
        tools,
      );
    }
    const part = partRow(base, no, 'sent', {
      ext: sent.externalIds[0] ?? null,
      more: sent.externalIds.length > 1 ? sent.externalIds.slice(1) : null,
      request,
      answer: answerOf(sent),
      ...(sent.session && since && job.identity
        ? { call: { identity: job.identity, id: sent.session, since: `${since.xid}.${since.seq}` } }
        : {}),
    });
    if (no === last) parts.push(part);
    else await remember(job, part, tools);
  }
  return {
    ...base,
    parts,
    choices: said.choices,
    settlement: { ...base.settlement, done: true, nextRequest: said.requests.length },
  };
}

/** Writes a part down before the next one leaves, so that a crash resumes there. Throws LaneLost when the rest is somebody else's. */
async function remember(job: Job, part: PartRow, { db, insist, token }: AttemptTools): Promise<void> {
  const mine = await insist(() =>
    db.tx(async (tx) => {
      const held = await lockLanes(tx, 'delivery', token, [{ ws: job.ws, id: job.lane }]);
      await lockDeliveries(tx, [{ ws: job.ws, id: job.delivery }]);
      await writeAllParts(tx, [{ parts: [part] }]);
      if (held.size > 0) await advance(tx, job.ws, job.delivery, part.no + 1);
      return held.size > 0;
    }),
  );
  if (!mine) throw new LaneLost('The lease ran out between two parts.');
}

/** The request at `nextRequest` was not sent, or nobody knows: what follows from it. */
async function refused(
  job: Job,
  channel: Channel,
  base: Outcome,
  request: ProviderRequest,
  error: unknown,
  tools: AttemptTools,
): Promise<Outcome> {
  const { db, insist, log, random, rates } = tools;
  if (error instanceof UnknownOutcome) return unknown(base, error.message, { waitMs: tools.unknownMs });
  const refusal = readRefusal(error);
  if (refusal.code === 'unexpected' && !(error instanceof SendError))
    log.error({ err: error, delivery: job.delivery }, 'An adapter threw something unexpected.');
  const told = { code: refusal.code, message: refusal.message, providerCode: refusal.detail.providerCode };
  const { movedTo, scope } = refusal.detail;
  const asked = refusal.detail.retryAfterMs ?? 0;
  const retryAfterMs = Number.isFinite(asked) ? Math.min(Math.max(asked, 0), LONGEST_PAUSE_MS) : 0;
  const again = (waitMs: number, uncount = false): Outcome => ({
    ...base,
    settlement: { ...base.settlement, state: 0, requests: null, uncount, error: told },
    waitMs,
  });

  if (scope === 'channel' && retryAfterMs > 0) {
    rates.pause(job.ch, tools.now().getTime() + retryAfterMs);
    await insist(() => pauseChannel(db, job.ws, job.ch, retryAfterMs));
  }
  if (movedTo && job.attempts < 3) {
    // The chat lives elsewhere now: the next try goes there, at once.
    await insist(() => moveAddress(db, { ws: job.ws, ch: job.ch }, undefined, { from: job.thread, to: movedTo }));
    return again(0);
  }
  if (refusal.code === 'bad_credentials') {
    await insist(() => markChannel(db, job.ws, job.ch, 'error', refusal.message));
    await insist(() => tools.registry.refresh(channel.id));
  }
  // Neither says anything about the message: such an attempt does not count.
  const waiting = refusal.code === 'bad_credentials' || refusal.code === 'rate_limited';
  if (waiting || (refusal.retry && job.attempts + 1 < tools.maxAttempts))
    return again(retryAfterMs > 0 ? retryAfterMs + random() * 250 : backoffMs(job.attempts + 1, random), waiting);
  return {
    ...base,
    parts: [partRow(base, base.settlement.nextRequest, 'failed', { request, error: told })],
    settlement: { ...base.settlement, state: 4, done: true, requests: null, error: told },
    ...(refusal.code === 'opted_out' ? { refusal: { ...stopOf(refusal), code: told.providerCode } } : {}),
  };
}

/** How the person stopped us; by a word, about everything, unless the provider tells. */
const stopOf = ({ detail }: SendError): OptOut => detail.optOut ?? { state: 'opted_out' };

/** No provider's word keeps us waiting for longer than a day. */
const LONGEST_PAUSE_MS = 24 * 3_600_000;

function readRefusal(error: unknown): SendError {
  if (error instanceof SendError) return error;
  const providerMessage = error instanceof Error ? error.message : String(error);
  // Only what we publish ourselves goes through the database, under a key that makes it harmless twice.
  if (isAway(error)) return new SendError('unavailable', { providerMessage }, { cause: error });
  return new SendError('unexpected', { providerMessage }, { cause: error });
}

function unknown(base: Outcome, message: string, more: { waitMs?: number } = {}): Outcome {
  const { done, requests } = base.settlement;
  return {
    ...base,
    ...more,
    settlement: {
      ...base.settlement,
      state: 2,
      // While more may be sent, evidence about a part settles nothing yet.
      requests: done ? requests : null,
      error: { code: 'unknown', message },
    },
  };
}

/** The window is closed: out of its lane until the person writes. */
function held(base: Outcome, until: Date): Outcome {
  const error = { code: 'window_closed', message: 'It waits for the person to write.' };
  return {
    ...base,
    settlement: { ...base.settlement, state: 0, done: true, uncount: true, heldUntil: until.toISOString(), error },
  };
}

function failed(base: Outcome, code: SendErrorCode, message: string = SEND_ERRORS[code].says): Outcome {
  return { ...base, settlement: { ...base.settlement, state: 4, done: true, error: { code, message } } };
}

/** What is kept of a provider's answer: enough to show, bounded. */
function answerOf(sent: Sent): unknown {
  const text = cleanJson(sent.raw ?? null);
  return text.length > 4_000 ? { cut: text.slice(0, 4_000) } : JSON.parse(text);
}
