import type { Address, HttpAnswer, HttpRequest, Io } from '../adapter.ts';
import type { AnswerFixtureHttp } from './fixtures.ts';

/** An `Io` whose far end is a list of answers. It keeps what went out. */
export interface ScriptedIo extends Io {
  requests: HttpRequest[];
  published: { to: Address; frame: unknown }[];
}

/** Answers in order; an `Error` among them is thrown. Running out is a fault of the fixture, and says so. */
export function scriptedIo(baseUrl: string, answers: readonly (AnswerFixtureHttp | Error)[]): ScriptedIo {
  const requests: HttpRequest[] = [];
  const published: { to: Address; frame: unknown }[] = [];
  return {
    baseUrl,
    requests,
    published,
    async http(request) {
      const answer = answers[requests.length];
      requests.push(request);
      if (!answer)
        throw new Error(`There is no answer no. ${requests.length} for ${request.method}; the fixture has too few.`);
      if (answer instanceof Error) throw answer;
      return toAnswer(answer);
    },
    async publish(to, frame) {
      published.push({ to, frame });
    },
  };
}

function toAnswer(answer: AnswerFixtureHttp): HttpAnswer {
  const text = answer.rawBody ?? (answer.body === undefined ? '' : JSON.stringify(answer.body));
  return {
    status: answer.status,
    headers: Object.fromEntries(
      Object.entries(answer.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
    ),
    body: new TextEncoder().encode(text),
    json() {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        return undefined;
      }
    },
  };
}
