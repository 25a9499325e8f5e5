/** What `sotto node --doctor` says about one thing. Nothing in it is a password, a key, or anything of a person. */
export interface NodeCheck {
  readonly name: string;
  /** `warning`: people's messages are safe, and something will go wrong or already goes slowly. */
  readonly state: 'ok' | 'warning' | 'failed';
  readonly found: string;
  /** For people's messages. */
  readonly means: string;
  /** Missing when all is well. */
  readonly fix?: string;
}

export const ok = (name: string, found: string, means: string): NodeCheck => ({ name, state: 'ok', found, means });

export const warning = (name: string, found: string, means: string, fix: string): NodeCheck => ({
  name,
  state: 'warning',
  found,
  means,
  fix,
});

export const failed = (name: string, found: string, means: string, fix: string): NodeCheck => ({
  name,
  state: 'failed',
  found,
  means,
  fix,
});
