const STEP_MS = 20;
const LONGEST_MS = 10_000;

/** Waits while a reader is full, but not for ever: the caller looks again and gives it up. */
export async function whileTrue(full: () => boolean): Promise<void> {
  for (let waited = 0; full() && waited < LONGEST_MS; waited += STEP_MS) {
    await new Promise((resolve) => setTimeout(resolve, STEP_MS));
  }
}
