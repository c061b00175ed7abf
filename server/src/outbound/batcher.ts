interface Entry<Item> {
  item: Item;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/**
 * Natural micro-batches, without a timer: while batches are in flight the next one gathers, and leaves when one lands. `add` resolves when the
 * item's batch has been flushed. A batch that fails is taken again item by item, so that one bad item never spoils the others; `add` then rejects
 * with what that item's own flush threw.
 */
export class Batcher<Item> {
  private waiting: Entry<Item>[] = [];
  private flying = 0;
  private scheduled = false;
  private idlers: (() => void)[] = [];

  constructor(
    private readonly flush: (items: Item[]) => Promise<void>,
    private readonly options: {
      flights: number;
      most: number;
      /** Errors that say nothing about any item: the whole batch is given back at once. */
      hopeless?: (error: unknown) => boolean;
    },
  ) {}

  /** How many wait to leave. */
  get size(): number {
    return this.waiting.length;
  }

  add(item: Item): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      if (this.flying < this.options.flights && !this.scheduled) {
        this.scheduled = true;
        // What arrives in the same turn of the loop travels together.
        setImmediate(() => {
          this.scheduled = false;
          this.launch();
        });
      }
    });
  }

  /** Resolves when nothing waits and nothing flies. */
  idle(): Promise<void> {
    if (this.flying === 0 && this.waiting.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.idlers.push(resolve));
  }

  private launch(): void {
    while (this.flying < this.options.flights && this.waiting.length > 0) {
      const batch = this.waiting.splice(0, this.options.most);
      this.flying++;
      this.deliver(batch).finally(() => {
        this.flying--;
        this.launch();
        if (this.flying === 0 && this.waiting.length === 0) for (const idler of this.idlers.splice(0)) idler();
      });
    }
  }

  private async deliver(batch: readonly Entry<Item>[]): Promise<void> {
    try {
      await this.flush(batch.map((entry) => entry.item));
      for (const entry of batch) entry.resolve();
    } catch (error) {
      if (batch.length === 1 || this.options.hopeless?.(error)) for (const entry of batch) entry.reject(error);
      else for (const entry of batch) await this.deliver([entry]);
    }
  }
}
