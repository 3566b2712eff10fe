/** Pictures as they enter and leave the pipeline. Types only. */

/** An 8-bit RGB picture: `data` holds height × width × 3 bytes, row by row, channels interleaved. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** How the frames of an animation follow one another. */
export interface Timing {
  /** How long each frame is shown, in milliseconds. */
  readonly delays: readonly number[];
  /** How often the animation plays; 0 for ever. */
  readonly loop: number;
}

/** Pictures that are shown one after the other. */
export interface Animation extends Timing {
  readonly frames: readonly Raster[];
}

/** An encoded picture file. */
export interface EncodedImage {
  readonly bytes: Uint8Array;
  readonly format: 'png' | 'jpeg' | 'webp' | 'gif' | 'avif' | 'tiff';
  readonly width: number;
  readonly height: number;
}

/** What the header of a picture file says, before its pixels are decoded. Sizes are after EXIF rotation. */
export interface ImageInfo {
  readonly format: string;
  readonly width: number;
  readonly height: number;
  /** 1 for a still picture. */
  readonly frames: number;
  /** More than its first frame can be decoded: a GIF or WebP of several frames, but not an animated PNG. */
  readonly animated: boolean;
}

/** The same, and whether transparency will be lost in a result. */
export interface PictureInfo extends ImageInfo {
  /** Some of its pixels are transparent; an alpha channel alone does not count. */
  readonly transparent: boolean;
}
