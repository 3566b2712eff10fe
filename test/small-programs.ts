/** Programs of every operator and of whole objectives, small enough for a software GPU. */
import type { Bindings, Engine } from '../src/pipeline/engines/engine.js';
import { sizeAt } from '../src/pipeline/graph/dimensions.js';
import { input, type Program } from '../src/pipeline/graph/graph.js';
import { NETWORKS, WeightStore } from '../src/pipeline/networks/weight-store.js';
import { energy } from '../src/pipeline/objectives/activation.js';
import { gramDistance, momentsOf } from '../src/pipeline/objectives/style.js';
import { sequence } from './fixtures.js';
import { BROADCAST, CHANNELS, OPERATORS, type Operands } from './operators.js';
import { randomWeights } from './random-weights.js';

export interface Case {
  readonly program: Program;
  readonly inputs: Bindings;
}

const imageInput = () => input('image', [1, 3, 'height', 'width']);
const picture = (height: number, width: number, from = 0) => ({
  data: sequence(3 * height * width, 3, from, 1),
  shape: [1, 3, height, width],
});

export async function smallPrograms(): Promise<Record<string, Case>> {
  const operators = Object.entries(OPERATORS).map(([name, build]): [string, Case] => {
    const x = input('image', [1, CHANNELS, 'height', 'width']);
    const of = build(x);
    const program = { outputs: { of }, gradient: { of, by: { gradient: x } } };
    return [name, { program, inputs: { image: picture(9, 7, -1) } }];
  });
  const broadcast = Object.entries(BROADCAST).map(([name, operands]): [string, Case] => [
    name,
    ofOperands(operands),
  ]);
  return {
    ...Object.fromEntries([...operators, ...broadcast]),
    'a style': await style(),
    'a dream': dream(),
  };
}

/** The gradients by all inputs of a program with broadcast operands. */
export function ofOperands({ shapes, build }: Operands): Case {
  const [height, width] = [9, 7];
  const variables = [
    input('image', [1, CHANNELS, 'height', 'width']),
    ...Object.entries(shapes).map(([name, shape]) => input(name, shape)),
  ];
  const of = build(variables[0]!, variables.slice(1));
  const inputs = variables.map(({ operation, shape }, i) => {
    const sizes = shape.map((n) => sizeAt(n, { height, width }));
    const count = sizes.reduce((product, n) => product * n, 1);
    return [operation.name, { data: sequence(count, 3 + i, -1, 1), shape: sizes }] as const;
  });
  const by = Object.fromEntries(variables.map((variable) => [`by ${variable.operation.name}`, variable]));
  return { program: { outputs: { of }, gradient: { of, by } }, inputs: Object.fromEntries(inputs) };
}

async function style(): Promise<Case> {
  const image = imageInput();
  const weights = await new WeightStore(undefined).weights('mini');
  const own = momentsOf(NETWORKS.mini.build(image, weights).get('block3_conv1')!);
  const total = gramDistance(own.second, input('gram', own.second.shape));
  const [channels] = own.second.shape as [number];
  const gram = { data: sequence(channels ** 2, 4), shape: [channels, channels] };
  return {
    program: { outputs: { total }, gradient: { of: total, by: { gradient: image } } },
    inputs: { image: picture(48, 56), gram },
  };
}

/** Overlapping pools, local response normalisation and a stride of two. */
function dream(): Case {
  const image = imageInput();
  const total = energy(
    NETWORKS.googlenet.build(image, randomWeights('googlenet')).get('inception_3a/output')!,
  );
  return {
    program: { outputs: { total }, gradient: { of: total, by: { gradient: image } } },
    inputs: { image: picture(45, 52) },
  };
}

/** Every output of every program, by name. */
export async function computed(
  engine: Engine,
  programs: Readonly<Record<string, Case>>,
): Promise<Record<string, readonly number[]>> {
  const results: Record<string, readonly number[]> = {};
  for (const [name, { program, inputs }] of Object.entries(programs)) {
    const executable = await engine.compile(program);
    for (const [output, { data }] of Object.entries(await executable.run(inputs)))
      results[`${name}: ${output}`] = [...data];
    await executable.dispose();
  }
  return results;
}
