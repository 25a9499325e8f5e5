export { loadWebPrimitives } from './web-primitives.ts';
