import type { RingWorld } from './ring-world.ts';

interface Missing {
  readonly node: string;
  readonly text: string;
}

/** What is not where it belongs: a home without a copy of what was acknowledged, a copy at who is no home. */
export function whatIsMissing(world: RingWorld): Missing[] {
  const { ledger, nodes, plan } = world;
  const view = world.trueView();
  const missing: Missing[] = [];
  const soonMs = world.queue.now() + plan.skewMs + 60_000;
  for (const { envelope, stored, budget, destroyed } of ledger.owed.values()) {
    const { id, partition } = envelope;
    if (!stored || budget < destroyed || !ledger.isOwed(id, soonMs)) continue;
    const { homes } = view.homes(partition);
    for (const node of nodes.values()) {
      if (node.lying || node.removed) continue;
      const copy = node.disk.partitions.get(partition)?.get(id);
      const isHome = homes.includes(node.key);
      if (isHome && copy?.flipped !== false) missing.push({ node: node.name, text: `lacks ${id.slice(0, 8)}` });
      if (!isHome && copy !== undefined)
        missing.push({ node: node.name, text: `holds ${id.slice(0, 8)}, and is no home` });
    }
  }
  return missing;
}
