/** Runs in the page before anything of it: notes long tasks, frames, what the engine is asked and tells, and keys. */
export const IN_PAGE = `
(() => {
  const tasks = [], frames = [], calls = [], arrivals = [], keys = [], blanks = [];
  const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries()));
  observer.observe({ type: 'longtask', buffered: true });

  const asked = new Map();
  const known = new WeakSet();
  const post = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (message, ...more) {
    if (!known.has(this)) {
      known.add(this);
      this.addEventListener('message', ({ data }) => hear(data));
    }
    if (message?.id !== undefined && message.method !== undefined)
      asked.set(message.id, { method: message.method, at: performance.now() });
    return post.call(this, message, ...more);
  };
  const hear = ({ id, method, params, result }) => {
    const call = asked.get(id);
    if (method === 'event' && params?.type === 'message') arrivals.push(performance.now());
    if (method !== undefined || call === undefined) return;
    asked.delete(id);
    const { indexed, total } = result ?? {};
    calls.push({ method: call.method, at: call.at, ms: performance.now() - call.at, indexed, total });
  };

  // From a key to the frame that shows it.
  addEventListener('keydown', ({ timeStamp }) => {
    requestAnimationFrame(() => setTimeout(() => keys.push({ at: timeStamp, ms: performance.now() - timeStamp })));
  }, true);

  let isWatching = false;
  const watch = (now) => {
    if (!isWatching) return;
    frames.push(now);
    const box = document.querySelector('[data-testid=messages]')?.getBoundingClientRect();
    if (box !== undefined) {
      const places = [0.25, 0.5, 0.75].map((part) => box.top + box.height * part);
      const rows = bench.articles().map((article) => article.getBoundingClientRect());
      const isBlank = (place) => !rows.some(({ top, bottom }) => top - 8 <= place && bottom + 8 >= place);
      if (places.every(isBlank)) blanks.push(now);
    }
    requestAnimationFrame(watch);
  };

  const quantile = (values, q) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))] ?? 0;
  const since = (at, list, of = (one) => one) => list.filter((one) => of(one) >= at);

  globalThis.bench = {
    calls,
    arrivals,
    /** Frames are counted from here. */
    begin() {
      isWatching = true;
      requestAnimationFrame(watch);
      return performance.now();
    },
    end() {
      isWatching = false;
    },
    /** What happened since, in ms. */
    since(at) {
      tasks.push(...observer.takeRecords());
      const long = since(at, tasks, ({ startTime, duration }) => startTime + duration);
      const durations = long.map(({ duration }) => duration);
      const shown = since(at, frames);
      const gaps = shown.slice(1).map((frame, index) => frame - shown[index]);
      const pressed = since(at, keys, (key) => key.at).map(({ ms }) => ms);
      return {
        ms: performance.now() - at,
        longTasks: long.length,
        longestMs: Math.max(0, ...durations),
        blockedMs: durations.reduce((sum, duration) => sum + duration - 50, 0),
        longAtMs: long.map(({ startTime }) => Math.round(startTime - at)),
        frames: gaps.length,
        frameP50Ms: quantile(gaps, 0.5),
        frameP95Ms: quantile(gaps, 0.95),
        frameWorstMs: quantile(gaps, 1),
        blankFrames: since(at, blanks).length,
        keys: pressed.length,
        keyP50Ms: quantile(pressed, 0.5),
        keyP95Ms: quantile(pressed, 0.95),
        keyWorstMs: quantile(pressed, 1),
      };
    },
    /** ms from \`at\` until \`test\` holds after a frame. */
    until(test, at = performance.now()) {
      return new Promise((resolve, reject) => {
        const look = () => {
          if (test()) setTimeout(() => resolve(performance.now() - at));
          else if (performance.now() - at > 60_000) reject(new Error('waited in vain: ' + test));
          else requestAnimationFrame(look);
        };
        look();
      });
    },
    rows: () => document.querySelectorAll('nav a[data-index]'),
    articles: () => [...document.querySelectorAll('[data-testid=messages] article')],
    /** Numbers of the messages that can be seen; before its own, a message may show that of one it answers. */
    numbers() {
      const box = document.querySelector('[data-testid=messages]')?.getBoundingClientRect();
      return box === undefined ? [] : bench.articles()
        .filter((article) => {
          const { top, bottom } = article.getBoundingClientRect();
          return bottom > box.top && top < box.bottom;
        })
        .map((article) => Number([...article.textContent.matchAll(/#(\\d+)/g)].at(-1)?.[1] ?? NaN));
    },
  };
})();
`;

/** What bench.since() tells. */
export interface Span {
  readonly ms: number;
  /** Tasks of the page's own thread of more than 50 ms, and the sum of what each takes beyond that. */
  readonly longTasks: number;
  readonly longestMs: number;
  readonly blockedMs: number;
  /** When each began. */
  readonly longAtMs: readonly number[];
  readonly frames: number;
  readonly frameP50Ms: number;
  readonly frameP95Ms: number;
  readonly frameWorstMs: number;
  /** Frames without a message where one should be. */
  readonly blankFrames: number;
  /** From keys to the frames that show them. */
  readonly keys: number;
  readonly keyP50Ms: number;
  readonly keyP95Ms: number;
  readonly keyWorstMs: number;
}
