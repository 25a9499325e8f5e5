/** The browser gives no place to keep anything. */
export class NoStorage extends Error {
  constructor(options?: ErrorOptions) {
    super('this browser gives no storage', options);
    this.name = 'NoStorage';
  }
}
