/** The requests that the pipeline takes: their schemas, ranges and defaults. */
import { z } from 'zod';

export const NETWORK_NAMES = ['mini', 'vgg19', 'googlenet', 'inception_v3', 'squeezenet'] as const;
export type NetworkName = (typeof NETWORK_NAMES)[number];

/** The feed-forward network, which paints but has no layers to dream of or to measure losses on. */
export const GENERATOR = 'swift';
/** Every network that has weights. */
export type ModelName = NetworkName | 'swift';

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
/** Side of one cell of a sheet, in pixels. */
export const CELL_SIZE_RANGE = { min: 96, max: 512, default: 256 } as const;
export const SHEET_CONTENTS_MAX = 10;
export const SHEET_STYLES_MAX = 9;
export const LAYER_NAME_MAX = 80;
/** Side of the pictures that a style is taught on, in pixels. */
export const TEACHING_SIZE_RANGE = { min: 128, max: 512, default: 384 } as const;
export const TEACHING_CONTENTS_MAX = 8;
export const SEED_MAX = 0xffff_ffff;
export const STYLES_MAX = 8;

const file = z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'must be a picture file');
const size = z.number().int().min(SIZE_RANGE.min).max(SIZE_RANGE.max).default(SIZE_RANGE.default);
const seed = z.number().int().min(0).max(SEED_MAX).default(0);
const network = z.enum(NETWORK_NAMES).optional();
const tap = z.string().min(1).max(LAYER_NAME_MAX);
const weight = z.number().min(0).max(1e6);
/** Weights of the content loss, α, and of the style loss, β. */
const lossWeights = {
  alpha: z.number().min(WEIGHT_RANGE.min).max(WEIGHT_RANGE.max).default(1),
  beta: z.number().min(WEIGHT_RANGE.min).max(WEIGHT_RANGE.max).default(10),
};

export const styleRequestSchema = z
  .strictObject({
    kind: z.literal('style'),
    /** The picture to repaint: an encoded file. Without it a texture of the style is made. */
    content: file.optional(),
    /** The style pictures. Without any the content is reconstructed from its activations alone. */
    styles: z
      .array(
        z.strictObject({
          image: file,
          /** Its share among styles without masks; the shares are normalised to add up to 1. */
          weight: weight.default(1),
          /** A grey picture laid over the content: white where this style goes. Either all styles have one or none. */
          mask: file.optional(),
          /** The result of a `teach` request for this picture: instant pictures are then closer to the style. */
          taught: file.optional(),
        }),
      )
      .max(STYLES_MAX)
      .default([]),
    /** Minimises the losses in many steps, or paints in one pass of swift. */
    technique: z.enum(['optimise', 'instant']).default('optimise'),
    /** The network that is optimised with; without it the best one for this kind of request whose weights are present. */
    network,
    /** Longest side of the result in pixels; the content's aspect ratio is kept. */
    size,
    ...lossWeights,
    /** Weight of the total variation, γ: large values make large flat areas. */
    gamma: z.number().min(0).max(1e4).default(0),
    /** Distance between the statistics of the layers: Gram matrices, or Wasserstein-2 between Gaussians. */
    loss: z.enum(['gram', 'wasserstein']).default('gram'),
    /** The style layers and their weights w_l, normalised to add up to 1; by default the network's own. */
    layers: z.record(tap, weight).optional(),
    /** The layer of the content loss; by default the network's own. */
    contentLayer: tap.optional(),
    /** How the network pools; by default as when it was trained. */
    pooling: z.enum(['average', 'max']).optional(),
    /** Where the optimisation starts: by default with an instant picture; a picture file may be given instead. */
    init: z.union([z.enum(['instant', 'content', 'style', 'noise']), file]).optional(),
    /** Size of the brush: 2 paints with strokes twice as large as in the style picture at the result's size. */
    styleScale: z
      .number()
      .min(STYLE_SCALE_RANGE.min)
      .max(STYLE_SCALE_RANGE.max)
      .default(STYLE_SCALE_RANGE.default),
    /** Colours of the result: the style's, the content's chroma, or the content's by recolouring the style first. */
    colour: z.enum(['style', 'luminance', 'match']).default('style'),
    /** By default the one that suits the network and the start, like the parametrisation and the steps. */
    optimiser: z.enum(['adam', 'lbfgs']).optional(),
    /** What is optimised: a pyramid of levels or Fourier coefficients, in decorrelated colours, or the pixels themselves. */
    parametrisation: z.enum(['pyramid', 'fourier', 'pixels']).optional(),
    /** Steps over all scales; without it those of the schedule for the network and the start, times the quality's factor. */
    steps: z.number().int().min(1).max(5000).optional(),
    quality: z.enum(['draft', 'normal', 'fine']).default('normal'),
    /** Equal requests with equal seeds give equal pictures on the same engine and device. */
    seed,
  })
  .refine(
    ({ content, styles }) => content !== undefined || styles.length > 0,
    'a content picture, a style picture or both are required',
  )
  .refine(({ styles }) => new Set(styles.map((s) => s.mask !== undefined)).size < 2, {
    path: ['styles'],
    message: 'either every style or no style must have a mask',
  });

/** What a dream amplifies: a layer, or some of its channels. */
const targetSchema = z.strictObject({
  /** The layer by its original name; a classifier's layer has one channel for each class. */
  layer: tap,
  weight: z.number().min(-1e6).max(1e6).default(1),
  /** First and last channel, from 0; without it all of them. */
  channels: z
    .tuple([z.number().int().min(0), z.number().int().min(0)])
    .refine(([from, to]) => from <= to, 'the first channel must not be greater than the last')
    .optional(),
});

export const dreamRequestSchema = z.strictObject({
  kind: z.literal('dream'),
  /** The picture to turn into a dream: an encoded file. */
  image: file,
  /** Without it the best network for this kind of request whose weights are present. */
  network,
  /** What is amplified; by default the network's default layer. */
  targets: z.array(targetSchema).min(1).max(16).optional(),
  /** ½‖a‖² favours what is there already; the mean favours every activation alike. */
  objective: z.enum(['energy', 'mean']).default('energy'),
  /** A picture whose features the dream is steered towards. */
  guide: file.optional(),
  /** How it is steered: each position towards the guide's most similar one, or each channel weighted as in the guide. */
  guidance: z.enum(['match', 'channels']).default('match'),
  /** Sizes that the dream goes through, from small to large. */
  octaves: z.number().int().min(OCTAVES_RANGE.min).max(OCTAVES_RANGE.max).default(OCTAVES_RANGE.default),
  /** Growth of the picture from octave to octave. */
  octaveRatio: z.number().min(1.1).max(3).default(1.4),
  /** Steps per octave. */
  steps: z.number().int().min(1).max(500).default(10),
  /** Step length of the normalised ascent, on the 0–255 scale. */
  strength: z.number().min(STRENGTH_RANGE.min).max(STRENGTH_RANGE.max).default(STRENGTH_RANGE.default),
  /** Largest shift of the picture before a step, in pixels. */
  jitter: z.number().int().min(0).max(512).default(32),
  /** How the gradient is smoothed before a step. */
  smoothing: z.enum(['none', 'laplacian', 'gaussian']).default('none'),
  /** Dreams on its own result again and again, each time a little closer: an animation. */
  zoom: z
    .strictObject({
      frames: z.number().int().min(2).max(120).default(24),
      /** Growth from frame to frame. */
      factor: z.number().min(1).max(1.5).default(1.05),
    })
    .optional(),
  /** Longest side of the result in pixels; the picture's aspect ratio is kept. */
  size,
  /** Equal requests with equal seeds give equal pictures on the same engine and device. */
  seed,
});

export const visualiseRequestSchema = z
  .strictObject({
    kind: z.literal('visualise'),
    /** Without it the best network for this kind of request whose weights are present. */
    network,
    /** By default the network's default layer. */
    layer: tap.optional(),
    /** First and last channel, from 0: one channel fills the picture, several make a contact sheet. */
    channels: z.tuple([z.number().int().min(0), z.number().int().min(0)]).optional(),
    /** A picture whose activations at the layer are shown, instead of what the channels respond to. */
    image: file.optional(),
    /** Side of one channel's picture; a contact sheet is as large as its cells make it. */
    size: z
      .number()
      .int()
      .min(CHANNEL_SIZE_RANGE.min)
      .max(CHANNEL_SIZE_RANGE.max)
      .default(CHANNEL_SIZE_RANGE.default),
    /** Optimisation steps for each channel. */
    steps: z.number().int().min(1).max(2048).default(64),
    /** Equal requests with equal seeds give equal pictures on the same engine and device. */
    seed,
  })
  .refine(({ channels }) => !channels || (channels[0] <= channels[1] && channels[1] - channels[0] < 64), {
    path: ['channels'],
    message: 'must be a range of 1 to 64 channels',
  });

export const sheetRequestSchema = z
  .strictObject({
    kind: z.literal('sheet'),
    /** The pictures to repaint: encoded files. Either one picture is painted in several styles, or several in one. */
    contents: z.array(file).min(1).max(SHEET_CONTENTS_MAX),
    styles: z
      .array(z.strictObject({ image: file, taught: file.optional() }))
      .min(1)
      .max(SHEET_STYLES_MAX),
    /** Side of one cell; each picture keeps its aspect ratio in its cell. */
    size: z.number().int().min(CELL_SIZE_RANGE.min).max(CELL_SIZE_RANGE.max).default(CELL_SIZE_RANGE.default),
    ...lossWeights,
    /** Recorded like that of other requests; a sheet has nothing random. */
    seed,
  })
  .refine(({ contents, styles }) => contents.length === 1 || styles.length === 1, {
    path: ['styles'],
    message: 'several pictures can be painted in one style only',
  });

export const teachRequestSchema = z.strictObject({
  kind: z.literal('teach'),
  /** The style picture to teach swift. */
  style: file,
  /** Pictures to practise on, of different kinds. The first is shown. */
  contents: z.array(file).min(1).max(TEACHING_CONTENTS_MAX),
  /** The network that judges; without it the best one for styles whose weights are present. */
  network,
  /** Longest side of the pictures that are practised on. */
  size: z
    .number()
    .int()
    .min(TEACHING_SIZE_RANGE.min)
    .max(TEACHING_SIZE_RANGE.max)
    .default(TEACHING_SIZE_RANGE.default),
  /** Steps over all pictures, one picture each. */
  steps: z.number().int().min(1).max(5000).default(120),
  /** Recorded like that of other requests; teaching has nothing random. */
  seed,
});

export const renderRequestSchema = z.discriminatedUnion('kind', [
  styleRequestSchema,
  dreamRequestSchema,
  visualiseRequestSchema,
  sheetRequestSchema,
  teachRequestSchema,
]);

/**
 * Repaints a picture in the style of others, with its defaults filled in.
 *
 * @interface
 */
export type StyleRequest = z.infer<typeof styleRequestSchema>;
/**
 * Amplifies what a layer of a network sees in a picture, with its defaults filled in.
 *
 * @interface
 */
export type DreamRequest = z.infer<typeof dreamRequestSchema>;
/**
 * Shows what channels of a network respond to, with its defaults filled in.
 *
 * @interface
 */
export type VisualiseRequest = z.infer<typeof visualiseRequestSchema>;
/**
 * Paints a picture in several styles, or several pictures in one style, as a sheet of small pictures.
 *
 * @interface
 */
export type SheetRequest = z.infer<typeof sheetRequestSchema>;
/**
 * Teaches swift one style better than it knows it by itself, with its defaults filled in.
 *
 * @interface
 */
export type TeachRequest = z.infer<typeof teachRequestSchema>;
/**
 * What a dream amplifies: a layer, or some of its channels.
 *
 * @interface
 */
export type Target = z.infer<typeof targetSchema>;
/** A request with its defaults filled in. */
export type RenderRequest = StyleRequest | DreamRequest | VisualiseRequest | SheetRequest | TeachRequest;

/**
 * A style request as it is asked: what has a default may be left out.
 *
 * @interface
 */
export type StyleRequestInput = z.input<typeof styleRequestSchema>;
/**
 * A dream request as it is asked: what has a default may be left out.
 *
 * @interface
 */
export type DreamRequestInput = z.input<typeof dreamRequestSchema>;
/**
 * A visualise request as it is asked: what has a default may be left out.
 *
 * @interface
 */
export type VisualiseRequestInput = z.input<typeof visualiseRequestSchema>;
/**
 * A sheet request as it is asked: what has a default may be left out.
 *
 * @interface
 */
export type SheetRequestInput = z.input<typeof sheetRequestSchema>;
/**
 * A teach request as it is asked: what has a default may be left out.
 *
 * @interface
 */
export type TeachRequestInput = z.input<typeof teachRequestSchema>;
/** A request as it is asked: what has a default may be left out. */
export type RenderRequestInput =
  StyleRequestInput | DreamRequestInput | VisualiseRequestInput | SheetRequestInput | TeachRequestInput;
