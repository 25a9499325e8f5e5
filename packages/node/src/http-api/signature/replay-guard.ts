/** Nonces of signatures that were taken. Two generations remember each for at least its life. */
export class ReplayGuard {
  readonly #generationSeconds: number;
  readonly #most: number;
  #young = new Set<string>();
  #old = new Set<string>();
  #endsAt = 0;

  /** @param lifeSeconds after which the signature is too old in any case */
  constructor(lifeSeconds: number, most: number) {
    this.#generationSeconds = lifeSeconds;
    this.#most = most;
  }

  /** @param device deviceKey() @returns `full`: too many are remembered to take another */
  take(device: string, nonce: string, nowSeconds: number): 'taken' | 'replayed' | 'full' {
    if (nowSeconds >= this.#endsAt) this.#next(nowSeconds);
    const key = device + nonce;
    if (this.#young.has(key) || this.#old.has(key)) return 'replayed';
    if (this.#young.size >= this.#most) return 'full';
    this.#young.add(key);
    return 'taken';
  }

  #next(nowSeconds: number): void {
    const isLate = nowSeconds >= this.#endsAt + this.#generationSeconds;
    this.#old = isLate ? new Set() : this.#young;
    this.#young = new Set();
    this.#endsAt = nowSeconds + this.#generationSeconds;
  }
}
