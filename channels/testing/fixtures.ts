import { readdirSync, readFileSync } from 'node:fs';
import type { MessagePart, SendErrorCode } from '@tributary/protocol';
import type { InboundRequest, ProviderRequest, RenderContext } from '../adapter.ts';

/** Where a fixture comes from (traffic, the provider's own example, made up to their documents) and when it was taken. */
interface Origin {
  source: string;
  date: string;
  note?: string;
}

/** One provider request of `fixtures/inbound/`, and what it has to mean. */
export interface InboundFixture extends Origin {
  request: {
    /** `listen`: fetched by us, so nobody vouches for it. */
    via?: 'listen';
    method?: string;
    url: string;
    headers: Record<string, string>;
    /** Exactly the bytes, as UTF-8 text. */
    body?: string;
    /** Or as base64. */
    bodyBase64?: string;
    /** Or the name of a file beside this one that holds them. */
    bodyFile?: string;
  };
  /** Defaults to the fixture's date, for signatures that grow old. */
  receivedAt?: string;
  /** Every event, in order, as JSON shows it. What is written must be there; what is not written may be. `key` must be written. */
  events?: ({ key: string } & Record<string, unknown>)[];
  /** Members that none of the events may have. */
  absent?: string[];
  /** A second telling of something another fixture tells: its keys are allowed to be there already. */
  repeats?: true;
  /** `parse` must throw `Unparsable`. */
  unparsable?: true;
}

/** One part of a message in `fixtures/outbound/`, and the provider requests it has to become. */
export interface OutboundFixture extends Origin {
  part: MessagePart;
  context?: Partial<Omit<RenderContext, 'now'>>;
  /** `render` unless named otherwise; `externalId` names the message meant. */
  ability?: 'edit' | 'remove' | 'react' | 'typing';
  externalId?: string;
  requests: ProviderRequest[];
}

/** One answer of a provider as it comes over HTTP. */
export interface AnswerFixtureHttp {
  status: number;
  headers?: Record<string, string>;
  /** JSON; or `rawBody` for anything else. */
  body?: unknown;
  rawBody?: string;
}

/** What a provider answered to one of our requests, in `fixtures/answers/`, and what `send` has to make of it. */
export interface AnswerFixture extends Origin {
  request: ProviderRequest;
  /** One for each HTTP request that `send` makes for this one. */
  answers: AnswerFixtureHttp[];
  /** The HTTP requests in order, matched in part; `body` is compared as JSON when it is JSON. */
  http?: { method?: string; url?: string; headers?: Record<string, string>; body?: unknown }[];
  expected:
    | { sent: string[] }
    | {
        error: SendErrorCode;
        retryAfterMs?: number;
        scope?: 'recipient' | 'channel';
        movedTo?: string;
        providerCode?: string;
      }
    | { unknown: true };
}

export type Named<Fixture> = Fixture & { name: string };

/** Every `*.json` of a folder, in the order of names; an absent folder has none. */
export function readFixtures<Fixture>(root: URL, folder: string): Named<Fixture>[] {
  const at = new URL(`${folder}/`, root.href.endsWith('/') ? root : `${root.href}/`);
  let names: string[];
  try {
    names = readdirSync(at);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return names
    .filter((name) => name.endsWith('.json') && !name.startsWith('_'))
    .sort()
    .map((name) => ({ ...(JSON.parse(readFileSync(new URL(name, at), 'utf8')) as Fixture), name: name.slice(0, -5) }));
}

/** The request an adapter would have been given. */
export function toRequest(fixture: InboundFixture, root: URL): InboundRequest {
  const { request } = fixture;
  const folder = new URL('inbound/', root.href.endsWith('/') ? root : `${root.href}/`);
  return {
    via: request.via ?? 'http',
    method: request.method ?? 'POST',
    publicUrl: request.url,
    headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value])),
    body: request.bodyFile
      ? new Uint8Array(readFileSync(new URL(request.bodyFile, folder)))
      : request.bodyBase64 !== undefined
        ? new Uint8Array(Buffer.from(request.bodyBase64, 'base64'))
        : new TextEncoder().encode(request.body ?? ''),
    receivedAt: new Date(fixture.receivedAt ?? fixture.date),
  };
}
