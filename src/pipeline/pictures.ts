/** Pictures as they enter and leave the pipeline. Types only. */

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

/** What the header of a picture file says, before its pixels are decoded. Sizes are after EXIF rotation. */
export interface ImageInfo {
  readonly format: string;
  readonly width: number;
  readonly height: number;
  /** 1 unless it is animated. */
  readonly frames: number;
}

/** The same, and whether transparency will be lost in a result. */
export interface PictureInfo extends ImageInfo {
  /** Some of its pixels are transparent; an alpha channel alone does not count. */
  readonly transparent: boolean;
}
