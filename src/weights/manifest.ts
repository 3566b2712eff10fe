/** What is known of each network: where its original lies, how to recognise it, and which tensors it holds. */
import { z } from 'zod';
import { ReverieError } from '../errors.js';
import { readBundled } from './bundled.js';

const original = z.object({
  format: z.enum(['keras', 'caffe']),
  /** Bytes. */
  size: z.int().positive(),
  /** Algorithm and digest, as in `md5:253f…`. */
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
  /** Of the bundled file; a network that is pulled carries its own checksum. */
  sha256: z.string().optional(),
  /** The layer whose last axis is the classes: a network of one's own may have others, and more or fewer. */
  classifier: z.string().optional(),
  original: original.optional(),
  tensors: z.record(z.string(), z.array(z.int().positive())),
});

const manifest = z.record(z.string(), network);

export type WeightSource = z.infer<typeof original>;
/** Shapes by name, in the order of the file that is written. */
export type Shapes = Readonly<Record<string, readonly number[]>>;
export type KnownNetwork = z.infer<typeof network>;
export type Manifest = z.infer<typeof manifest>;

export const readManifest = (): Promise<Manifest> => readBundled('manifest.json', manifest);

/** @throws ReverieError `unknown-network` */
export function knownNetwork(known: Manifest, name: string): KnownNetwork {
  const found = Object.hasOwn(known, name) ? known[name] : undefined;
  if (found) return found;
  const networks = Object.keys(known).join(', ');
  throw new ReverieError('unknown-network', `There is no network “${name}”; there are ${networks}.`, {
    details: { name, networks },
  });
}
