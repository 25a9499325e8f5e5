const LIMIT_MS = 15_000;
const RETRY_MS = [30_000, 120_000];

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * `registration.update()` sometimes never answers, and fails without a network: each try has its time, a few follow.
 * @returns whether one of them came to an end
 */
export async function updateWithin(
  update: () => Promise<unknown>,
  limitMs = LIMIT_MS,
  retryMs = RETRY_MS,
): Promise<boolean> {
  for (const pauseMs of [...retryMs, null]) {
    const succeeded = await Promise.race([
      update().then(
        () => true,
        () => false,
      ),
      wait(limitMs).then(() => false),
    ]);
    if (succeeded) return true;
    if (pauseMs !== null) await wait(pauseMs);
  }
  return false;
}
