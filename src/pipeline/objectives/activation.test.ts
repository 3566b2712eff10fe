import { expect, it } from 'vitest';
import { sequence } from '../../../test/fixtures.js';
import { createOnnxEngine } from '../engines/onnx/onnx.js';
import { input } from '../graph/graph.js';
import type { Planes } from '../image/planes.js';
import { createEncoder } from '../networks/encoder.js';
import { NETWORKS, WeightStore } from '../networks/weight-store.js';
import { activationMean, selectChannels } from './activation.js';
import { compileWhole } from './whole-picture.js';

const layer = 'block2_conv2';
const picture: Planes = { channels: 3, width: 48, height: 32, data: sequence(3 * 48 * 32, 6) };

it('activationMean is the mean of the channel that was selected last', async () => {
  const encoder = createEncoder(NETWORKS.mini, await new WeightStore(undefined).weights('mini'));
  const engine = createOnnxEngine();
  const features = encoder.encode(input('image', [1, 3, 'height', 'width'])).get(layer)!;
  const program = await engine.compile({ outputs: { features } });
  const { data } = (await program.run({ image: { data: picture.data, shape: [1, 3, 32, 48] } })).features!;
  const positions = 24 * 16;
  const meanOf = (channel: number) =>
    data.subarray(channel * positions, (channel + 1) * positions).reduce((a, b) => a + b) / positions;

  const tap = encoder.tap(layer);
  const term = activationMean('channel', tap, [3, 3]);
  const objective = await compileWhole(engine, encoder, [term]);
  const totalOf = async (channel: number) => {
    await objective.setTargets({
      values: new Map([[term.channels!, selectChannels(tap, [channel, channel])]]),
    });
    return (await objective.evaluate(picture)).losses.total;
  };
  expect(await totalOf(3)).toBeCloseTo(meanOf(3), 5);
  expect(meanOf(7)).not.toBeCloseTo(meanOf(3), 2);
  expect(await totalOf(7)).toBeCloseTo(meanOf(7), 5);
  await Promise.all([objective.dispose(), program.dispose()]);
});
