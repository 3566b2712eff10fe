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
  readonly format: 'png' | 'jpeg' | 'webp' | 'gif' | 'avif' | 'tiff';
  readonly width: number;
  readonly height: number;
}

/** What a look at a picture file's header tells, before its pixels are decoded. Sizes are after EXIF rotation. */
export interface ImageInfo {
  readonly format: string;
  readonly width: number;
  readonly height: number;
  /** 1 unless it is animated. */
  readonly frames: number;
}

/** What of a picture file does not reach a result, beside its size. */
export interface PictureInfo extends ImageInfo {
  /** Parts of it are see-through, not only its format able to be. */
  readonly transparent: boolean;
}

export const NETWORK_NAMES = ['mini', 'vgg19', 'googlenet', 'inception_v3', 'squeezenet'] as const;
export type NetworkName = (typeof NETWORK_NAMES)[number];

export const ENGINE_NAMES = ['onnx', 'tensorflow'] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

export const DEVICE_NAMES = ['cuda', 'webgpu', 'coreml', 'dml', 'cpu'] as const;
export type DeviceName = (typeof DEVICE_NAMES)[number];

/** Longest side of a result, in pixels. */
export const SIZE_RANGE = { min: 64, max: 4096, default: 512 } as const;
/** Step length of the normalised ascent, on the 0–255 scale. */
export const STRENGTH_RANGE = { min: 0.1, max: 10, default: 1.5 } as const;
/** Size of the brush: the style picture's size over the result's. */
export const STYLE_SCALE_RANGE = { min: 0.1, max: 4, default: 1 } as const;
/** Weights of the content and the style loss. */
export const WEIGHT_RANGE = { min: 0, max: 1e4 } as const;
export const OCTAVES_RANGE = { min: 1, max: 10, default: 4 } as const;
/** Side of one channel's picture, in pixels. */
export const CHANNEL_SIZE_RANGE = { min: SIZE_RANGE.min, max: 1024, default: 192 } as const;
export const LAYER_NAME_MAX = 80;
export const SEED_MAX = 0xffff_ffff;
export const STYLES_MAX = 8;

const file = z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'a picture file is wanted');
const size = z.number().int().min(SIZE_RANGE.min).max(SIZE_RANGE.max).default(SIZE_RANGE.default);
const seed = z.number().int().min(0).max(SEED_MAX).default(0);
const network = z.enum(NETWORK_NAMES).optional();
const tap = z.string().min(1).max(LAYER_NAME_MAX);
const weight = z.number().min(0).max(1e6);

export const styleRequestSchema = z
  .strictObject({
    kind: z.literal('style'),
    /** The picture to repaint: an encoded file. Without it a texture of the style is made. */
    content: file.optional(),
    /** The pictures whose manner is taken. None: the content is reconstructed from its activations alone. */
    styles: z
      .array(
        z.strictObject({
          image: file,
          /** Its share among styles without masks; they are made to add up to 1. */
          weight: weight.default(1),
          /** A grey picture laid over the content: white where this style goes. Either all styles have one or none. */
          mask: file.optional(),
        }),
      )
      .max(STYLES_MAX)
      .default([]),
    network,
    /** Longest side of the result in pixels; the content's aspect ratio is kept. */
    size,
    /** Weight of the content loss, α. */
    alpha: z.number().min(WEIGHT_RANGE.min).max(WEIGHT_RANGE.max).default(1),
    /** Weight of the style loss, β. */
    beta: z.number().min(WEIGHT_RANGE.min).max(WEIGHT_RANGE.max).default(10),
    /** Weight of the total variation, γ: large values make large flat areas. */
    gamma: z.number().min(0).max(1e4).default(0),
    /** Distance between the statistics of the layers: Gram matrices, or Wasserstein-2 between Gaussians. */
    loss: z.enum(['gram', 'wasserstein']).default('gram'),
    /** The style layers and their weights w_l, made to add up to 1; without it the network's own. */
    layers: z.record(tap, weight).optional(),
    /** The layer that keeps the content; without it the network's own. */
    contentLayer: tap.optional(),
    /** How the network pools; without it as it did when it was trained. */
    pooling: z.enum(['average', 'max']).optional(),
    /** Where the optimisation starts; a picture file may be given instead. */
    init: z.union([z.enum(['content', 'style', 'noise']), file]).optional(),
    /** Size of the brush: 2 paints with strokes twice as large as in the style picture at the result's size. */
    styleScale: z
      .number()
      .min(STYLE_SCALE_RANGE.min)
      .max(STYLE_SCALE_RANGE.max)
      .default(STYLE_SCALE_RANGE.default),
    /** Colours of the result: the style's; the content's by its own chroma; the content's by recolouring the style first. */
    colour: z.enum(['style', 'luminance', 'match']).default('style'),
    optimiser: z.enum(['adam', 'lbfgs']).default('adam'),
    /** What is optimised: a pyramid of levels or Fourier coefficients, in decorrelated colours, or the pixels themselves. */
    parametrisation: z.enum(['pyramid', 'fourier', 'pixels']).default('pyramid'),
    /** Steps over all scales; without it the network's own schedule. */
    steps: z.number().int().min(1).max(5000).optional(),
    seed,
  })
  .refine(
    ({ content, styles }) => content !== undefined || styles.length > 0,
    'a content or a style picture is wanted',
  )
  .refine(({ styles }) => new Set(styles.map((s) => s.mask !== undefined)).size < 2, {
    path: ['styles'],
    message: 'either every style has a mask or none has',
  });

/** What a dream climbs: a layer, or some of its channels. */
const targetSchema = z.strictObject({
  /** The layer by its original name; a classifier's layer has one channel for each class. */
  layer: tap,
  weight: z.number().min(-1e6).max(1e6).default(1),
  /** First and last channel, from 0; without it all of them. */
  channels: z
    .tuple([z.number().int().min(0), z.number().int().min(0)])
    .refine(([from, to]) => from <= to, 'the first channel comes first')
    .optional(),
});

export const dreamRequestSchema = z.strictObject({
  kind: z.literal('dream'),
  /** The picture to dream on: an encoded file. */
  image: file,
  network,
  /** What is amplified; without it the network's favourite layer. */
  targets: z.array(targetSchema).min(1).max(16).optional(),
  /** ½‖a‖² favours what is there already; the mean favours every activation alike. */
  objective: z.enum(['energy', 'mean']).default('energy'),
  /** A picture whose features the dream goes for. */
  guide: file.optional(),
  /** How: each position goes for the guide's best match, or each channel counts as much as it does in the guide. */
  guidance: z.enum(['match', 'channels']).default('match'),
  octaves: z.number().int().min(OCTAVES_RANGE.min).max(OCTAVES_RANGE.max).default(OCTAVES_RANGE.default),
  octaveRatio: z.number().min(1.1).max(3).default(1.4),
  /** Steps per octave. */
  steps: z.number().int().min(1).max(500).default(10),
  strength: z.number().min(STRENGTH_RANGE.min).max(STRENGTH_RANGE.max).default(STRENGTH_RANGE.default),
  /** Largest shift of the picture before a step, in pixels. */
  jitter: z.number().int().min(0).max(512).default(32),
  smoothing: z.enum(['none', 'laplacian', 'gaussian']).default('none'),
  /** Dreams on its own result again and again, each time a little closer: an animation. */
  zoom: z
    .strictObject({
      frames: z.number().int().min(2).max(120).default(24),
      /** Growth from frame to frame. */
      factor: z.number().min(1).max(1.5).default(1.05),
    })
    .optional(),
  size,
  seed,
});

export const visualiseRequestSchema = z
  .strictObject({
    kind: z.literal('visualise'),
    network,
    /** Without it the network's favourite layer. */
    layer: tap.optional(),
    /** First and last channel, from 0: one channel fills the picture, several make a contact sheet. */
    channels: z.tuple([z.number().int().min(0), z.number().int().min(0)]).optional(),
    /** A picture whose activations at the layer are shown, instead of what the channels dream of. */
    image: file.optional(),
    /** Side of one channel's picture; a contact sheet is as large as it gets. */
    size: z
      .number()
      .int()
      .min(CHANNEL_SIZE_RANGE.min)
      .max(CHANNEL_SIZE_RANGE.max)
      .default(CHANNEL_SIZE_RANGE.default),
    steps: z.number().int().min(1).max(2048).default(64),
    seed,
  })
  .refine(({ channels }) => !channels || (channels[0] <= channels[1] && channels[1] - channels[0] < 64), {
    path: ['channels'],
    message: 'one to 64 channels, the first one first',
  });

export const renderRequestSchema = z.discriminatedUnion('kind', [
  styleRequestSchema,
  dreamRequestSchema,
  visualiseRequestSchema,
]);

export type StyleRequest = z.infer<typeof styleRequestSchema>;
export type DreamRequest = z.infer<typeof dreamRequestSchema>;
export type VisualiseRequest = z.infer<typeof visualiseRequestSchema>;
export type Target = z.infer<typeof targetSchema>;
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
