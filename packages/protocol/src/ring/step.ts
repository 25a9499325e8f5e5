/**
 * What a machine of the ring answers to an event. The state is the machine's own and changes in place: whoever wants to
 * go back copies it before (plain data: structuredClone). A `wake` effect takes the place of the one before; it comes
 * first, so that one that follows from another effect at once comes after it.
 */
export interface Step<State, Effect> {
  readonly state: State;
  readonly effects: readonly Effect[];
}
