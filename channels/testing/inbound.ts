import { Content } from '@tributary/protocol';
import fc from 'fast-check';
import { Value } from 'typebox/value';
import { describe, expect, test } from 'vitest';
import { type InboundEvent, type InboundRequest, messageKey, Unparsable } from '../adapter.ts';
import { type InboundFixture, type Named, readFixtures, toRequest } from './fixtures.ts';
import type { Proof, Suite } from './suite.ts';

/** Every inbound fixture means what it says, forgeries fail, and nothing a stranger sends makes the parser throw anything else. */
export function describeInbound<Config>(suite: Suite<Config>): void {
  const { adapter, config, fixtures: root } = suite;
  const fixtures = readFixtures<InboundFixture>(root, 'inbound');
  const parsable = fixtures.filter((fixture) => !fixture.unparsable);
  const read = async (request: InboundRequest): Promise<InboundEvent[]> =>
    adapter.later?.is(request) ? adapter.later.read(request, config) : adapter.parse(request, config);

  describe('what comes in', () => {
    test('is shown by fixtures', () => expect(fixtures.length).toBeGreaterThan(0));

    test.each(fixtures)('$name is verified and means what is written', async (fixture) => {
      const request = toRequest(fixture, root);
      expect(fixture.source, 'source: where it comes from').toBeTruthy();
      expect(new Date(fixture.date).getTime(), 'date').not.toBeNaN();
      if (request.via === 'http') expect(adapter.verify(request, config)).toBe(true);
      if (fixture.unparsable) {
        await expect(read(request)).rejects.toThrow(Unparsable);
        return;
      }
      const events = await read(request);
      events.forEach(expectSound);
      const shown = JSON.parse(JSON.stringify(events)) as Record<string, unknown>[];
      expect(shown).toMatchObject(fixture.events ?? []);
      for (const expected of fixture.events ?? [])
        expect(expected.key, 'the fixture writes every key').toBeTypeOf('string');
      for (const member of fixture.absent ?? []) for (const event of shown) expect(event).not.toHaveProperty(member);
      if (adapter.accounts) {
        const named = adapter.accounts(request);
        for (const event of events) expect(named).toContain(event.account);
      }
    });

    test('has the same keys when it is delivered again', async () => {
      for (const fixture of parsable) {
        const later = { ...toRequest(fixture, root), receivedAt: new Date(Date.parse(fixture.date) + 90_000) };
        const again = await read(later);
        expect(again.map(keyOf), fixture.name).toEqual((await read(toRequest(fixture, root))).map(keyOf));
      }
    });

    test('never shares a key with something else', async () => {
      const seen = new Map<string, string>();
      for (const fixture of parsable) {
        const own = new Set<string>();
        for (const event of await read(toRequest(fixture, root))) {
          expect(own.has(event.key), `${event.key} twice in ${fixture.name}`).toBe(false);
          own.add(event.key);
          if (fixture.repeats) continue;
          expect(seen.get(event.key), `${event.key} of ${fixture.name} is also told by`).toBeUndefined();
          seen.set(event.key, fixture.name);
        }
      }
    });

    test('is refused when forged', () => {
      for (const fixture of fixtures) {
        const request = toRequest(fixture, root);
        if (request.via !== 'http') continue;
        const forged = forgeries(request, suite.proof);
        expect(forged.length, `${fixture.name} can be forged`).toBeGreaterThan(0);
        for (const [how, forgery] of forged) {
          expect(adapter.verify(forgery, config), `${fixture.name}, ${how}`).toBe(false);
        }
      }
    });

    describe('and nobody should send', () => {
      const like = (fixture: Named<InboundFixture>, body: string | Uint8Array): InboundRequest => ({
        ...toRequest(fixture, root),
        body: typeof body === 'string' ? new TextEncoder().encode(body) : body,
      });
      const survives = async (request: InboundRequest): Promise<void> => {
        let events: InboundEvent[];
        adapter.accounts?.(request);
        try {
          events = await read(request);
        } catch (error) {
          if (error instanceof Unparsable) return;
          throw error;
        }
        events.forEach(expectSound);
      };
      const one = fc.constantFrom(...fixtures);

      test('any JSON is parsed or called unparsable', async () => {
        await fc.assert(
          fc.asyncProperty(one, fc.json({ maxDepth: 4 }), (fixture, json) => survives(like(fixture, json))),
          { numRuns: 300 },
        );
      });

      test('any bytes are parsed or called unparsable', async () => {
        await fc.assert(
          fc.asyncProperty(one, fc.uint8Array({ maxLength: 200 }), (fixture, bytes) => survives(like(fixture, bytes))),
          { numRuns: 200 },
        );
      });

      test('a body cut off anywhere is parsed or called unparsable', async () => {
        await fc.assert(
          fc.asyncProperty(one, fc.double({ min: 0, max: 1, noNaN: true }), async (fixture, where) => {
            const { body } = toRequest(fixture, root);
            await survives(like(fixture, body.slice(0, Math.floor(body.length * where))));
          }),
          { numRuns: 300 },
        );
      });

      test('a form with any one value changed for another is parsed or called unparsable', async () => {
        const forms = fixtures.filter((fixture) => isForm(toRequest(fixture, root)));
        if (forms.length === 0) return;
        await fc.assert(
          fc.asyncProperty(fc.constantFrom(...forms), fc.nat(), fc.string(), async (fixture, where, value) => {
            const pairs = [...new URLSearchParams(textOf(toRequest(fixture, root).body))];
            const pair = pairs[where % Math.max(1, pairs.length)];
            if (pair) pair[1] = value;
            await survives(like(fixture, new URLSearchParams(pairs).toString()));
          }),
          { numRuns: 500 },
        );
      });

      test('a body with any one value changed for another is parsed or called unparsable', async () => {
        const json = fixtures.filter((fixture) => isJson(toRequest(fixture, root).body));
        if (json.length === 0) return;
        await fc.assert(
          fc.asyncProperty(
            fc.constantFrom(...json),
            fc.nat(),
            fc.jsonValue({ maxDepth: 2 }),
            async (fixture, where, value) => {
              await survives(like(fixture, swapValue(textOf(toRequest(fixture, root).body), where, value)));
            },
          ),
          { numRuns: 1000 },
        );
      });
    });
  });
}

const keyOf = (event: InboundEvent): string => event.key;
const textOf = (body: Uint8Array): string => new TextDecoder().decode(body);

/** What the server relies on for any event, whatever it came from. */
function expectSound(event: InboundEvent): void {
  expect(event.key).toBeTypeOf('string');
  expect(event.key).not.toBe('');
  expect(event.account).toBeTypeOf('string');
  expect(event.at).toBeInstanceOf(Date);
  expect(event.at.getTime()).not.toBeNaN();
  if (event.type === 'message') {
    expect(event.key).toBe(messageKey(event.externalId));
    expect(event.thread.key).not.toBe('');
  }
  if (event.type === 'message' || event.type === 'edited') {
    expect([...Value.Errors(Content, event.content)], JSON.stringify(event.content)).toEqual([]);
  }
  if ('from' in event && event.from) expect(event.from.value).toBeTypeOf('string');
  if (event.type === 'ignored') expect(event.reason).not.toBe('');
}

const isList = (proof: Proof): proof is Extract<Proof, readonly unknown[]> => Array.isArray(proof);

const isForm = (request: InboundRequest): boolean =>
  (request.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');

/** The request with one thing wrong about its proof, and the name of what is wrong. */
function forgeries(request: InboundRequest, proof: Proof): [string, InboundRequest][] {
  if (proof === 'none') return [];
  if (isList(proof)) {
    const one = proof.find(({ fits }) => fits(request));
    return one ? forgeries(request, one.proof) : [];
  }
  if ('forge' in proof) return proof.forge(request);
  const header = proof.header.toLowerCase();
  const value = request.headers[header] ?? '';
  // Not the last letter: in base64 some of its bits mean nothing.
  const other = `${value.slice(0, -3)}${value.at(-3) === '0' ? '1' : '0'}${value.slice(-2)}`;
  const withHeader = (text: string): InboundRequest => ({
    ...request,
    headers: { ...request.headers, [header]: text },
  });
  const { [header]: _gone, ...others } = request.headers;
  const found: [string, InboundRequest][] = [
    ['header absent', { ...request, headers: others }],
    ['header empty', withHeader('')],
    ['header shorter', withHeader(value.slice(0, -1))],
    ['header longer', withHeader(`${value}0`)],
    ['header of other letters', withHeader(other)],
    ['header not ASCII', withHeader(`${value.slice(0, -1)}é`)],
  ];
  if (proof.over === 'body') {
    for (const at of [0, request.body.length >> 1, request.body.length - 1]) {
      if (request.body.length === 0) break;
      const body = Uint8Array.from(request.body);
      body[at]! ^= 1;
      found.push([`byte ${at} of the body changed`, { ...request, body }]);
    }
    found.push(['a byte more in the body', { ...request, body: Uint8Array.of(...request.body, 32) }]);
  }
  return found;
}

function isJson(body: Uint8Array): boolean {
  try {
    const value: unknown = JSON.parse(textOf(body));
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}

/** The JSON with the `where`-th of its values (counted round and round) replaced. */
function swapValue(json: string, where: number, value: unknown): string {
  const root = JSON.parse(json) as unknown;
  const places: { holder: Record<string, unknown>; key: string }[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const key of Object.keys(node)) {
      places.push({ holder: node as Record<string, unknown>, key });
      visit((node as Record<string, unknown>)[key]);
    }
  };
  visit(root);
  const place = places[where % Math.max(1, places.length)];
  if (!place) return JSON.stringify(value);
  place.holder[place.key] = value;
  return JSON.stringify(root);
}
