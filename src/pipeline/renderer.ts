/** The renderer as the rest of Reverie knows it: what it can do, prepares, emits and returns. Types only, so that nobody pulls in an engine. */
import type { EncodedImage, PictureInfo, Raster } from './pictures.js';
import type { NetworkName, RenderRequest, RenderRequestInput } from './requests.js';

/** Losses (or objectives) by name; `total` is the one that is optimised. */
export type Losses = Readonly<Record<string, number>>;

/** One step of a run. Scales and steps count from 1; `step` runs over all scales. */
export interface Frame {
  readonly scale: number;
  readonly scales: number;
  readonly step: number;
  readonly steps: number;
  /** Seconds since the run began. */
  readonly seconds: number;
  /** Estimated seconds until the run ends, by the work left. */
  readonly secondsLeft: number;
  readonly losses: Losses;
  readonly image: Raster;
}

/** What a request will do, known before it runs. */
export interface Plan {
  readonly kind: RenderRequest['kind'];
  readonly network: NetworkName;
  /** The layer a dream amplifies or a visualisation shows; several are joined by ' + '. */
  readonly layer?: string;
  /** Size of the result in pixels. */
  readonly width: number;
  readonly height: number;
  readonly scales: number;
  readonly steps: number;
  /** Multiply-adds of the whole run: comparable between requests, proportional to the time it takes. */
  readonly cost: number;
}

export interface TraceStep {
  readonly scale: number;
  readonly step: number;
  readonly seconds: number;
  readonly losses: Losses;
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
  /** A zoom's pictures in order; `image` is the last of them. */
  readonly animation?: readonly Raster[];
  readonly plan: Plan;
  readonly trace: Trace;
}

export interface TapInfo {
  readonly name: string;
  readonly channels: number;
}

export interface TapSummary {
  readonly name: string;
  /** A few words on what the layer dreams of, where known. */
  readonly shows?: string;
}

export interface NetworkSummary {
  readonly name: NetworkName;
  readonly title: string;
  /** Where the weights were found; absent when they are not there. */
  readonly file?: string;
  /** Every layer that can be named, in order, with its number of channels. */
  readonly taps: readonly TapInfo[];
  /** Whether the network can take a style over. */
  readonly styles: boolean;
  /** The layers worth offering to a person, and the one taken by default. */
  readonly dreams: { readonly layer: string; readonly offered: readonly TapSummary[] };
}

export interface Capabilities {
  readonly engine: string;
  readonly device: string;
  /** Why this engine on this device. */
  readonly reason: string;
  /** What a short measurement found: the first estimate of how long a plan's cost takes. Absent where it failed. */
  readonly multiplyAddsPerSecond?: number;
  readonly networks: readonly NetworkSummary[];
  /** The network each command takes when none is named: the best one present. */
  readonly defaults: Readonly<Record<RenderRequest['kind'], NetworkName>>;
}

export interface RenderOptions {
  /** The run stops within one step of an abort and rejects with code `aborted`. */
  readonly signal?: AbortSignal;
  /** Called after every step. A frame's picture belongs to the receiver. */
  readonly onFrame?: (frame: Frame) => void;
  /** Called with a sentence for the operator where something was done in another way than configured. */
  readonly onWarning?: (sentence: string) => void;
  /** Called whenever the engine is about to compile or run something: at least once a step, and between steps. */
  readonly onActivity?: () => void;
}

/** Image → image, wherever the work is done: in this thread, in a worker thread, on another machine. */
export interface Renderer {
  capabilities(): Promise<Capabilities>;
  /**
   * Reads the header of a picture file, and its pixels where they may be see-through. Throws `image-unknown-type`,
   * `image-too-large`, `image-broken`.
   */
  inspect(bytes: Uint8Array): Promise<PictureInfo>;
  /** Checks a request and says what it will do. Throws the same errors as `render` would before its first step. */
  plan(request: RenderRequestInput): Promise<Plan>;
  render(request: RenderRequestInput, options?: RenderOptions): Promise<RenderResult>;
  /** A small JPEG of an intermediate frame, longest side at most 512 pixels. */
  preview(picture: Raster): Promise<EncodedImage>;
  /** The finest file of at most `maxBytes`: PNG, else WebP, else JPEG, else smaller. */
  encode(picture: Raster, limit: { readonly maxBytes: number }): Promise<EncodedImage>;
  /**
   * The picture again without what its file said about it: upright, in sRGB, in its own format, with its transparency
   * and its frames. Smaller only where it does not fit `maxBytes`.
   */
  clean(bytes: Uint8Array, limit: { readonly maxBytes: number }): Promise<EncodedImage>;
  /** The losses over the steps, a line each, as a PNG. */
  chart(trace: Trace): Promise<EncodedImage>;
  /** Pictures side by side with their step numbers: how a picture grew. */
  strip(pictures: readonly Captioned[]): Promise<EncodedImage>;
  /** Pictures one after the other: an animated WebP (or GIF) of at most `maxBytes`, made smaller until it fits. */
  animate(
    pictures: readonly Raster[],
    limit: { readonly maxBytes: number; readonly format?: 'webp' | 'gif' },
  ): Promise<EncodedImage>;
  close(): Promise<void>;
}

export interface Captioned {
  readonly image: Raster;
  readonly caption: string;
}
