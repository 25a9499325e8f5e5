export { createNodePrimitives, nodePrimitives } from './node-primitives.ts';
export { systemRandom } from './system-random.ts';
