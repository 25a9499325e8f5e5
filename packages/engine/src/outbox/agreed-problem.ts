import { SendingProblem } from './sending-problem.ts';

/** Problems that time does not mend. */
export const refusalsAmong = (problems: readonly SendingProblem[]): readonly SendingProblem[] =>
  problems.filter(({ step }) => step !== 'retry');

/**
 * What several nodes said together. One of them does not make a message fail for good, nor a capability invalid: as many
 * have to say so as would have made the message stored (RING-73).
 * @param needed W
 */
export function agreedProblem(problems: readonly SendingProblem[], needed: number): SendingProblem {
  const uncertain = problems.some((problem) => problem.uncertain);
  const refusals = refusalsAmong(problems);
  const [refusal] = refusals;
  if (refusal !== undefined && refusals.length >= needed) {
    const { problem, step, certain } = refusal;
    return new SendingProblem(problem, step, { uncertain, certain: certain && !uncertain, cause: refusal });
  }
  const again = problems.find(({ step }) => step === 'retry');
  const retryMs = problems.length === 0 ? 0 : Math.min(...problems.map((problem) => problem.retryMs));
  return new SendingProblem(again?.problem ?? 'unreachable', 'retry', { uncertain, retryMs, cause: again });
}
