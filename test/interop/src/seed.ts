/** Every run has the same conversations on our side; the library's randomness is its own. */
export const SEED = process.env['SOTTO_INTEROP_SEED'] ?? 'interop';

/** Names the seed of what fails. */
export async function named<T>(seed: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw new Error(`failed with seed ${seed}: ${error instanceof Error ? error.message : ''}`, { cause: error });
  }
}
