/**
 * Keras' HDF5 weight files. The root (or `model_weights` below it) lists its layers in `layer_names`; each layer's
 * group lists its tensors in `weight_names`, in the order in which Keras made them.
 */
import h5wasm, { Dataset, File, Group } from 'h5wasm/node';
import type { Shapes } from './manifest.js';
import { sameShape, type Original } from './original.js';

/** The class of IEEE numbers in HDF5's datatype message. */
const FLOAT = 1;

const list = (group: Group, name: string): readonly string[] => {
  const value: unknown = group.get_attribute(name, true);
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string'))
    throw new Error(`${group.path} has no list ${name}`);
  return value;
};

const groupAt = (parent: Group, name: string): Group => {
  const found = parent.get(name);
  if (!(found instanceof Group)) throw new Error(`there is no group ${name}`);
  return found;
};

function readDataset(layer: Group, name: string, shape: readonly number[]): Float32Array {
  const dataset = layer.get(name);
  if (!(dataset instanceof Dataset)) throw new Error(`${layer.path} has no dataset ${name}`);
  // Asked before a value is read: the shape bounds what is allocated, and no filter can inflate it.
  const { type, size, littleEndian, chunks, shape: found } = dataset.metadata;
  if (type !== FLOAT || size !== 4 || !littleEndian) throw new Error(`${name} does not hold 32-bit floats`);
  if (chunks || dataset.filters.length > 0) throw new Error(`${name} is not stored in one piece`);
  if (!found || !sameShape(found, shape))
    throw new Error(`${name} has the shape ${String(found)} instead of ${String(shape)}`);
  const { value } = dataset;
  if (!(value instanceof Float32Array)) throw new Error(`${name} cannot be read`);
  return value;
}

export async function openKeras(file: string, shapes: Shapes): Promise<Original> {
  await h5wasm.ready;
  const opened = new File(file, 'r');
  const root = opened.get('model_weights') instanceof Group ? groupAt(opened, 'model_weights') : opened;
  const layers = new Set(list(root, 'layer_names'));
  const tensorsOf = (layer: string) => Object.keys(shapes).filter((name) => name.startsWith(`${layer}/`));
  return {
    read(name) {
      const layer = name.slice(0, name.lastIndexOf('/'));
      if (!layers.has(layer)) throw new Error(`there is no layer ${layer}`);
      const group = groupAt(root, layer);
      const stored = list(group, 'weight_names');
      const wanted = tensorsOf(layer);
      if (stored.length !== wanted.length)
        throw new Error(`${layer} has ${stored.length} tensors instead of ${wanted.length}`);
      return readDataset(group, stored[wanted.indexOf(name)]!, shapes[name]!);
    },
    close() {
      opened.close();
    },
  };
}
