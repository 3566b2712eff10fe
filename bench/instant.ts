/** How long instant pictures take: one at a time, as the first frame of a style, on a sheet, and as an animation. */
import { SingleBar } from 'cli-progress';
import { animate } from '../src/pipeline/export/animation.js';
import { encodeToFit } from '../src/pipeline/export/encode-to-fit.js';
import type { Renderer, RenderResult } from '../src/pipeline/renderer.js';
import type { RenderRequestInput } from '../src/pipeline/requests.js';
import { createThreadedRenderer } from '../src/pipeline/runtime/worker-thread.js';
import { createPresets } from '../src/styles/presets.js';
import { drawnAnimation } from '../test/drawn-animation.js';
import { flicker } from './flicker.js';
import { modelsDir } from './models.js';
import { openPair, PAIRS } from './pairs.js';

const ROUNDS = 20;
const UPLOAD_MAX = 10 * 2 ** 20;

const seconds = (since: number): number => (performance.now() - since) / 1000;

/** The value below which so many of the times lie, and the median. */
function summary(times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!;
  return `median ${at(0.5).toFixed(2)} s, 95 % within ${at(0.95).toFixed(2)} s`;
}

export async function instant(): Promise<void> {
  const pair = await openPair(PAIRS[0]!, 512);
  const { content } = pair;
  const styles = [{ image: pair.style }];
  const renderer = createThreadedRenderer({ modelsDir });
  const render = async (request: RenderRequestInput): Promise<RenderResult> =>
    renderer.render(await renderer.prepare(request));

  const cold = performance.now();
  await toFile(await render({ kind: 'style', technique: 'instant', content, styles, size: 512 }));
  console.log(`the first of a process, 512 px, to its file: ${seconds(cold).toFixed(2)} s`);
  for (const size of [512, 1024, 2048]) {
    const times: number[] = [];
    for (let round = 0; round < 5; round++) {
      const start = performance.now();
      await toFile(await render({ kind: 'style', technique: 'instant', content, styles, size }));
      times.push(seconds(start));
    }
    console.log(`${size} px to its file: ${summary(times)}; ${residentMegabytes()} MB resident`);
  }
  for (const network of ['mini', 'vgg19'] as const)
    console.log(
      `first frame of a style with ${network}, 512 px: ${summary(await firstFrames(renderer, { kind: 'style', network, content, styles }))}`,
    );
  await sheet(renderer, content);
  await animation(renderer, pair.style);
  await renderer.close();
}

const residentMegabytes = (): number => Math.round(process.memoryUsage().rss / 2 ** 20);

const toFile = ({ image }: RenderResult) => encodeToFit(image, { maxBytes: UPLOAD_MAX });

/** From the start of a job to its first frame; then the job is stopped. */
async function firstFrames(renderer: Renderer, request: RenderRequestInput): Promise<number[]> {
  const times: number[] = [];
  const bar = new SingleBar({ format: 'first frames {bar} {value}/{total}', clearOnComplete: true });
  bar.start(ROUNDS, 0);
  for (let round = 0; round < ROUNDS; round++) {
    const abort = new AbortController();
    const start = performance.now();
    const onFrame = () => {
      if (!abort.signal.aborted) times.push(seconds(start));
      abort.abort();
    };
    const prepared = await renderer.prepare(request);
    await renderer.render(prepared, { signal: abort.signal, onFrame }).catch(() => undefined);
    bar.increment();
  }
  bar.stop();
  return times;
}

async function sheet(renderer: Renderer, content: Uint8Array): Promise<void> {
  const presets = createPresets();
  const names = (await presets.list()).map(({ name }) => name);
  const images = await Promise.all(
    Array.from({ length: 9 }, (_, i) => presets.png(names[i % names.length]!)),
  );
  const request: RenderRequestInput = {
    kind: 'sheet',
    contents: [content],
    styles: images.map((image) => ({ image })),
    size: 256,
  };
  const times: number[] = [];
  for (let round = 0; round < 5; round++) {
    const start = performance.now();
    await toFile(await renderer.render(await renderer.prepare(request)));
    times.push(seconds(start));
  }
  console.log(`a sheet of nine, 256 px each: ${summary(times)}`);
}

async function animation(renderer: Renderer, image: Uint8Array): Promise<void> {
  const source = await drawnAnimation({ count: 30, longest: 256 });
  const { bytes } = await animate(source, { maxBytes: UPLOAD_MAX, format: 'webp' });
  const start = performance.now();
  const request: RenderRequestInput = {
    kind: 'style',
    technique: 'instant',
    content: bytes,
    styles: [{ image }],
  };
  const { animation: painted } = await renderer.render(await renderer.prepare(request));
  const file = await animate(painted!, { maxBytes: UPLOAD_MAX, format: 'webp' });
  const took = seconds(start).toFixed(1);
  console.log(
    `an animation of 30 frames, 256 px: ${took} s, ${Math.round(file.bytes.length / 1000)} kB, flicker ${flicker(painted!.frames, source.frames).toFixed(2)}`,
  );
}
