/** Waits that grow from `firstMs`, doubling up to `mostMs`, each between half and all of it so that pages do not come back in step. */
export function createBackoff(firstMs: number, mostMs: number) {
  let tries = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let end: (() => void) | undefined;
  return {
    /** Resolves after the wait, or at once when hurried. */
    wait(atLeastMs = 0): Promise<void> {
      const full = Math.min(mostMs, firstMs * 2 ** tries++);
      return new Promise((resolve) => {
        end = () => {
          clearTimeout(timer);
          end = undefined;
          resolve();
        };
        timer = setTimeout(end, Math.max(atLeastMs, full * (0.5 + Math.random() / 2)));
      });
    },
    /** Ends the wait that is on. */
    hurry: () => end?.(),
    reset: () => {
      tries = 0;
    },
  };
}
