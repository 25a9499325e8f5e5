import { DEFAULT_LIMITS } from '../limits.ts';
import type { Config } from '../config/config.ts';
import type { Machine } from './machine.ts';
import { failed, type NodeCheck, ok, warning } from './node-check.ts';

const OLDEST_NODE = 22;
/** What every test runs with. */
const TESTED_NODE = 26;
const MB = 1 << 20;
/** A process without any link. */
const BASE_BYTES = 128 * MB;
/** Of one idle link, with what the system and the heap need beside it. */
const LINK_BYTES = 16 << 10;
/** Files, pipes, database, Redis. */
const OWN_FILES = 200;
/** Below this a node is not worth starting. */
const FEWEST_LINKS = 500;

/** Node version, memory and open files (OPS-58). */
export function machineChecks(config: Config, machine: Machine): NodeCheck[] {
  return [nodeVersion(machine), memory(config, machine), openFiles(config, machine)];
}

function nodeVersion({ nodeVersion: version }: Machine): NodeCheck {
  const found = `Node ${version}`;
  const major = Number(version.split('.', 1)[0]);
  const fix = `Run Node ${TESTED_NODE} or newer; npm ci brings it along.`;
  if (major >= TESTED_NODE) return ok('node-version', found, 'Sotto is tested with it.');
  if (major < OLDEST_NODE) return failed('node-version', found, 'The node does not start, or fails later.', fix);
  return warning('node-version', found, `Sotto is tested with Node ${TESTED_NODE}.`, fix);
}

const linksWanted = ({ limits }: Config): number => limits.links ?? DEFAULT_LIMITS.links;

function memory(config: Config, machine: Machine): NodeCheck {
  const available = machine.availableMemory();
  const base = BASE_BYTES * config.workers;
  const allows = Math.max(0, Math.floor((available - base) / LINK_BYTES));
  const wanted = linksWanted(config);
  const found = `${Math.floor(available / MB)} MB are free for this process: room for about ${Math.min(allows, wanted)} of ${wanted} links`;
  if (available < base) {
    return failed(
      'memory',
      found,
      'The system may end the node at any time. What was acknowledged is kept; everybody connects anew.',
      'Give it more memory, or fewer --workers.',
    );
  }
  if (allows >= wanted) return ok('memory', found, 'As many people can be connected as the settings allow.');
  return warning(
    'memory',
    found,
    'With more people than that connected, the system may end the node; everybody then connects anew.',
    `Give it more memory, or set limits.links to ${allows} in the configuration file: who comes after that is told to try again.`,
  );
}

/** Node raises its soft limit to the hard one when it starts, so what it has is what counts. */
function openFiles(config: Config, machine: Machine): NodeCheck {
  const line = /^Max open files\s+(\d+|unlimited)\s/m.exec(machine.limits() ?? '')?.[1];
  if (line === undefined) {
    return ok('open-files', 'this system does not say', 'Each connected person takes one open file.');
  }
  const each = Math.ceil((linksWanted(config) + (config.limits.halfOpen ?? DEFAULT_LIMITS.halfOpen)) / config.workers);
  const soft = line === 'unlimited' ? Infinity : Number(line);
  const allows = Math.max(0, soft - OWN_FILES);
  const whose = config.workers === 1 ? '' : ' in each worker';
  const found = `${line} open files are allowed${whose}: ${allows === Infinity ? 'any number of' : allows} connections; ${each} are wanted`;
  if (allows >= each) return ok('open-files', found, 'As many people can be connected as the settings allow.');
  const means = `Whoever comes after ${allows} others cannot connect; what is sent to them waits.`;
  const fix =
    'Raise the limit where the node is started: LimitNOFILE= of a systemd unit, ulimits of a container, ' +
    '/etc/security/limits.conf. A service has other limits than this shell: run the doctor as the service runs.';
  return allows < FEWEST_LINKS ? failed('open-files', found, means, fix) : warning('open-files', found, means, fix);
}
