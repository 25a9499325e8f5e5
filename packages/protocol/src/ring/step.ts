/**
 * What a machine of the ring answers to an event. The state is the machine's own and changes in place: whoever wants
 * to go back copies it before (it is plain data: structuredClone).
 */
export interface Step<State, Effect> {
  readonly state: State;
  readonly effects: readonly Effect[];
}
