/**
 * What the rest of Reverie knows of the pipeline: the requests it takes, the frames it emits and the `Renderer`
 * that turns one into the other. Types and schemas alone, so that bot, commands and jobs can depend on it
 * without pulling an engine in.
 */
import { z } from 'zod';

/** An 8-bit RGB picture: `data` holds height × width × 3 bytes, row by row, channels interleaved. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** An encoded picture file. */
export interface EncodedImage {
  readonly bytes: Uint8Array;
  readonly format: 'png' | 'jpeg' | 'webp';
  readonly width: number;
  readonly height: number;
}

/** What a look at a picture file's header tells, before its pixels are decoded. Sizes are after EXIF rotation. */
export interface ImageInfo {
  readonly format: string;
  readonly width: number;
  readonly height: number;
}

export const NETWORK_NAMES = ['mini', 'vgg19', 'googlenet'] as const;
export type NetworkName = (typeof NETWORK_NAMES)[number];

/** Longest side of a result, in pixels. */
export const SIZE_RANGE = { min: 64, max: 2048, default: 512 } as const;
/** Step length of the normalised ascent, on the 0–255 scale. */
export const STRENGTH_RANGE = { min: 0.1, max: 10, default: 1.5 } as const;
export const SEED_MAX = 0xffff_ffff;

const file = z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'a picture file is wanted');
const size = z.number().int().min(SIZE_RANGE.min).max(SIZE_RANGE.max).default(SIZE_RANGE.default);
const seed = z.number().int().min(0).max(SEED_MAX).default(0);

export const styleRequestSchema = z.strictObject({
  kind: z.literal('style'),
  /** The picture to repaint: an encoded file. */
  content: file,
  /** The picture whose manner is taken: an encoded file. */
  style: file,
  network: z.enum(NETWORK_NAMES).optional(),
  /** Longest side of the result in pixels; the content's aspect ratio is kept. */
  size,
  /** Weight of the content loss, α. */
  alpha: z.number().min(0).max(1e4).default(1),
  /** Weight of the style loss, β. */
  beta: z.number().min(0).max(1e4).default(10),
  /** Steps over all scales; without it the network's own schedule. */
  steps: z.number().int().min(1).max(5000).optional(),
  seed,
});

export const dreamRequestSchema = z.strictObject({
  kind: z.literal('dream'),
  /** The picture to dream on: an encoded file. */
  image: file,
  network: z.enum(NETWORK_NAMES).optional(),
  /** The layer whose activations are amplified, by its original name. */
  layer: z.string().min(1).max(80).optional(),
  octaves: z.number().int().min(1).max(10).default(4),
  /** Steps per octave. */
  steps: z.number().int().min(1).max(500).default(10),
  strength: z.number().min(STRENGTH_RANGE.min).max(STRENGTH_RANGE.max).default(STRENGTH_RANGE.default),
  size,
  seed,
});

export const renderRequestSchema = z.discriminatedUnion('kind', [styleRequestSchema, dreamRequestSchema]);

export type StyleRequest = z.infer<typeof styleRequestSchema>;
export type DreamRequest = z.infer<typeof dreamRequestSchema>;
/** A request with its defaults filled in. */
export type RenderRequest = z.infer<typeof renderRequestSchema>;
/** A request as it is asked: what has a default may be left out. */
export type RenderRequestInput = z.input<typeof renderRequestSchema>;

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
  /** The layer a dream amplifies. */
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
  readonly plan: Plan;
  readonly trace: Trace;
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
  /** Every layer that can be named, in order. */
  readonly taps: readonly string[];
  /** The layers worth offering to a person, and the one taken by default. */
  readonly dreams: { readonly layer: string; readonly offered: readonly TapSummary[] };
}

export interface Capabilities {
  readonly engine: string;
  readonly device: string;
  /** Why this engine on this device. */
  readonly reason: string;
  readonly networks: readonly NetworkSummary[];
  /** The network each command takes when none is named: the best one present. */
  readonly defaults: { readonly style: NetworkName; readonly dream: NetworkName };
}

export interface RenderOptions {
  /** The run stops within one step of an abort and rejects with code `aborted`. */
  readonly signal?: AbortSignal;
  /** Called after every step. A frame's picture belongs to the receiver. */
  readonly onFrame?: (frame: Frame) => void;
}

/** Image → image, wherever the work is done: in this thread, in a worker thread, on another machine. */
export interface Renderer {
  capabilities(): Promise<Capabilities>;
  /** Reads the header of a picture file. Throws `image-unknown-type`, `image-too-large`, `image-broken`. */
  inspect(bytes: Uint8Array): Promise<ImageInfo>;
  /** Checks a request and says what it will do. Throws the same errors as `render` would before its first step. */
  plan(request: RenderRequestInput): Promise<Plan>;
  render(request: RenderRequestInput, options?: RenderOptions): Promise<RenderResult>;
  /** A small JPEG of an intermediate frame, longest side at most 512 pixels. */
  preview(picture: Raster): Promise<EncodedImage>;
  /** The finest file of at most `maxBytes`: PNG, else WebP, else JPEG, else smaller. */
  encode(picture: Raster, limit: { readonly maxBytes: number }): Promise<EncodedImage>;
  close(): Promise<void>;
}
