import { fuzz } from '../test/fuzz.js';
import { FORMATS } from '../test/mutations.js';

/** Feeds hostile weight files to each parser and prints the outcomes. */
export async function hostileWeights(count: number, first: number): Promise<void> {
  for (const format of FORMATS) {
    const start = performance.now();
    const { outcomes, unclear, lost, slowestSeconds, peakBytes } = await fuzz(format, count, first);
    const seconds = (performance.now() - start) / 1000;
    console.log(
      `${format}: ${count} files in ${seconds.toFixed(1)} s, ${outcomes.get('read') ?? 0} read, ${unclear.length} without a clear reason, ` +
        `slowest ${slowestSeconds.toFixed(2)} s, peak ${(peakBytes / 2 ** 20).toFixed(0)} MiB${lost === undefined ? '' : `, HUNG OR CRASHED at ${lost}`}`,
    );
    for (const { number, outcome } of unclear.slice(0, 10)) console.log(`  ${number}: ${outcome}`);
  }
}
