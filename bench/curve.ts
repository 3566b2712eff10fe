/**
 * How good a picture is after so many seconds: pictures are taken while a method paints and judged afterwards, so that
 * judging costs the method no time. A picture of a coarse scale is judged as it would be shown, enlarged to full size.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import path from 'node:path';
import { SingleBar } from 'cli-progress';
import { min } from 'd3-array';
import { ReverieError } from '../src/errors.js';
import { encodePng } from '../src/pipeline/image/encode.js';
import type { Renderer } from '../src/pipeline/renderer.js';
import { createRenderer } from '../src/pipeline/runtime/local.js';
import { startGatys } from './gatys.js';
import { createJudge, type Judgement, type JudgePicture } from './judge.js';
import { openMethod, type Method, type Snapshot } from './methods.js';
import { modelsDir } from './models.js';
import { openPair, PAIRS, type Pair } from './pairs.js';
import { plot, type Curve } from './plot.js';

/** The method that PyTorch paints with. */
export const PEER = 'gatys';

export interface CurveOptions {
  readonly pairs?: readonly string[];
  readonly methods: readonly string[];
  /** Longest side in pixels. */
  readonly size: number;
  /** A picture is taken whenever so many steps are done, and at the end. */
  readonly every: number;
  /** In place of `every`: a picture is taken with the first step that ends after each of these times. */
  readonly seconds?: readonly number[];
  /** Steps of the peer. */
  readonly peerSteps: number;
  /** A folder for a plot and a JSON file for each pair, and for the pictures. */
  readonly out: string;
}

type Point = Judgement & Omit<Snapshot, 'image'>;
type IsWanted = (step: number, seconds: number) => boolean;

interface Painter {
  readonly name: string;
  paint(pair: Pair, isWanted: IsWanted, bar: SingleBar): Promise<Snapshot[]>;
  stop(): void;
}

export async function curve({ pairs = PAIRS.slice(0, 2), size, out, ...options }: CurveOptions) {
  const judge = await createJudge();
  const renderer = createRenderer({ modelsDir });
  const painters: Painter[] = [];
  for (const text of options.methods) {
    const painter =
      text === PEER ? await openPeer(options.peerSteps) : paintingHere(renderer, openMethod(text));
    if (typeof painter === 'string') console.log(`${text}: ${painter}`);
    else painters.push(painter);
  }
  await mkdir(out, { recursive: true });
  for (const name of pairs) {
    const pair = await openPair(name, size);
    const judgePicture = await judge(pair);
    const report = path.join(out, name.replace(':', '-'));
    const curves: Curve<keyof Point>[] = [];
    const load = loadavg()[0]!;
    for (const painter of painters) {
      const bar = new SingleBar({ format: `${painter.name} {bar} {value}/{total}`, clearOnComplete: true });
      bar.start(1, 0);
      const taken = await painter.paint(pair, sampler(options), bar);
      bar.stop();
      const points = await judgeAll(taken, judgePicture, `${report}-${painter.name}`);
      curves.push({ name: painter.name, points });
    }
    await writeFile(
      `${report}.json`,
      `${JSON.stringify({ pair: pair.name, size, load, curves }, null, 2)}\n`,
    );
    await writeFile(`${report}.png`, await plot(curves, ['style3', 'content']));
    console.log(`${pair.name}, ${size} px, load ${load.toFixed(2)}: ${report}.png\n\n${table(curves)}\n`);
  }
  for (const painter of painters) painter.stop();
  await renderer.close();
}

/** Decides which steps' pictures are taken. */
function sampler({ every, seconds }: Pick<CurveOptions, 'every' | 'seconds'>): IsWanted {
  if (!seconds) return (step) => step % every === 0;
  let left = seconds;
  return (_, now) => {
    const due = left.some((time) => time <= now);
    left = left.filter((time) => time > now);
    return due;
  };
}

function paintingHere(
  renderer: Renderer,
  { name, paint }: { readonly name: string; readonly paint: Method },
): Painter {
  return {
    name,
    async paint(pair, isWanted, bar) {
      await warmUp(renderer, paint, pair);
      const taken: Snapshot[] = [];
      let last = 0;
      const result = await paint(renderer, pair, {
        onFrame({ step, steps, seconds, image }) {
          bar.setTotal(steps);
          bar.update(step);
          last = step;
          if (isWanted(step, seconds) && step < steps) taken.push({ step, seconds, image });
        },
      });
      return [...taken, { step: last, ...result }];
    },
    stop: () => undefined,
  };
}

async function openPeer(steps: number): Promise<Painter | string> {
  const gatys = await startGatys();
  if (typeof gatys === 'string') return gatys;
  return {
    name: PEER,
    paint(pair, isWanted, bar) {
      bar.setTotal(steps);
      return gatys.paint(pair, steps, isWanted, (step) => {
        bar.update(step);
      });
    },
    stop: () => {
      gatys.stop();
    },
  };
}

/** Loads the weights: a bot has done so before. */
async function warmUp(renderer: Renderer, paint: Method, pair: Pair): Promise<void> {
  const afterFirstStep = new AbortController();
  const onFrame = () => {
    afterFirstStep.abort();
  };
  try {
    await paint(renderer, pair, { signal: afterFirstStep.signal, onFrame });
  } catch (thrown) {
    if (!(thrown instanceof ReverieError && thrown.code === 'aborted')) throw thrown;
  }
}

/** @param file where the pictures are written, without step and extension */
async function judgeAll(
  taken: readonly Snapshot[],
  judgePicture: JudgePicture,
  file: string,
): Promise<Point[]> {
  const points: Point[] = [];
  for (const { image, ...point } of taken) {
    const png = await encodePng(image);
    await writeFile(`${file}-${point.step}.png`, png);
    points.push({ ...point, ...(await judgePicture(png)) });
  }
  return points;
}

/**
 * Where each curve ends, its best style3, and the seconds in which it reaches each other curve's best style3 and, in
 * brackets, 1.05 times the style3 that the other ends with.
 */
function table(curves: readonly Curve<keyof Point>[]): string {
  const best = ({ points }: Curve<keyof Point>) => min(points, ({ style3 }) => style3)!;
  const reached = ({ points }: Curve<keyof Point>, style3: number) =>
    points.find((point) => point.style3 <= style3)?.seconds.toFixed(1) ?? '–';
  const rows = curves.map((own) => {
    const { seconds, content, style, style3 } = own.points.at(-1)!;
    const losses = [content, style, style3, best(own)].map((loss) => loss.toFixed(3));
    const others = curves.map(
      (other) => `${reached(own, best(other))} (${reached(own, 1.05 * other.points.at(-1)!.style3)})`,
    );
    return [own.name, seconds.toFixed(1), ...losses, ...others];
  });
  const head = ['method', 'seconds', 'content', 'style', 'style3', 'best style3'];
  const names = curves.map(({ name }) => `reaches ${name} after`);
  return [[...head, ...names], [...head, ...names].map(() => '---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}
