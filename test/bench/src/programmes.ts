import { nodePrimitives, systemRandom } from '@sotto/primitives-node';
import { describeHistory } from './browser/history/describe-history.ts';
import { measureHistory } from './browser/history/measure-history.ts';
import { describePage } from './browser/describe-page.ts';
import { measureBrowser } from './browser/measure-browser.ts';
import { measurePage } from './browser/measure-page.ts';
import { measureClient } from './client-cost.ts';
import { describeClient } from './describe-client.ts';
import { describeFlood, measureFlood } from './flood/measure-flood.ts';
import { measurePostgresStore } from './postgres.ts';
import { describeDeadHome, describeRing } from './ring/describe-ring.ts';
import { measureDeadHome } from './ring/measure-dead-home.ts';
import { measureRing, type RingMeasure } from './ring/measure-ring.ts';
import { describeWorkers, measureWorkers } from './workers/measure-workers.ts';

/** A measurement that is no server with a load: it has figures of its own. */
interface Programme {
  readonly name: string;
  /** Under a minute or so: part of a run without options. */
  readonly isShort: boolean;
  readonly run: (options: {
    readonly only: string;
    readonly runs: number | null;
    readonly progress: (step: string) => void;
  }) => Promise<{ readonly lines: readonly string[]; readonly figures: unknown }>;
}

const CLIENT_TITLE = 'encrypt and decrypt, both ends, all layers, 200 B of text';
const NO_CHROMIUM =
  'left out, it needs /usr/bin/chromium (apt-get install chromium) and a built client (npm run build)';

export const PROGRAMMES: readonly Programme[] = [
  {
    name: 'postgres-store',
    isShort: true,
    run: async ({ progress }) => {
      const figures = await measurePostgresStore(progress);
      const none = ['PostgreSQL by itself: left out, it is not installed (apt-get install postgresql)'];
      const lines = figures?.map(({ what, outcome }) => `    ${what}  ${outcome}`);
      return { lines: lines === undefined ? none : ['PostgreSQL, the store by itself', ...lines], figures };
    },
  },
  {
    name: 'client',
    isShort: true,
    run: async () => {
      const figures = measureClient({ primitives: nodePrimitives, random: systemRandom });
      return { lines: [`client in Node, ${CLIENT_TITLE}\n    ${describeClient(figures)}`], figures };
    },
  },
  {
    name: 'browser',
    isShort: true,
    run: async () => {
      const figures = await measureBrowser();
      if (figures === null) return { lines: [`client in Chromium: ${NO_CHROMIUM}`], figures };
      return { lines: [`client in ${figures.browser}, ${CLIENT_TITLE}\n    ${describeClient(figures.cost)}`], figures };
    },
  },
  {
    name: 'flood',
    isShort: false,
    run: async ({ progress }) => {
      const figures = await measureFlood('sqlite', 15, (step) => progress(`flood: ${step}`));
      const title = `floods, while ${figures.pairs} pairs store, push and acknowledge ${figures.perSecond} messages a second, 2,048 B`;
      return { lines: [`${title}\n    ${describeFlood(figures)}`], figures };
    },
  },
  {
    name: 'workers',
    isShort: false,
    run: async ({ only, runs, progress }) => {
      const [, scenario = ''] = /workers:(\S+)/.exec(only) ?? [];
      const figures = await measureWorkers(runs ?? 5, scenario, (step) => progress(`workers: ${step}`));
      return { lines: figures.map((one) => `${one.title}, 512 B\n    ${describeWorkers(one)}`), figures };
    },
  },
  {
    name: 'ring',
    isShort: false,
    run: async () => {
      const figures: RingMeasure[] = [];
      for (const nodes of [3, 5]) figures.push(await measureRing(nodes));
      const lines = figures.map((one, at) => `${at === 0 ? 3 : 5} nodes, open loop, 2,048 B\n    ${describeRing(one)}`);
      return { lines, figures };
    },
  },
  {
    name: 'dead-home',
    isShort: false,
    run: async () => {
      const figures = await measureDeadHome();
      const title = `${figures.nodes} nodes, 40 ms each way between all of them and their clients`;
      return { lines: [`${title}\n    ${describeDeadHome(figures)}`], figures };
    },
  },
  {
    name: 'web',
    isShort: false,
    run: async () => {
      const figures = await measurePage();
      const text = figures === null ? NO_CHROMIUM : `\n    ${describePage(figures)}`;
      return { lines: [`web client, from the request until it can be used: ${text}`], figures };
    },
  },
  {
    name: 'history',
    isShort: false,
    run: async ({ progress }) => {
      const figures = await measureHistory((step) => progress(`history: ${step}`));
      const text = figures === null ? NO_CHROMIUM : `\n    ${describeHistory(figures)}`;
      return { lines: [`web client with 100,000 messages in 50 conversations: ${text}`], figures };
    },
  },
];
