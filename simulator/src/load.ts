import { randomUUID } from 'node:crypto';
import type { LoadReport, LoadRequest, Person } from './control.ts';
import { Fifo } from './fifo.ts';
import type { Lab } from './lab.ts';
import { LabError } from './lab-error.ts';
import { quantiles } from './ledger.ts';

const keptLatencies = 200_000;

/** A crowd writing to one account: each person sends the next message when the last was taken, so many people at a time. */
export class Load {
  readonly id = randomUUID();
  readonly done: Promise<void>;
  readonly #lab: Lab;
  readonly #request: Required<
    Pick<LoadRequest, 'provider' | 'account' | 'people' | 'messages' | 'concurrency' | 'text'>
  >;
  readonly #rate: number | undefined;
  readonly #waiting = new Fifo<{ person: Person; next: number }>();
  readonly #latencies: number[] = [];
  readonly #started = performance.now();
  #stopped = 0;
  #active = 0;
  #sent = 0;
  #acked = 0;
  #failed = 0;
  #slowest = 0;
  #finish: () => void = () => {};

  constructor(lab: Lab, request: LoadRequest) {
    const { people, messages } = request;
    if (!Number.isInteger(people) || people < 1 || !Number.isInteger(messages) || messages < 1) {
      throw new LabError(400, 'people and messages must be whole numbers from 1.');
    }
    const account = lab.account(request.provider, request.account);
    if (!account) throw new LabError(404, `There is no ${request.provider} account ${request.account}.`);
    if (!lab.double(request.provider)?.write) throw new LabError(422, `No crowd writes on ${request.provider}.`);
    if (!account.heard) {
      throw new LabError(422, 'The account has no webhook yet, so nobody would hear the crowd.');
    }
    this.#lab = lab;
    this.#rate = request.rate;
    this.#request = { concurrency: 50, text: 'Hello from the crowd', ...request };
    for (let n = 0; n < people; n++) {
      const person = lab.people.crowd((request.firstPerson ?? 0) + n);
      if (request.ledger !== false) account.ledger.begin(person.id);
      this.#waiting.push({ person, next: 1 });
    }
    this.done = new Promise((resolve) => {
      this.#finish = resolve;
    });
    if (this.#rate) this.#tick(0);
    else this.#fill();
  }

  report(): LoadReport {
    const ms = (this.#stopped || performance.now()) - this.#started;
    return {
      id: this.id,
      running: this.#stopped === 0,
      total: this.#request.people * this.#request.messages,
      sent: this.#sent,
      acked: this.#acked,
      failedAttempts: this.#failed,
      ms: Math.round(ms),
      perSecond: Math.round((this.#acked / ms) * 1000),
      ack: { ...quantiles(this.#latencies), max: this.#slowest },
    };
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = performance.now();
    this.#waiting.clear();
    this.#finish();
  }

  #fill(): void {
    while (!this.#stopped && this.#active < this.#request.concurrency && this.#waiting.length > 0) this.#sendNext();
  }

  /** With a rate: as many as are due by now, whoever has none on its way. */
  #tick(begun: number): void {
    if (this.#stopped) return;
    const due = Math.floor(((performance.now() - this.#started) / 1000) * this.#rate!) - begun;
    let count = 0;
    while (count < due && this.#waiting.length > 0) {
      this.#sendNext();
      count++;
    }
    this.#lab.later(4, () => this.#tick(begun + count));
  }

  #sendNext(): void {
    const turn = this.#waiting.shift();
    if (!turn) return;
    const { person, next: n } = turn;
    const { provider, account: id, text, messages } = this.#request;
    const double = this.#lab.double(provider);
    const account = double?.find(id);
    if (!double?.write || !account) {
      this.stop();
      return;
    }
    this.#active++;
    this.#sent++;
    const at = performance.now();
    const watcher = {
      attempted: (ok: boolean) => {
        if (!ok) this.#failed++;
        account.ledger.attempted(person.id, n, ok);
      },
      accepted: () => {
        this.#acked++;
        this.#active--;
        const waited = performance.now() - at;
        if (waited > this.#slowest) this.#slowest = waited;
        if (this.#latencies.length < keptLatencies) this.#latencies.push(waited);
        if (n < messages) this.#waiting.push({ person, next: n + 1 });
        if (this.#acked === this.#request.people * messages) this.stop();
        else if (!this.#rate) this.#fill();
      },
    };
    const words = `${text} #${n}`;
    // Nothing is posted before this turn of the loop ends, so the ledger's entry stands before any answer.
    const messageId = double.write(account, person, words, watcher);
    account.ledger.sent(person.id, n, messageId);
  }
}
