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
