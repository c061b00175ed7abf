import { fit, SendError, UnknownOutcome } from '@tributary/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ProviderRequest, Sent } from '../adapter.ts';
import { type AnswerFixture, type AnswerFixtureHttp, readFixtures } from './fixtures.ts';
import { scriptedIo } from './io.ts';
import type { Suite } from './suite.ts';

/** Every answer fixture becomes what the provider called it or an error of the closed list, and no error tells a secret. */
export function describeAnswers<Config>(suite: Suite<Config>): void {
  const { adapter, config } = suite;
  const fixtures = readFixtures<AnswerFixture>(suite.fixtures, 'answers');
  const baseUrl = 'http://127.0.0.1:9/provider';
  const world = { hosts: Object.keys(adapter.hosts?.(config) ?? {}), files: suite.files };

  const perform = async (request: ProviderRequest, answers: readonly (AnswerFixtureHttp | Error)[]) => {
    const io = scriptedIo(baseUrl, answers, world);
    const outcome = await adapter.send(request, config, io).catch((error: unknown) => error);
    expect(suite.leaks(show(outcome)), 'secrets in what send answered or threw').toEqual([]);
    for (const { url } of io.requests)
      expect(url.startsWith(`${baseUrl}/`), 'only the base URL it was given').toBe(true);
    return { outcome, io };
  };

  describe('what the provider answers', () => {
    test.each(fixtures)('$name becomes what is written', async (fixture) => {
      expect(fixture.source, 'source: where it comes from').toBeTruthy();
      const { outcome, io } = await perform(fixture.request, fixture.answers);
      const { expected } = fixture;
      if ('sent' in expected) {
        expect((outcome as Sent).externalIds, show(outcome)).toEqual(expected.sent);
      } else if ('unknown' in expected) {
        expect(outcome).toBeInstanceOf(UnknownOutcome);
      } else {
        expect(outcome).toBeInstanceOf(SendError);
        const { code, detail } = outcome as SendError;
        const { error, ...more } = expected;
        expect({ code, ...detail }).toMatchObject({ code: error, ...more });
      }
      expect(io.requests).toHaveLength(fixture.answers.length);
      if (fixture.http) {
        expect(io.requests.map((request) => ({ ...request, body: readBody(request.body) }))).toMatchObject(
          fixture.http,
        );
      }
    });

    const sample = (): ProviderRequest =>
      fixtures[0]?.request ??
      adapter.render(
        fit({ type: 'text', text: 'Hello' }, adapter.capabilities(config)).parts[0]!,
        suite.context(),
        config,
      )[0]!;

    test('whatever it is ends as sent, refused or unknown, without telling a secret', async () => {
      const secrets = adapter.secrets.map((name) => String(config[name] ?? ''));
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(200, 201, 204, 302, 400, 401, 403, 404, 409, 418, 429, 500, 502, 503),
          fc.oneof(
            fc.json({ maxDepth: 3 }),
            fc.string(),
            fc
              .constantFrom(...secrets, '{}')
              .map((secret) =>
                JSON.stringify({ ok: false, description: `no ${secret}`, error: { message: `no ${secret}`, code: 1 } }),
              ),
          ),
          async (status, rawBody) => {
            const { outcome } = await perform(sample(), Array(4).fill({ status, rawBody }));
            if (outcome instanceof SendError || outcome instanceof UnknownOutcome) return;
            expect((outcome as Sent).externalIds, show(outcome)).toBeInstanceOf(Array);
          },
        ),
        { numRuns: 200 },
      );
    });

    test('a far end out of reach stays unavailable, and an answer that never came stays unknown', async () => {
      if ((await perform(sample(), [new SendError('unavailable')])).io.requests.length === 0) return;
      const refused = await perform(sample(), [new SendError('unavailable')]);
      expect(refused.outcome).toMatchObject({ name: 'SendError', code: 'unavailable' });
      const lost = await perform(sample(), [new UnknownOutcome('no answer')]);
      expect(lost.outcome).toBeInstanceOf(UnknownOutcome);
    });

    test('an error on the way that quotes the whole request tells no secret', async () => {
      for (const make of [
        (quote: string) => new UnknownOutcome(quote, { cause: new Error(quote) }),
        (quote: string) => new SendError('unavailable', { providerMessage: quote }, { cause: new Error(quote) }),
        (quote: string) => new Error(quote),
      ]) {
        const io = scriptedIo(baseUrl, [], world);
        let failed = false;
        io.http = async (request) => {
          failed = true;
          // A log must not hold the address; what headers and bodies hold is not quoted by HTTP clients.
          throw make(`${request.method} ${request.url} failed`);
        };
        const outcome = await adapter.send(sample(), config, io).catch((error: unknown) => error);
        if (failed) expect(outcome).toBeInstanceOf(Error);
        expect(suite.leaks(show(outcome))).toEqual([]);
      }
    });
  });
}

/** Everything a log could hold of it. */
function show(outcome: unknown): string {
  if (!(outcome instanceof Error)) return JSON.stringify(outcome) ?? '';
  const cause = outcome.cause === undefined ? '' : show(outcome.cause);
  return `${outcome.stack} ${outcome.message} ${JSON.stringify(outcome)} ${cause}`;
}

function readBody(body: string | Uint8Array | undefined): unknown {
  if (body === undefined) return undefined;
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
