import { describe } from 'vitest';
import type { Address, ChannelAdapter, InboundRequest, ProviderRequest, RenderContext, Thread } from '../adapter.ts';
import { describeAnswers } from './answers.ts';
import { describeDeclaration } from './declaration.ts';
import { describeInbound } from './inbound.ts';
import type { ScriptedWorld } from './io.ts';
import { describeOutbound } from './outbound.ts';
import { describeWords } from './words.ts';

/**
 * What makes a request theirs. `over: 'body'`: the header signs the bytes, so a changed byte must fail. `over: 'token'`: the header is a shared
 * secret, so only a changed header must fail. `forge`: for proofs that lie elsewhere, every forgery that must fail, by name. `none`: the channel
 * fetches its requests itself. A list: the proof differs by request, and the first whose `fits` answers true holds.
 */
export type Proof =
  | { header: string; over: 'body' | 'token' }
  | { forge(request: InboundRequest): [string, InboundRequest][] }
  | 'none'
  | readonly { fits(request: InboundRequest): boolean; proof: Exclude<Proof, readonly unknown[]> }[];

/** What the suite has to know about a channel besides its adapter. */
export interface SuiteOptions<Config> {
  /** A whole config, with secrets that occur nowhere else. */
  config: Config;
  /** The folder that holds `inbound/`, `outbound/` and `answers/`. */
  fixtures: URL;
  proof: Proof;
  /** Files that requests of the answer fixtures open, by URL or media id. */
  files?: ScriptedWorld['files'];
  /** Faults the provider would find in a request, as sentences; none when it would take it. */
  spec?: (request: ProviderRequest) => string[];
  /** Whom generated messages go to. */
  to: Address;
  thread?: Thread;
  /** A message of theirs that can be answered, reacted to, edited: the provider's id. */
  externalId: string;
  /** What `readsNewest` would find of that message. */
  metadata?: Record<string, unknown>;
}

/** What every part of the suite works with. */
export interface Suite<Config> extends SuiteOptions<Config> {
  adapter: ChannelAdapter<Config>;
  context(more?: Partial<RenderContext>): RenderContext;
  /** Secrets found in a text. Both the bare form and the URL's are looked for. */
  leaks(text: string): string[];
}

/** The contract of a channel, as tests: call it once in the channel's test file, then write down the provider's oddities. */
export function testChannel<Config>(adapter: ChannelAdapter<Config>, options: SuiteOptions<Config>): void {
  const secrets = adapter.secrets
    .map((name) => options.config[name])
    .filter((value): value is Config[keyof Config & string] & string => typeof value === 'string' && value.length >= 6);
  const suite: Suite<Config> = {
    ...options,
    adapter,
    context: (more = {}) => ({
      to: options.to,
      thread: options.thread ?? { key: options.to.value, kind: 'direct' },
      partKey: 'dlv_0192aaaaaaaa7000800000000000000a.0',
      callbackUrl: 'https://hooks.example.com/webhooks/CHANNEL',
      now: new Date('2026-11-20T12:00:00Z'),
      locale: 'en',
      ...more,
    }),
    leaks: (text) => secrets.filter((secret) => text.includes(secret) || text.includes(encodeURIComponent(secret))),
  };
  describe(`the contract of ${adapter.type}`, () => {
    describeDeclaration(suite);
    describeInbound(suite);
    describeOutbound(suite);
    describeWords(suite);
    describeAnswers(suite);
  });
}
