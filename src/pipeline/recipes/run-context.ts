import type { LRUCache } from 'lru-cache';
import type { Losses } from '../renderer.js';
import type { Engine } from '../engines/engine.js';
import type { ScopedEngine } from '../engines/scoped-engine.js';
import type { ColourMoments } from '../image/colour.js';
import type { Planes } from '../image/planes.js';
import type { Animation } from '../pictures.js';
import type { PictureHash } from '../prepared-run.js';
import type { Network } from '../networks/network.js';
import type { Weights } from '../networks/safetensors.js';
import type { Modulation } from '../networks/style-code.js';
import type { LoadedGenerator } from '../networks/weight-store.js';
import type { FeatureStatistics } from '../objectives/style.js';

/** Statistics of style pictures. The key contains everything they depend on: picture, size, weights and layers. */
export type TargetCache = LRUCache<string, ReadonlyMap<string, FeatureStatistics>>;

/** What swift needs to know of a style. */
export interface StyleReading {
  readonly colours: ColourMoments;
  readonly modulation: Modulation;
}

/** What was read of style pictures, by the version of the weights, the picture and the size. */
export type ReadingCache = LRUCache<string, StyleReading>;

/** Decodes pictures on demand. */
export interface PictureSource {
  /** The picture as RGB planes in [0,1], resized to `width` × `height` pixels. @throws ReverieError `image-broken` */
  at(picture: PictureHash, width: number, height: number): Promise<Planes>;
  /** The same of frames of an animated picture, counted from 0, one after the other. */
  frames(
    picture: PictureHash,
    indices: readonly number[],
    width: number,
    height: number,
  ): AsyncIterable<Planes>;
  /** The file as it is, of a taught style. */
  file(hash: PictureHash): Uint8Array;
}

/** What painting with swift needs. */
export interface PaintContext {
  /** Throws once the run has been aborted. Its programs are disposed of when the run ends, except those compiled once. */
  readonly engine: ScopedEngine;
  /** The pictures that the prepared run refers to. */
  readonly pictures: PictureSource;
  readonly generator: LoadedGenerator;
  /** What was read of style pictures. */
  readonly readings: ReadingCache;
  /** Tells the operator a sentence. */
  readonly warn: (sentence: string) => void;
}

/** What a recipe that uses a network's layers needs. */
export interface RunContext {
  /** Throws once the run has been aborted. Its programs are disposed of when the run ends. */
  readonly engine: Engine;
  readonly network: Network;
  readonly weights: Weights;
  /** Identifies these weights among all weights of the network. */
  readonly version: string;
  /** The pictures that the prepared run refers to. */
  readonly pictures: PictureSource;
  /** Cached statistics of style pictures. */
  readonly targets: TargetCache;
  /** Uniform numbers in [0,1), seeded by the request. */
  readonly random: () => number;
  /** Learning-rate factor; below 1 after a run has diverged. */
  readonly learningRateScale: number;
}

/** The result of a run. */
export interface Outcome {
  readonly image: Planes;
  /** The whole result where it moves, in 8 bits: as planes, its frames would take four times the memory. */
  readonly animation?: Animation;
  /** The file of a style that was taught. */
  readonly taught?: Uint8Array;
}

export interface Step {
  readonly scale: number;
  /** Set on a picture that the optimisation starts from, before its first step. */
  readonly start?: true;
  readonly losses: Losses;
  readonly image: Planes;
  /** What the recipe needs to go on from here in another run; of recipes that can. It belongs to the receiver. */
  readonly state?: readonly Float32Array[];
}
