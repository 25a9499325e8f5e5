import type { BodyOf, FrameBody, FrameCase } from '@sotto/protocol/wire';
import { ConnectionError } from './connection-error.ts';

/** The answer is of the kind expected, else the node broke the protocol. @throws ConnectionError('protocol') */
export function expectAnswer<Case extends FrameCase>(answer: FrameBody, expected: Case): BodyOf<Case>['value'] {
  if (answer.case !== expected) {
    throw new ConnectionError('protocol', `The node answered ${answer.case} where ${expected} was expected.`);
  }
  return answer.value as BodyOf<Case>['value'];
}
