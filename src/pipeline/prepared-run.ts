/**
 * A request that is ready to be rendered: everything is decided and checked. Plain data that can be cloned, stored, or
 * sent to another thread or machine. Types only.
 */
import type { Timing } from './pictures.js';
import type { DreamRequest, ModelName, NetworkName, RenderRequest, StyleRequest } from './requests.js';

/** The SHA-256 of a picture file, as 64 hexadecimal digits. */
export type PictureHash = string;

/** Picture files, and the files of taught styles, by their hash. */
export type PictureFiles = ReadonlyMap<PictureHash, Uint8Array>;

/** The same data with `{ sha256 }` in place of every picture file. */
export type WithoutPictures<T> = T extends Uint8Array
  ? { readonly sha256: PictureHash }
  : T extends object
    ? { readonly [K in keyof T]: WithoutPictures<T[K]> }
    : T;

/** In pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** One scale (an octave, a frame of a zoom, one channel's picture): its size, and how many steps are spent on it. */
export interface Scale extends Size {
  readonly steps: number;
}

/** A summary of what a request will do, for members, limits and estimates. */
export interface Plan {
  readonly kind: RenderRequest['kind'];
  /** How a style is made; absent in other kinds. */
  readonly technique?: StyleRequest['technique'];
  readonly network: ModelName;
  /** The layer a dream amplifies or a visualisation shows; several are joined by ' + '. */
  readonly layer?: string;
  /** Size of the result in pixels. */
  readonly width: number;
  readonly height: number;
  readonly scales: number;
  readonly steps: number;
  /** How many frames of an animated content are painted; absent where the content is, or counts as, a still picture. */
  readonly frames?: number;
  /** Multiply-adds of the whole run: comparable between requests, proportional to the time it takes. */
  readonly cost: number;
}

interface Prepared {
  readonly plan: Plan;
  /** Seeds everything random in the run. */
  readonly seed: number;
  /** Everything the run goes through, in order; steps are counted over all of them. */
  readonly scales: readonly Scale[];
  /** The request with its defaults filled in and its pictures as `{ sha256 }`: what the trace records. */
  readonly request: WithoutPictures<RenderRequest>;
}

/** A style picture. */
export interface PreparedStylePicture {
  readonly picture: PictureHash;
  /** Its share: relative to the other styles, or to its own mask's area where there are masks. */
  readonly weight: number;
  readonly mask?: PictureHash;
  /** The size at which its statistics are measured, for each scale of the result. */
  readonly sizes: readonly Size[];
}

/** One pass of swift over a content picture. */
export interface InstantPass extends Size {
  readonly content: PictureHash;
  /** The style pictures and the size at which each is read. Either all have a mask or none has. */
  readonly styles: readonly (Pick<PreparedStylePicture, 'picture' | 'weight' | 'mask'> &
    Size & {
      /** The file of the taught style, if it was taught. */
      readonly taught?: PictureHash;
    })[];
  /** How far the content's own style is replaced: 0 not at all, 1 wholly, more exaggerates. */
  readonly strength: number;
  readonly colour: StyleRequest['colour'];
}

export interface PreparedInstant extends Prepared {
  readonly kind: 'instant';
  /** Its size is that at which the network runs; the result is resized to the size of the only scale. */
  readonly pass: InstantPass;
  /** The frames of an animated content that are painted, a step each; absent for a still one. */
  readonly animation?: Timing & { readonly indices: readonly number[] };
}

export interface PreparedStyle extends Prepared {
  readonly kind: 'style';
  readonly network: NetworkName;
  readonly pooling: NonNullable<StyleRequest['pooling']>;
  /** The content picture, where there is one: for its content, its colours, or both. */
  readonly content?: PictureHash;
  /** The layer that keeps the content; absent where the content loss is left out. */
  readonly contentTap?: string;
  /** The style layers and their weights w_l, which add up to 1; empty where the style loss is left out. */
  readonly styleTaps: readonly { readonly tap: string; readonly weight: number }[];
  /** The style pictures; empty where the style loss is left out. Either all have a mask or none has. */
  readonly styles: readonly PreparedStylePicture[];
  /** Weight of the content loss, of the style loss, and of the total variation. */
  readonly alpha: number;
  readonly beta: number;
  readonly gamma: number;
  readonly loss: StyleRequest['loss'];
  readonly colour: StyleRequest['colour'];
  readonly parametrisation: NonNullable<StyleRequest['parametrisation']>;
  readonly optimiser: NonNullable<StyleRequest['optimiser']>;
  /** Where the optimisation starts: a pass of swift or a picture; without it from noise. */
  readonly start?: InstantPass | PictureHash;
}

export interface PreparedDream extends Prepared {
  readonly kind: 'dream';
  readonly network: NetworkName;
  readonly picture: PictureHash;
  readonly targets: NonNullable<DreamRequest['targets']>;
  readonly objective: DreamRequest['objective'];
  /** A picture whose features guide the dream, its own size, and how it guides. */
  readonly guide?: Size & { readonly picture: PictureHash; readonly by: DreamRequest['guidance'] };
  /** Step length on the 0–255 scale. */
  readonly strength: number;
  /** Largest shift of the picture before a step, in pixels. */
  readonly jitter: number;
  readonly smoothing: DreamRequest['smoothing'];
  /** The octaves, smallest first. */
  readonly octaves: readonly Scale[];
  /** The frames of a zoom after the first, each as one octave at full size, and the growth from frame to frame. */
  readonly zoom?: { readonly frames: readonly Scale[]; readonly factor: number };
}

export interface PreparedVisualise extends Prepared {
  readonly kind: 'visualise';
  readonly network: NetworkName;
  readonly layer: string;
  /** The channels to show, in order. */
  readonly channels: readonly number[];
  /** A picture whose activations are shown, instead of what the channels respond to. */
  readonly picture?: PictureHash;
}

export interface PreparedSheet extends Prepared {
  readonly kind: 'sheet';
  /** The passes, one for each cell. */
  readonly cells: readonly InstantPass[];
  /** Size of a cell; its picture may be smaller. */
  readonly cell: Size;
}

export interface PreparedTeach extends Prepared {
  readonly kind: 'teach';
  /** The network that judges. */
  readonly network: NetworkName;
  readonly contentTap: string;
  readonly styleTaps: readonly string[];
  /** The style picture and the size at which it is read. */
  /** At the size at which its code is read. */
  readonly style: Size & { readonly picture: PictureHash };
  /** The size of the style picture that the losses compare with. */
  readonly targetSize: Size;
  /** The pictures to practise on, in sides that are multiples of swift's grid. */
  readonly contents: readonly (Size & { readonly picture: PictureHash })[];
}

export type PreparedRun =
  PreparedStyle | PreparedInstant | PreparedDream | PreparedVisualise | PreparedSheet | PreparedTeach;

/** A run and the picture files that it refers to. */
export interface PreparedRequest {
  readonly run: PreparedRun;
  readonly pictures: PictureFiles;
}
