/** The renderer's contract. Types only, so that importing it loads no engine. */
import type { Animation, Raster } from './pictures.js';
import type { Plan, PreparedRequest } from './prepared-run.js';
import type { ModelName, NetworkName, RenderRequest, RenderRequestInput } from './requests.js';

export type { Plan, PreparedRequest } from './prepared-run.js';

/** Losses (or objectives) by name; `total` is the one that is optimised. */
export type Losses = Readonly<Record<string, number>>;

/**
 * One step of a run. Scales and steps count from 1; `step` runs over all scales. Step 0 is the instant picture that an
 * optimisation starts from; it has no losses.
 */
export interface Frame {
  readonly scale: number;
  readonly scales: number;
  readonly step: number;
  readonly steps: number;
  /** Seconds since the run began. */
  readonly seconds: number;
  /** Estimated seconds until the run ends, by the work left; not known at step 0. */
  readonly secondsLeft?: number;
  readonly losses: Losses;
  readonly image: Raster;
  /** Of a run that can be stopped here and continued. */
  readonly checkpoint?: Checkpoint;
}

export interface TraceStep {
  readonly scale: number;
  readonly step: number;
  readonly seconds: number;
  readonly losses: Losses;
}

/** Where a run was after one of its steps. */
export interface Checkpoint {
  /** The steps so far. */
  readonly steps: readonly TraceStep[];
  /** The values that the recipe needs to go on. */
  readonly state: readonly Float32Array[];
}

/** The record of a run: pictures in the request are replaced by their SHA-256. */
export interface Trace {
  readonly request: Readonly<Record<string, unknown>>;
  readonly engine: string;
  readonly device: string;
  readonly seconds: number;
  readonly steps: readonly TraceStep[];
}

export interface RenderResult {
  readonly image: Raster;
  /** The whole result where it moves: a zoom, whose last frame is `image`, or an animation that was painted. */
  readonly animation?: Animation;
  /** The file of a style that was taught. */
  readonly taught?: Uint8Array;
  readonly plan: Plan;
  readonly trace: Trace;
}

export interface TapInfo {
  readonly name: string;
  readonly channels: number;
}

export interface TapSummary {
  readonly name: string;
  /** A few words on what the layer responds to, where known. */
  readonly shows?: string;
}

export interface NetworkSummary {
  readonly name: NetworkName;
  readonly title: string;
  /** Where the weights were found; absent when they are not there. */
  readonly file?: string;
  /** Every layer that a request can name, in order, with its number of channels. */
  readonly taps: readonly TapInfo[];
  /** Whether the network has layers for style transfer. */
  readonly styles: boolean;
  /** The layers worth offering to people, and the default one. */
  readonly dreams: { readonly layer: string; readonly offered: readonly TapSummary[] };
}

export interface Capabilities {
  readonly engine: string;
  readonly device: string;
  /** Why this engine on this device. */
  readonly reason: string;
  /**
   * What a short measurement found: the first estimate of how long a plan's cost takes. Absent where it failed, and after
   * a fallback.
   */
  readonly multiplyAddsPerSecond?: number;
  readonly networks: readonly NetworkSummary[];
  /** The file of the feed-forward network that paints instant pictures; absent where there is none. */
  readonly generator?: string;
  /** The network that each kind of request takes when it names none: the best one present. */
  readonly defaults: Readonly<Record<RenderRequest['kind'], ModelName>>;
}

export interface RenderOptions {
  /** Continues an earlier run of the same request instead of starting anew. */
  readonly checkpoint?: Checkpoint;
  /** The run stops within one step of an abort and rejects with code `aborted`. */
  readonly signal?: AbortSignal;
  /** Called after every step. A frame's picture belongs to the receiver. */
  readonly onFrame?: (frame: Frame) => void;
  /** Called with a sentence for the operator when a run is tried again in another way, or part of it is ignored. */
  readonly onWarning?: (sentence: string) => void;
  /** Called whenever the engine is about to compile or run something: at least once a step, and between steps. */
  readonly onActivity?: () => void;
}

/** Renders requests: in this thread, in a worker thread, or on another machine. */
export interface Renderer {
  /** The networks that are installed, and the engine and device that renders run on: after a fallback, the new one. */
  capabilities(): Promise<Capabilities>;
  /**
   * Checks a request and decides everything that it leaves open: network, layers, sizes, steps. Reads the headers of
   * its pictures and of the network's file, but loads no weights.
   * @throws ReverieError whatever can be refused: `invalid-parameter`, `network-missing`, `network-broken`,
   *   `unknown-layer`, `image-unknown-type`, `image-too-large`, `image-too-small`, `image-broken`
   */
  prepare(request: RenderRequestInput): Promise<PreparedRequest>;
  /**
   * Renders a prepared request as it is. Nothing is decided here.
   * @throws ReverieError `aborted`, `render-failed`, `image-broken`; `network-missing` and `network-broken` where the
   *   network's file has changed since
   */
  render(prepared: PreparedRequest, options?: RenderOptions): Promise<RenderResult>;
  close(): Promise<void>;
}
