import { describeWake } from '../wake/wake.contract.ts';
import { START_MS } from './test-node.ts';
import { VirtualClock } from './virtual-clock.ts';
import { WakeHub } from './wake-hub.ts';

const open = (): ReturnType<Parameters<typeof describeWake>[1]> => {
  const clock = new VirtualClock(START_MS);
  const hub = new WakeHub(clock);
  const settle = () => clock.settle();
  return Promise.resolve({
    wakes: [hub.edge(), hub.edge(), hub.edge()],
    settle,
    until: async (holds) => {
      await settle();
      if (!holds()) throw new Error('it never does');
    },
    dispose: () => Promise.resolve(),
  });
};

describeWake('in memory', open, { delivers: true, sharesRates: true });
