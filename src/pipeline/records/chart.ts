/** The losses of a run over its steps, one line each. */
import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { EncodedImage, Trace, TraceStep } from '../contract.js';
import { FONT, rasterise } from '../image/svg.js';

const WIDTH = 800;
const HEIGHT = 450;
/** Values further apart than this are drawn on a logarithmic axis. */
const DECADES = 20;
/** Discord's dark theme, and Okabe and Ito's colours, which the colour-blind can tell apart. */
const INK = { ground: '#1e1f22', text: '#dbdee1', faint: '#3f4147' };
const COLOURS = ['#e69f00', '#56b4e9', '#009e73', '#f0e442', '#cc79a7', '#d55e00', '#7f8fff', '#9ae6b4'];

/**
 * 800 × 450 px; steps count from 1 over all scales, losses in the units that the trace has. Scales are parted by
 * dashed lines; the total is white.
 */
export async function chartSvg({ steps }: Trace): Promise<string> {
  const view = new vega.View(vega.parse(compile(specification(steps)).spec), { renderer: 'none' });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/** @returns a PNG of 800 × 450 px */
export async function chart(trace: Trace): Promise<EncodedImage> {
  const bytes = await rasterise(await chartSvg(trace), WIDTH, HEIGHT);
  return { bytes, format: 'png', width: WIDTH, height: HEIGHT };
}

function specification(steps: readonly TraceStep[]): TopLevelSpec {
  const names = [...new Set(steps.flatMap(({ losses }) => Object.keys(losses)))].sort(totalLast);
  const values = steps.flatMap(({ step, losses }) =>
    Object.entries(losses).map(([name, loss]) => ({ step, name, loss })),
  );
  const positive = values.every(({ loss }) => loss > 0);
  const span = Math.max(...values.map(({ loss }) => loss)) / Math.min(...values.map(({ loss }) => loss));
  const logarithmic = positive && span > DECADES;
  const boundaries = steps.filter(({ scale }, i) => i > 0 && scale !== steps[i - 1]!.scale);
  return {
    width: WIDTH,
    height: HEIGHT,
    autosize: { type: 'fit', contains: 'padding' },
    padding: 14,
    background: INK.ground,
    layer: [
      {
        data: { values: boundaries.map(({ step }) => ({ step: step - 0.5 })) },
        mark: { type: 'rule', color: '#80848e', strokeDash: [3, 4] },
        encoding: { x: { field: 'step', type: 'quantitative' } },
      },
      {
        data: { values },
        mark: { type: 'line', strokeWidth: 2, point: steps.length < 3, clip: true },
        encoding: {
          x: {
            field: 'step',
            type: 'quantitative',
            scale: { domain: [1, Math.max(2, steps.length)], nice: false },
            axis: { title: 'step', tickMinStep: 1 },
          },
          y: {
            field: 'loss',
            type: 'quantitative',
            scale: logarithmic ? { type: 'log', nice: false, domainMin: lowest(steps) } : { zero: false },
            axis: { title: null, tickCount: 6, format: logarithmic ? '.0e' : '~g' },
          },
          color: {
            field: 'name',
            type: 'nominal',
            sort: null,
            scale: {
              domain: names,
              range: names.map((name, i) => (name === 'total' ? '#ffffff' : COLOURS[i % COLOURS.length]!)),
            },
            legend: { title: null, orient: 'top', columns: 4, symbolType: 'stroke', symbolStrokeWidth: 3 },
          },
        },
      },
    ],
    config: {
      font: FONT,
      view: { stroke: null },
      axis: {
        labelColor: INK.text,
        titleColor: INK.text,
        gridColor: INK.faint,
        domainColor: INK.faint,
        tickColor: INK.faint,
        labelFontSize: 14,
        titleFontSize: 15,
        titleFontWeight: 'normal',
      },
      legend: { labelColor: INK.text, labelFontSize: 14, labelLimit: 240, symbolSize: 300 },
    },
  };
}

/** A painting that starts from its content begins with a content loss of all but 0, which would stretch the axis. */
function lowest(steps: readonly TraceStep[]): number {
  const settled = steps.slice(Math.min(2, steps.length - 1));
  return Math.min(...settled.flatMap(({ losses }) => Object.values(losses)));
}

const totalLast = (a: string, b: string) => Number(a === 'total') - Number(b === 'total');
