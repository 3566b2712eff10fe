import { expect, it } from 'vitest';
import { sequence } from '../../../test/fixtures.js';
import { createOnnxEngine } from '../engines/onnx/onnx.js';
import { input } from '../graph/graph.js';
import type { Planes } from '../image/planes.js';
import { NETWORKS, WeightStore } from '../networks/weight-store.js';
import type { RunContext } from '../recipes/run-context.js';
import { compileActivationObjective } from './dream-gradient.js';

const layer = 'block2_conv2';
const picture: Planes = { channels: 3, width: 48, height: 32, data: sequence(3 * 48 * 32, 6) };

it('climbs the mean of the channel it was turned to last', async () => {
  const network = NETWORKS.mini;
  const weights = await new WeightStore(undefined).weights('mini');
  const engine = createOnnxEngine();
  const context = { engine, network, weights } as RunContext;
  const features = network.build(input('image', [1, 3, 'height', 'width']), weights).get(layer)!;
  const program = await engine.compile({ outputs: { features } });
  const { data } = (await program.run({ image: { data: picture.data, shape: [1, 3, 32, 48] } })).features!;
  const positions = 24 * 16;
  const meanOf = (channel: number) =>
    data.subarray(channel * positions, (channel + 1) * positions).reduce((a, b) => a + b) / positions;

  const objective = await compileActivationObjective(context, {
    targets: [{ layer, weight: 1, channels: [3, 3] }],
    objective: 'mean',
  });
  expect((await objective.evaluate(picture)).total).toBeCloseTo(meanOf(3), 5);
  objective.selectChannels([7, 7]);
  expect(meanOf(7)).not.toBeCloseTo(meanOf(3), 2);
  expect((await objective.evaluate(picture)).total).toBeCloseTo(meanOf(7), 5);
  await Promise.all([objective.dispose(), program.dispose()]);
});
