/** The networks that Reverie knows: where their weights are published, how to verify them, which tensors they have. */
import { z } from 'zod';
import { ReverieError } from '../errors.js';
import { readBundled } from './bundled.js';

const weightSource = z.object({
  format: z.enum(['keras', 'caffe']),
  /** Bytes. */
  size: z.int().positive(),
  /** Algorithm and hex digest: `md5:253f…`. */
  checksum: z.string().regex(/^(md5|sha1|sha256):[0-9a-f]+$/),
  addresses: z.array(z.url()).min(1),
});

const network = z.object({
  title: z.string(),
  goodFor: z.string(),
  licence: z.string(),
  attribution: z.string(),
  preprocessing: z.string(),
  taps: z.string(),
  /** Of the bundled file. A downloaded network carries its own checksum. */
  sha256: z.string().optional(),
  /** The layer whose last axis is the classes: a network that an operator trained may have more or fewer of them. */
  classifier: z.string().optional(),
  original: weightSource.optional(),
  tensors: z.record(z.string(), z.array(z.int().positive())),
});

const manifest = z.record(z.string(), network);

export type WeightSource = z.infer<typeof weightSource>;
/** Shapes by tensor name, in the order in which a converted file stores them. */
export type Shapes = Readonly<Record<string, readonly number[]>>;
export type KnownNetwork = z.infer<typeof network>;
export type Manifest = z.infer<typeof manifest>;

export const readManifest = (): Promise<Manifest> => readBundled('manifest.json', manifest);

/** @throws ReverieError `unknown-network` */
export function knownNetwork(known: Manifest, name: string): KnownNetwork {
  const found = Object.hasOwn(known, name) ? known[name] : undefined;
  if (found) return found;
  const networks = Object.keys(known).join(', ');
  throw new ReverieError('unknown-network', `There is no network called “${name}”. Available: ${networks}.`, {
    details: { name, networks },
  });
}
