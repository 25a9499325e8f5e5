/** What was configured cannot be used. The text names the option, what was given and what is allowed. */
export class ConfigurationError extends Error {
  readonly code = 'bad-configuration';
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ConfigurationError';
  }
}
