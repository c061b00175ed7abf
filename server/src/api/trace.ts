import type { MessageId, WorkspaceId } from '@tributary/protocol';
import Type, { type Static } from 'typebox';
import { openPage } from '../inbound/journal.ts';
import { readChannel } from '../store/channels.ts';
import type { Tx } from '../store/db.ts';
import { readJournal } from '../store/journal_read.ts';
import { type MessageRecord, readMessage } from '../store/messages.ts';
import {
  type DeliveryOf,
  type JournalRef,
  type Origin,
  readAnswersTo,
  readDeliveryOf,
  readEventsOf,
  readOrigin,
  readTurnsOf,
} from '../store/trace.ts';
import type { ApiDeps } from './deps.ts';
import { presentRequest } from './raw_request.ts';
import { redact, secretsOf } from './redact.ts';
import { Time } from './wire/common.ts';
import { reasonOf, type StoredError } from './wire/reason.ts';

const KINDS = [
  'webhook',
  'identity',
  'route',
  'bot',
  'accepted',
  'fit',
  'wait',
  'attempt',
  'receipt',
  'failed',
] as const;
const Step = Type.Object(
  {
    at: Time,
    kind: Type.Enum(KINDS),
    title: Type.String({ description: 'One short sentence.' }),
    detail: Type.Optional(Type.String()),
    evidence: Type.Optional(Type.Unknown({ description: 'What was really said, without secrets.' })),
  },
  { title: 'TraceStep' },
);
export const Trace = Type.Object(
  { messageId: Type.String(), conversationId: Type.String(), steps: Type.Array(Step) },
  { title: 'Trace' },
);
type Step = Omit<Static<typeof Step>, 'at'> & { at: Date };

/** A wait shorter than this is no news. */
const NOTABLE_WAIT_MS = 250;
/** Journal pages opened for one trace; the receipts of most messages fit. */
const MOST_PAGES = 20;

/** What happened to a message, step by step, from what was written down at the time. */
export async function traceOf(
  deps: ApiDeps,
  tx: Tx,
  workspaceId: WorkspaceId,
  id: MessageId,
): Promise<Static<typeof Trace> | undefined> {
  const message = await readMessage(tx, workspaceId, id);
  const origin = message && (await readOrigin(tx, workspaceId, id));
  if (!message || !origin) return undefined;
  const channel = await readChannel(tx, deps.seal, workspaceId, message.channelId);
  const adapter = deps.adapters[message.channelType];
  const provider = adapter?.title ?? message.channelType;
  const journal = journalReader(deps, tx, workspaceId);

  const steps: Step[] = [];
  if (message.direction === 'inbound' || origin.journal)
    steps.push(...(await arrival(message, origin, provider, journal)));
  if (message.direction === 'inbound') steps.push(...(await answer(tx, message)));
  else steps.push(...departure(message, origin));
  const delivery = await readDeliveryOf(tx, workspaceId, id);
  if (delivery) steps.push(...(await travel(delivery, provider, journal)), ...(await onward(tx, message)));

  // Stable: steps of one moment stay in the order of the road.
  steps.sort((a, b) => a.at.getTime() - b.at.getTime());
  const secrets = channel ? secretsOf(channel.config, adapter) : [];
  return redact(
    {
      messageId: id,
      conversationId: message.conversationId,
      steps: steps.map((step) => ({ ...step, at: step.at.toISOString() })),
    },
    secrets,
  );
}

type ReadRaw = (
  ref: JournalRef | undefined,
) => Promise<{ at: Date; raw: ReturnType<typeof presentRequest> } | undefined>;

/** Opens each journal page once, and not too many. */
function journalReader(deps: ApiDeps, tx: Tx, workspaceId: WorkspaceId): ReadRaw {
  const pages = new Map<string, ReturnType<typeof openPage> | undefined>();
  return async (ref) => {
    if (!ref) return undefined;
    if (!pages.has(ref.id)) {
      if (pages.size >= MOST_PAGES) return undefined;
      const entry = await readJournal(tx, workspaceId, ref.id);
      pages.set(ref.id, entry && openPage(entry.page, deps.seal));
    }
    const request = pages.get(ref.id)?.[ref.no];
    return request && { at: request.receivedAt, raw: presentRequest(request, ref.no) };
  };
}

async function arrival(message: MessageRecord, origin: Origin, provider: string, journal: ReadRaw): Promise<Step[]> {
  const steps: Step[] = [];
  const raw = await journal(origin.journal);
  const since = message.createdAt;
  if (raw) {
    steps.push({
      at: raw.at,
      kind: 'webhook',
      title: `${provider} called our webhook.`,
      detail: 'Verified, and kept in the journal.',
      evidence: readable(raw.raw),
    });
  }
  const { identity } = origin;
  if (identity && message.direction === 'inbound') {
    const who = identity.contactName ?? identity.name ?? identity.value;
    steps.push({
      at: since,
      kind: 'identity',
      title: identity.isNew
        ? `Somebody new: ${who}.`
        : `From ${who}, known since ${identity.since.toISOString().slice(0, 10)}.`,
      detail: `${identity.kind} ${identity.value} is ${identity.contactId}.`,
    });
  }
  const what = message.content.type === 'event' ? `a ${message.content.event}` : `a ${message.contentType} message`;
  steps.push({ at: since, kind: 'accepted', title: `Stored as ${what}.`, evidence: message.content });
  return steps;
}

/** A JSON body is shown as what it says rather than as a string. */
function readable(raw: ReturnType<typeof presentRequest>): unknown {
  try {
    return { ...raw, body: JSON.parse(raw.body) as unknown };
  } catch {
    return raw;
  }
}

async function answer(tx: Tx, message: MessageRecord): Promise<Step[]> {
  const { workspaceId, id } = message;
  const steps: Step[] = [];
  for (const event of await readEventsOf(tx, workspaceId, id)) {
    if (event.type === 'message.routed') {
      const why = typeof event.data.why === 'string' ? event.data.why : 'Routed.';
      steps.push({ at: event.at, kind: 'route', title: why, evidence: event.data.holder ?? undefined });
    }
    if (event.type === 'message.updated') steps.push(fileStep(event.at, event.data));
    const said = AFTERWARDS[event.type];
    if (said) steps.push({ at: event.at, kind: 'accepted', title: said, evidence: event.data });
  }
  for (const turn of await readTurnsOf(tx, workspaceId, id)) {
    const name = `“${turn.botName ?? 'A deleted bot'}”`;
    const tries = turn.attempts === 1 ? '' : ` after ${turn.attempts} tries`;
    steps.push({
      at: turn.endedAt ?? turn.createdAt,
      kind: turn.done && turn.error ? 'failed' : 'bot',
      title: !turn.done
        ? `${name} is asked by webhook.`
        : turn.error
          ? `${name} did not answer${tries}.`
          : `${name} ended its turn${tries}.`,
      detail: turn.error ?? undefined,
    });
  }
  for (const one of await readAnswersTo(tx, workspaceId, message.conversationId, id)) {
    steps.push({
      at: one.at,
      kind: 'bot',
      title: `“${one.botName ?? 'A bot'}” answered.`,
      evidence: { messageId: one.messageId, content: one.content },
    });
  }
  return steps;
}

/** A file has come from its provider, or is not to be had. */
function fileStep(at: Date, data: Record<string, unknown>): Step {
  const { mimeType, size, error } = (data.media ?? {}) as { mimeType?: string; size?: number; error?: string };
  if (error !== undefined)
    return { at, kind: 'failed', title: 'Its file could not be fetched.', detail: error, evidence: data };
  const kept = [mimeType, size === undefined ? undefined : `${size} bytes`].filter(Boolean).join(', ');
  return { at, kind: 'accepted', title: 'Its file was fetched and kept.', detail: kept || undefined, evidence: data };
}

const AFTERWARDS: Readonly<Record<string, string>> = {
  'message.edited': 'The customer changed it.',
  'message.erased': 'The customer took it back; our copy and its files are erased.',
  'message.reaction': 'Somebody reacted to it.',
};

/** Where a message went that did not come far enough here, and which channels could not take it. */
async function onward(tx: Tx, message: MessageRecord): Promise<Step[]> {
  const steps: Step[] = [];
  for (const { type, at, data } of await readEventsOf(tx, message.workspaceId, message.id)) {
    const refused = Array.isArray(data.refused) ? data.refused.map(String).join(' ') : '';
    const why = data.reason === 'failed' ? 'It failed' : 'It did not come far enough in time';
    if (type === 'message.failed_over')
      steps.push({
        at,
        kind: 'route',
        title: `${why}, and went on to ${data.channel} as ${data.messageId}.`,
        detail: refused || undefined,
        evidence: data,
      });
    if (type === 'message.failover_ended')
      steps.push({
        at,
        kind: 'failed',
        title: `${why}, and no other channel could take it.`,
        detail: refused || undefined,
        evidence: data,
      });
  }
  return steps;
}

function departure(message: MessageRecord, origin: Origin): Step[] {
  const by: Record<MessageRecord['author'], string> = {
    bot: `The bot “${origin.authorName ?? 'deleted since'}” says this.`,
    agent: message.metadata.echo ? 'Said in the provider’s own app.' : 'A member says this.',
    api: 'The API was asked to say this.',
    system: 'Tributary says this by itself.',
    contact: '',
  };
  const { answers } = message.metadata;
  return [
    {
      at: message.createdAt,
      kind: message.author === 'bot' ? 'bot' : 'accepted',
      title: by[message.author],
      detail: typeof answers === 'string' ? `In answer to ${answers}.` : undefined,
      evidence: message.content,
    },
  ];
}

async function travel(delivery: DeliveryOf, provider: string, journal: ReadRaw): Promise<Step[]> {
  const steps: Step[] = [
    { at: delivery.createdAt, kind: 'accepted', title: 'Stored and queued, to be sent in order.' },
  ];
  const first = delivery.parts[0]?.attemptAt;
  if (delivery.requests !== null) {
    const { losses, requests } = delivery;
    const count = requests === 1 ? 'one request' : `${requests} requests`;
    steps.push({
      at: first ?? delivery.createdAt,
      kind: 'fit',
      title:
        losses.length === 0
          ? `${provider} can say it as written, in ${count}.`
          : `Said as ${provider} can say it, in ${count}.`,
      detail: losses.map((loss) => loss.says).join(' ') || undefined,
      evidence: losses.length > 0 ? losses : undefined,
    });
  }
  const waitedMs = first ? first.getTime() - delivery.createdAt.getTime() : 0;
  for (const wait of delivery.waits) {
    steps.push({
      at: wait.at ? new Date(wait.at) : delivery.createdAt,
      kind: 'wait',
      title: wait.says ?? 'It waited.',
      evidence: wait,
    });
  }
  if (waitedMs >= NOTABLE_WAIT_MS && delivery.waits.length === 0) {
    steps.push({
      at: delivery.createdAt,
      kind: 'wait',
      title: `It waited ${(waitedMs / 1000).toFixed(1)} s for its turn, a limit, or the provider.`,
    });
  }
  for (const part of delivery.parts) {
    const { name = 'a request', ...request } = part.request ?? {};
    const ended =
      part.state === 'failed'
        ? 'refused'
        : part.state === 'unknown'
          ? 'did not answer'
          : part.state === 'sending' || part.state === 'queued'
            ? 'is being asked'
            : 'took';
    steps.push({
      at: part.attemptAt,
      kind: 'attempt',
      title:
        ended === 'is being asked'
          ? `${provider} is being asked: ${name}.`
          : ended === 'did not answer'
            ? `${provider} did not answer ${name}; the outcome is unknown.`
            : `${provider} ${ended} ${name}.`,
      detail:
        [part.externalId && `It calls it ${part.externalId}.`, reasonOf(part.error)].filter(Boolean).join(' ') ||
        undefined,
      evidence: { request, answer: part.answer ?? undefined, error: part.error ?? undefined },
    });
  }
  for (const receipt of delivery.receipts) {
    const raw = await journal(receipt.journal);
    steps.push({
      at: receipt.receivedAt,
      kind: 'receipt',
      // What no request of theirs tells was handed over in the answer to one.
      title:
        receipt.journal || receipt.error
          ? `${provider} reports: ${receipt.state}.`
          : `${provider} took it with our answer.`,
      detail: reasonOf(receipt.error as StoredError | null),
      evidence: raw ? readable(raw.raw) : (receipt.error ?? undefined),
    });
  }
  if (delivery.state === 'failed') {
    steps.push({
      at: delivery.failedAt ?? first ?? delivery.createdAt,
      kind: 'failed',
      title: 'It was not delivered.',
      detail: reasonOf(delivery.error),
      evidence: delivery.error ?? undefined,
    });
  }
  return steps;
}
