import type { InboundEvent, InboundEventOf, InboundRequest } from '@tributary/channels';
import { newUuid, uuidOf } from '@tributary/protocol';
import type { JournalPage } from '../store/accept.ts';
import { cleanText } from '../store/db.ts';
import type { Progress, Ruling } from '../store/pending.ts';
import type { Channel } from '../store/registry.ts';
import type { Seal } from '../store/seal.ts';
import { sealPage } from './journal.ts';

/** One provider request as it came, and what its adapter read in it for one channel. */
export interface Intake {
  channel: Channel;
  request: InboundRequest;
  /** Empty when `fault` says why it could not be read. */
  events: readonly InboundEvent[];
  fault?: { verdict: 'unparsed' | 'unaccepted'; error: string };
  adapter: string;
  /** Not read yet: it is only journalled, and read afterwards. */
  later?: true;
  /** The page that holds it already: it was journalled before it was read. */
  page?: string;
  /** How far the process that fetched it has come with its channel. */
  progress?: Pick<Progress, 'token' | 'cursor'>;
}

/** Something an intake tells, with its place in the journal. */
export interface Fresh {
  channel: Channel;
  event: InboundEvent;
  subject: string;
  jid: string;
  jno: number;
  ord: number;
}
/** What somebody said or pressed. */
export type Spoken = Fresh & { event: InboundEventOf<'message'> | InboundEventOf<'action'> };

/** What a batch comes to: pages to write, what becomes of pages written before, and all that was told. */
export interface Paged {
  pages: JournalPage[];
  rulings: Ruling[];
  progress: Progress[];
  found: Fresh[];
}

/** One page a workspace for what was read, a page of its own for each request that was not, or not yet. */
export function paginate(batch: readonly Intake[], seal: Seal): Paged {
  const byWorkspace = new Map<string, Intake[]>();
  const paged: Paged = { pages: [], rulings: [], progress: progressIn(batch), found: [] };
  for (const intake of batch) {
    const ws = uuidOf(intake.channel.workspaceId);
    const verdict = intake.fault?.verdict ?? 'accepted';
    const error = intake.fault ? cleanText(intake.fault.error).slice(0, 2_000) : null;
    if (intake.page) {
      paged.rulings.push({ ws, id: intake.page, verdict, error });
      collect(paged.found, intake, intake.page, 0);
    } else if (intake.fault || intake.later) {
      const page = pageOf(newUuid(), [intake], seal);
      paged.pages.push({ ...page, verdict: intake.later ? 'pending' : verdict, error });
    } else {
      const together = byWorkspace.get(ws);
      if (together) together.push(intake);
      else byWorkspace.set(ws, [intake]);
    }
  }
  for (const intakes of byWorkspace.values()) {
    const id = newUuid();
    paged.pages.push(pageOf(id, intakes, seal));
    intakes.forEach((intake, jno) => {
      collect(paged.found, intake, id, jno);
    });
  }
  return paged;
}

/** Read requests of one workspace on one page; its channel is told where they are all of one. */
function pageOf(id: string, intakes: readonly Intake[], seal: Seal): JournalPage {
  const channels = new Set(intakes.map((intake) => intake.channel.id));
  return {
    ws: uuidOf(intakes[0]!.channel.workspaceId),
    id,
    channel: channels.size === 1 ? uuidOf(intakes[0]!.channel.id) : null,
    verdict: 'accepted',
    error: null,
    requests: intakes.length,
    adapter: intakes[0]!.adapter,
    page: sealPage(
      intakes.map((intake) => intake.request),
      seal,
    ),
  };
}

function collect(found: Fresh[], { channel, events }: Intake, jid: string, jno: number): void {
  for (const event of events) {
    if (event.type === 'ignored') continue;
    found.push({ channel, event, subject: newUuid(), jid, jno, ord: found.length });
  }
}

/** The newest place of each channel: requests of one channel come in their order. */
function progressIn(batch: readonly Intake[]): Progress[] {
  const newest = new Map<string, Progress>();
  for (const { channel, progress } of batch)
    if (progress) newest.set(channel.id, { ...progress, ws: uuidOf(channel.workspaceId), ch: uuidOf(channel.id) });
  return [...newest.values()];
}
