/**
 * Keras' HDF5 weight files. The root (or `model_weights` below it) lists its layers in `layer_names`; each layer's
 * group lists its tensors in `weight_names`, in the order in which Keras created them.
 */
import h5wasm, { Dataset, File, Group } from 'h5wasm/node';
import type { Shapes } from './manifest.js';
import { orInvalid, sameShape, InvalidWeights, type SourceWeights } from './source-weights.js';

/** The class of floating-point numbers in HDF5's datatype message. */
const FLOAT = 1;
const DAMAGED = 'its HDF5 structure is damaged';

const list = (group: Group, name: string): readonly string[] => {
  const value: unknown = group.get_attribute(name, true);
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string'))
    throw new InvalidWeights(`${group.path} has no list ${name}`);
  return value;
};

const groupAt = (parent: Group, name: string): Group => {
  const found = parent.get(name);
  if (!(found instanceof Group)) throw new InvalidWeights(`there is no group ${name}`);
  return found;
};

function readDataset(layer: Group, name: string, shape: readonly number[]): Float32Array {
  const dataset = layer.get(name);
  if (!(dataset instanceof Dataset)) throw new InvalidWeights(`${layer.path} has no dataset ${name}`);
  // Checked before any value is read: the shape limits what is allocated, and no filter can inflate it.
  const { type, size, littleEndian, chunks, shape: found } = dataset.metadata;
  if (type !== FLOAT || size !== 4 || !littleEndian)
    throw new InvalidWeights(`${name} does not hold 32-bit floats`);
  if (chunks || dataset.filters.length > 0) throw new InvalidWeights(`${name} is not stored in one piece`);
  if (!found || !sameShape(found, shape))
    throw new InvalidWeights(`${name} has the shape ${String(found)} instead of ${String(shape)}`);
  const { value } = dataset;
  if (!(value instanceof Float32Array)) throw new InvalidWeights(`${name} cannot be read`);
  return value;
}

function openLayers(opened: File, shapes: Shapes): SourceWeights['read'] {
  const root = opened.get('model_weights') instanceof Group ? groupAt(opened, 'model_weights') : opened;
  const layers = new Set(list(root, 'layer_names'));
  const tensorsOf = (layer: string) => Object.keys(shapes).filter((name) => name.startsWith(`${layer}/`));
  return (name) => {
    const layer = name.slice(0, name.lastIndexOf('/'));
    if (!layers.has(layer)) throw new InvalidWeights(`there is no layer ${layer}`);
    const group = groupAt(root, layer);
    const stored = list(group, 'weight_names');
    const wanted = tensorsOf(layer);
    if (stored.length !== wanted.length)
      throw new InvalidWeights(`${layer} has ${stored.length} tensors instead of ${wanted.length}`);
    return readDataset(group, stored[wanted.indexOf(name)]!, shapes[name]!);
  };
}

export async function openKeras(file: string, shapes: Shapes): Promise<SourceWeights> {
  await h5wasm.ready;
  const opened = orInvalid(DAMAGED, () => new File(file, 'r'));
  const close = () => opened.close();
  try {
    const read = orInvalid(DAMAGED, () => openLayers(opened, shapes));
    return { read: (name) => orInvalid(DAMAGED, () => read(name)), close };
  } catch (thrown) {
    close();
    throw thrown;
  }
}
