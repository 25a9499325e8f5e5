import { CHANGE_MUTANTS } from './change-mutants.ts';
import { DELIVERY_MUTANTS } from './delivery-mutants.ts';
import { DEVICE_MUTANTS } from './device-mutants.ts';
import type { Mutant } from './mutant.ts';
import { REPAIR_MUTANTS } from './repair-mutants.ts';

export const MUTANTS: readonly Mutant[] = [
  ...DELIVERY_MUTANTS,
  ...REPAIR_MUTANTS,
  ...CHANGE_MUTANTS,
  ...DEVICE_MUTANTS,
];
