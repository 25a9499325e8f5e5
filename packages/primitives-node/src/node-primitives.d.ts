import { type Primitives } from '@sotto/protocol/crypto';
import { type Sodium } from './sodium.ts';
/**
 * Per primitive the fastest backend as measured by `test/bench/src/primitives.ts`.
 *
 * @param sodium null for a platform without the addon (and for the tests of that case).
 */
export declare function createNodePrimitives(sodium: Sodium | null): Primitives;
/** The native primitives of this machine. */
export declare const nodePrimitives: Primitives;
