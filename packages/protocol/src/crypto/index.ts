export * from './bytes.ts';
export * from './primitives.ts';
