export interface Lookout {
  /** There may be work: look now. */
  wake(): void;
  /** Looks no more; resolves when the look under way has ended. */
  stop(): Promise<void>;
}

/** Looks for work when woken, and by itself `restMs` after the last look; never twice at once. A look that fails is told and tried again. */
export function keepLooking(
  look: () => Promise<void>,
  { restMs, failed }: { restMs(): number; failed(error: unknown): void },
): Lookout {
  let looking: Promise<void> | undefined;
  let again = false;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  function wake(): void {
    if (stopped) return;
    if (looking) {
      again = true;
      return;
    }
    clearTimeout(timer);
    again = false;
    looking = look()
      .catch(failed)
      .then(() => {
        looking = undefined;
        if (again) wake();
        else if (!stopped) timer = setTimeout(wake, restMs());
      });
  }

  wake();
  return {
    wake,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await looking;
    },
  };
}
