/** The same bytes as a plain Uint8Array: a Buffer's `slice` aliases, and it is not equal to a Uint8Array in tests. */
export declare const plainBytes: (buffer: Buffer) => Uint8Array;
