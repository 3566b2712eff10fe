import type { LRUCache } from 'lru-cache';
import type { Losses } from '../renderer.js';
import type { Engine } from '../engines/engine.js';
import type { Planes } from '../image/planes.js';
import type { PictureHash } from '../prepared-run.js';
import type { Network } from '../networks/network.js';
import type { Weights } from '../networks/safetensors.js';
import type { FeatureStatistics } from '../objectives/style.js';

/** Statistics of style pictures by what was measured: picture, size, weights, layers. */
export type TargetCache = LRUCache<string, ReadonlyMap<string, FeatureStatistics>>;

/** Decodes pictures on demand. */
export interface PictureSource {
  /** A picture as RGB planes in [0,1], resized to `width` × `height` pixels. @throws ReverieError `image-broken` */
  at(picture: PictureHash, width: number, height: number): Promise<Planes>;
}

/** What a recipe is given to work with. */
export interface RunContext {
  /** Throws when the run was aborted, and releases at the run's end what was compiled in it. */
  readonly engine: Engine;
  readonly network: Network;
  readonly weights: Weights;
  /** Tells these weights from any others of the network. */
  readonly version: string;
  /** The pictures that the prepared run refers to. */
  readonly pictures: PictureSource;
  /** What was measured of style pictures before. */
  readonly targets: TargetCache;
  /** Uniform numbers in [0,1), seeded by the request. */
  readonly random: () => number;
  /** What every step's length is multiplied by: 1, or less where whole steps led nowhere. */
  readonly learningRateScale: number;
}

/** What a run ends with. */
export interface Outcome {
  readonly image: Planes;
  /** A zoom's pictures, in order. */
  readonly animation?: readonly Planes[];
}

export interface Step {
  readonly scale: number;
  readonly losses: Losses;
  readonly image: Planes;
}
