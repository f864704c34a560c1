// Put before the built program (node --expose-gc --require): at the first SIGUSR2 its timers of five seconds, which are
// those that tick for as long as a session lives, become short. Each SIGUSR2 also collects garbage and writes to
// BENCH_DAY how many of them have fired and what memory is left.
const { writeFileSync, renameSync } = require('node:fs');

const TICK_MS = 5_000;
const SHORT_MS = 4;
const file = process.env.BENCH_DAY;
const real = globalThis.setTimeout;
let [isFast, ticks] = [false, 0];

globalThis.setTimeout = (run, ms, ...args) => {
  if (!isFast || ms !== TICK_MS) return real(run, ms, ...args);
  ticks += 1;
  return real(run, SHORT_MS, ...args);
};

process.on('SIGUSR2', () => {
  isFast = true;
  globalThis.gc();
  globalThis.gc();
  writeFileSync(`${file}.new`, JSON.stringify({ ticks, ...process.memoryUsage() }));
  renameSync(`${file}.new`, file);
});
