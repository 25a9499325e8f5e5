import type { LeaveProgress } from '../../ring/leaving.ts';
import type { RingStatus, StatusNode } from '../../ring/ring-status.ts';

const SHORT = 12;

/** For a terminal. @param now for how long leases and waits last */
export function describeStatus(status: RingStatus, now: Date): string {
  const { network, epoch, epochSeconds, view, nodes, leaving } = status;
  const inForce = nodes.filter((node) => node.inForce).length;
  const lines = [
    `Network    ${network.slice(0, SHORT)}…`,
    `Epoch      ${epoch} (${epochSeconds} s), view ${view}`,
    `Nodes      ${inForce} in force${nodes.length > inForce ? `, ${nodes.length - inForce} to come or gone` : ''}`,
    `Held       ${counted(status.partitionsHeld, 'partition')}, ${counted(status.envelopesHeld, 'envelope')}`,
    `Hand over  ${counted(status.partitionsToHandOver, 'partition')}, ${counted(status.envelopesToHandOver, 'envelope')}`,
    `Repair     ${counted(status.partitionsToRepair, 'partition')}, ${counted(status.envelopesToRepair, 'envelope')}`,
  ];
  if (leaving) lines.push('This node is leaving.');
  if (status.peersCutOff > 0) lines.push(`Cut off    ${counted(status.peersCutOff, 'node')}; the log says why`);
  lines.push('', ...nodes.map((node) => describeNode(node, now)));
  return lines.join('\n');
}

function describeNode(node: StatusNode, now: Date): string {
  const state = node.self ? 'here' : node.cutOff ? 'cut off' : node.up ? 'linked' : 'no link';
  const from = Math.ceil((node.from - now.getTime()) / 1000);
  const when = node.inForce ? `weight ${node.weight}` : from > 0 ? `in ${lasting(from)}` : 'not in force';
  return `${node.node.slice(0, SHORT)}…  ${state.padEnd(8)}${when.padEnd(14)}${node.urls.join(' ')}`;
}

export function describeProgress({ state, held }: LeaveProgress): string {
  if (state === 'left') return 'Everything is handed over.';
  if (state === 'announced') return `Still a home until the view changes; ${counted(held, 'envelope')} kept here.`;
  return `Handing over: ${counted(held, 'envelope')} left.`;
}

const counted = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? '' : 's'}`;

const lasting = (seconds: number): string => (seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`);
