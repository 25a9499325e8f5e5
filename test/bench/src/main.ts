// npm run bench -- [--only NAME] [--runs N] [--json FILE]
import { writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { nodePrimitives, systemRandom } from '@sotto/primitives-node';
import { measureBrowser } from './browser/measure-browser.ts';
import { describeHistory } from './browser/history/describe-history.ts';
import { measureHistory, type HistoryFigures } from './browser/history/measure-history.ts';
import { describePage } from './browser/describe-page.ts';
import { measurePage, type PageFigures } from './browser/measure-page.ts';
import { measureClient, type ClientCost } from './client-cost.ts';
import { describeDeadHome, describeRing } from './ring/describe-ring.ts';
import { type DeadHome, measureDeadHome } from './ring/measure-dead-home.ts';
import { measureRing, type RingMeasure } from './ring/measure-ring.ts';
import { median, runOnce, type Figures } from './run-scenario.ts';
import { IDLE, SCENARIOS } from './scenarios.ts';
import { describeWorkers, measureWorkers, type WorkersMeasure } from './workers/measure-workers.ts';

const { values } = parseArgs({
  options: { only: { type: 'string' }, runs: { type: 'string' }, json: { type: 'string' } },
});

const machine = `${cpus().length} x ${cpus()[0]?.model ?? '?'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, ${process.platform}`;
console.log(`${machine}\nserver on one core, load on another; medians\n`);

const CLIENT_TITLE = 'encrypt and decrypt, both ends, all layers, 200 B of text';

const results: Record<string, Figures> = {};
for (const scenario of [...SCENARIOS, IDLE]) {
  if (values.only !== undefined && !scenario.name.includes(values.only)) continue;
  const runs: Figures[] = [];
  const count = values.runs === undefined ? scenario.runs : Number(values.runs);
  for (let run = 0; run < count; run++) {
    process.stderr.write(`\r${scenario.name} ${run + 1}/${count}   `);
    runs.push(await runOnce(scenario));
  }
  const figures = median(runs);
  results[scenario.name] = figures;
  process.stderr.write('\r');
  console.log(`${scenario.title}\n    ${describe(figures)}`);
}

const rings: RingMeasure[] = [];
if (values.only === undefined || 'ring'.includes(values.only)) {
  for (const nodes of [3, 5]) {
    const ring = await measureRing(nodes);
    rings.push(ring);
    console.log(`${nodes} nodes in processes of their own, open loop, 2,048 B\n    ${describeRing(ring)}`);
  }
}
let deadHome: DeadHome | undefined;
if (values.only === undefined || 'dead-home'.includes(values.only)) {
  deadHome = await measureDeadHome();
  console.log(
    `${deadHome.nodes} nodes, 40 ms each way between all of them and their clients\n    ${describeDeadHome(deadHome)}`,
  );
}
let workers: WorkersMeasure[] | undefined;
if (values.only === undefined || values.only.startsWith('workers')) {
  const [, scenario = ''] = (values.only ?? '').split(':');
  const runs = values.runs === undefined ? 5 : Number(values.runs);
  workers = await measureWorkers(runs, scenario, (step) => process.stderr.write(`\rworkers: ${step}   `));
  process.stderr.write('\r');
  for (const measure of workers) console.log(`${measure.title}, 512 B\n    ${describeWorkers(measure)}`);
}
let client: ClientCost | undefined;
if (values.only === undefined || 'client'.includes(values.only)) {
  client = measureClient({ primitives: nodePrimitives, random: systemRandom });
  console.log(`client in Node, ${CLIENT_TITLE}\n    ${describeClient(client)}`);
}
let browser: Awaited<ReturnType<typeof measureBrowser>> | undefined;
if (values.only === undefined || 'browser'.includes(values.only)) {
  browser = await measureBrowser();
  if (browser === null)
    console.log('client in Chromium: left out, there is no /usr/bin/chromium (apt-get install chromium)');
  else console.log(`client in ${browser.browser}, ${CLIENT_TITLE}\n    ${describeClient(browser.cost)}`);
}
let web: PageFigures | null | undefined;
if (values.only === undefined || 'web'.includes(values.only)) {
  web = await measurePage();
  if (web === null) console.log('web client: left out, it needs /usr/bin/chromium and a built client (npm run build)');
  else console.log(`web client, from the request until it can be used\n    ${describePage(web)}`);
}
let history: HistoryFigures | null | undefined;
if (values.only === undefined || 'history'.includes(values.only)) {
  history = await measureHistory((step) => process.stderr.write(`history: ${step}\n`));
  if (history === null) console.log('long history: left out, it needs /usr/bin/chromium and a built client');
  else console.log(`web client with 100,000 messages in 50 conversations\n    ${describeHistory(history)}`);
}
if (values.json !== undefined)
  await writeFile(
    values.json,
    `${JSON.stringify({ machine, results, rings, workers, deadHome, client, browser, web, history }, null, 2)}\n`,
  );

function describe(figures: Figures): string {
  const round = (value: number): string => Math.round(value).toLocaleString('en');
  const parts: (string | undefined)[] = [
    figures.perSecond && `${round(figures.perSecond)} msg/s`,
    figures.cpuMicrosPerMessage && `${figures.cpuMicrosPerMessage.toFixed(1)} µs of server CPU a message`,
    figures.p50Micros && `p50 ${round(figures.p50Micros)} µs, p99 ${round(figures.p99Micros ?? 0)} µs`,
    figures.deliveredPerSecond && `then delivered ${round(figures.deliveredPerSecond)} msg/s`,
    figures.deliverCpuMicrosPerMessage && `${figures.deliverCpuMicrosPerMessage.toFixed(1)} µs`,
    figures.kilobytesPerConnection &&
      `${figures.kilobytesPerConnection.toFixed(1)} kB a connection, ${figures.stateKilobytesPerConnection?.toFixed(1)} kB of it heap and buffers`,
    `${figures.startMegabytes.toFixed(0)} MB at start`,
  ].map((part) => (part === 0 ? undefined : part));
  return parts.filter((part) => part !== undefined).join(', ');
}

function describeClient({ steadyMs, ratchetMs, sealingMs, curveMs, sessionStartMs, postQuantum }: ClientCost): string {
  const { averageMs, worstMs, averageStateBytes, worstStateBytes, averageSessionBytes } = postQuantum;
  const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;
  return [
    `${steadyMs.toFixed(3)} ms (ratchet ${(ratchetMs - averageMs).toFixed(3)}, post-quantum ratchet ${averageMs.toFixed(3)}, sealing ${sealingMs.toFixed(3)}; one X25519 alone ${curveMs.toFixed(3)})`,
    `dearest message of an epoch ${worstMs.toFixed(2)} ms more; session start ${sessionStartMs.toFixed(1)} ms`,
    `stored session ${kilobytes(averageSessionBytes)}, of it post-quantum ${kilobytes(averageStateBytes)}, at most ${kilobytes(worstStateBytes)}`,
  ].join('\n    ');
}
