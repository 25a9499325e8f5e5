import { RefusalCode } from '@sotto/protocol/wire';
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { NodeMetrics } from '../node-metrics.ts';
import { addTimeHistograms } from './time-histograms.ts';

const registries = new WeakMap<NodeMetrics, Registry>();
/** The latest ones. */
const figures = new WeakMap<Registry, ProcessFigures>();

/** Of all processes of a node together. */
export interface ProcessFigures {
  readonly cpuUserSeconds: number;
  readonly cpuSystemSeconds: number;
  readonly residentBytes: number;
  /** Workers that listen. */
  readonly workers: number;
  readonly restarts: number;
  /** Seconds since 1970. */
  readonly startedAt: number;
}

/**
 * Everything the node counted, in the text format of Prometheus. No label names a person, an address or a link.
 * @param processes of a node with several workers; null: this process is the node
 */
export async function metricsText(
  metrics: NodeMetrics,
  processes: ProcessFigures | null = null,
): Promise<{ contentType: string; text: string }> {
  let registry = registries.get(metrics);
  if (registry === undefined) {
    registry = registryOf(metrics, processes !== null);
    registries.set(metrics, registry);
  }
  if (processes !== null) figures.set(registry, processes);
  return { contentType: registry.contentType, text: await registry.metrics() };
}

function registryOf(metrics: NodeMetrics, ofMany: boolean): Registry {
  const registry = new Registry();
  // Heap and event loop are one process's: of many there is no sum that says anything.
  if (!ofMany) collectDefaultMetrics({ register: registry });
  const registers = [registry];

  const gauge = (name: string, help: string, read: () => number): void => {
    void new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  };
  const counter = (name: string, help: string, read: () => number): void => {
    void new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  };
  const counterBy = (name: string, help: string, label: string, read: () => Iterable<[string, number]>): void => {
    void new Counter({
      name,
      help,
      registers,
      labelNames: [label],
      collect() {
        this.reset();
        for (const [value, count] of read()) this.inc({ [label]: value }, count);
      },
    });
  };

  if (ofMany) {
    const of = (): ProcessFigures => figures.get(registry)!;
    counter('process_cpu_user_seconds_total', 'User CPU time of all processes', () => of().cpuUserSeconds);
    counter('process_cpu_system_seconds_total', 'System CPU time of all processes', () => of().cpuSystemSeconds);
    counter(
      'process_cpu_seconds_total',
      'CPU time of all processes',
      () => of().cpuUserSeconds + of().cpuSystemSeconds,
    );
    gauge('process_resident_memory_bytes', 'Memory of all processes', () => of().residentBytes);
    gauge('process_start_time_seconds', 'When the node started, seconds since 1970', () => of().startedAt);
    gauge('sotto_workers', 'Workers that listen now', () => of().workers);
    counter('sotto_worker_restarts_total', 'Workers that ended and were started again', () => of().restarts);
  }
  gauge('sotto_links', 'Links open now', () => metrics.linksOpen);
  gauge('sotto_half_open_links', 'Handshakes under way', () => metrics.halfOpen);
  gauge('sotto_attached_devices', 'Devices attached now', () => metrics.attached);
  counterBy('sotto_links_total', 'Links opened', 'kind', () => [
    ['anonymous', metrics.linksAnonymous],
    ['certified', metrics.linksCertified],
  ]);
  counter('sotto_handshakes_failed_total', 'Handshakes that failed', () => metrics.handshakesFailed);
  counter(
    'sotto_connections_refused_total',
    'Connections hung up on because too many asked for nothing',
    () => metrics.connectionsRefused,
  );
  counterBy('sotto_links_closed_total', 'Links closed by the node', 'code', () => named(metrics.closes, String));
  counter('sotto_slow_readers_total', 'Links paused because the other side does not read', () => metrics.slowReaders);
  counterBy('sotto_packets_total', 'Noise messages', 'direction', () => [
    ['in', metrics.packetsIn],
    ['out', metrics.packetsOut],
  ]);
  counterBy('sotto_frames_total', 'Frames', 'direction', () => [
    ['in', metrics.framesIn],
    ['out', metrics.framesOut],
  ]);
  counterBy('sotto_bytes_total', 'Bytes of Noise messages', 'direction', () => [
    ['in', metrics.bytesIn],
    ['out', metrics.bytesOut],
  ]);
  counter('sotto_sends_total', 'Envelopes that clients sent', () => metrics.sends);
  counter('sotto_stored_total', 'Envelopes stored', () => metrics.stored);
  counter('sotto_duplicates_total', 'Envelopes that were here already', () => metrics.duplicates);
  counter('sotto_commits_total', 'Commits of envelopes', () => metrics.commits);
  counter('sotto_pushed_total', 'Envelopes pushed to devices', () => metrics.pushed);
  counter('sotto_acknowledged_total', 'Envelopes acknowledged and removed', () => metrics.acknowledged);
  counter('sotto_expired_total', 'Envelopes that expired', () => metrics.expired);
  counter('sotto_delivered_total', 'Live node: envelopes acknowledged by the recipient', () => metrics.delivered);
  counter('sotto_live_relayed_total', 'Live-only envelopes passed on', () => metrics.liveRelayed);
  counterBy('sotto_live_dropped_total', 'Live-only envelopes dropped', 'reason', () => metrics.liveDropped);
  counterBy('sotto_refusals_total', 'Requests refused', 'code', () =>
    named(metrics.refusals, (code) => RefusalCode[code].toLowerCase()),
  );
  counter('sotto_bundles_total', 'Key bundles handed out', () => metrics.bundlesFetched);
  counter('sotto_key_uploads_total', 'Key uploads accepted', () => metrics.keysPublished);
  counter('sotto_announcements_total', 'Announcements of the operator', () => metrics.announcements);
  gauge('sotto_peer_links', 'Links with other nodes open now', () => metrics.peerLinks);
  counter('sotto_peers_cut_off_total', 'Times another node was cut off for what it sent', () => metrics.peersCutOff);
  gauge('sotto_tunnels', 'Tunnels to other nodes open now', () => metrics.tunnelsOpen);
  counter('sotto_tunnels_total', 'Tunnels to other nodes', () => metrics.tunnels);
  counter('sotto_tunnel_bytes_total', 'Bytes that went through tunnels, both ways', () => metrics.tunnelBytes);
  counter('sotto_internal_errors_total', 'Links closed by a fault of this program', () => metrics.internalErrors);
  void new Counter({
    name: 'sotto_http_requests_total',
    help: 'HTTP requests answered',
    registers,
    labelNames: ['route', 'status'],
    collect() {
      this.reset();
      for (const [key, count] of metrics.httpRequests) {
        const [route, status] = key.split(' ');
        this.inc({ route: route!, status: status! }, count);
      }
    },
  });
  gauge('sotto_http_requests', 'HTTP requests under way', () => metrics.httpUnderWay);
  gauge('sotto_long_polls', 'HTTP requests that wait for messages', () => metrics.longPolls);
  addTimeHistograms(metrics, registers);
  return registry;
}

function* named<Key>(counts: ReadonlyMap<Key, number>, name: (key: Key) => string): Iterable<[string, number]> {
  for (const [key, count] of counts) yield [name(key), count];
}
