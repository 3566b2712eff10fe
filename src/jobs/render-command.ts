import type { PreparedRequest } from '../pipeline/renderer.js';
import type { RenderRequestInput, StyleRequestInput } from '../pipeline/requests.js';

/**
 * A field of the result's embed, not translated yet.
 *
 * @property name its translation is under `field.…`
 * @property value shown as it is, or translated under `choice.<name>.…`
 */
export interface Field {
  readonly name: string;
  readonly value: string;
}

/**
 * A note on how the request was carried out, shown below the result. Not translated yet.
 *
 * @property key its translation is under `remark.…`
 * @property values shown as they are, or translated under `choice.<name>.…`
 */
export interface Remark {
  readonly key: string;
  readonly values?: Readonly<Record<string, string | number>>;
}

/** How a picture that is chosen from a sheet is painted: what was asked for beside its content, style and weights. */
export type ChosenOptions = Partial<
  Pick<StyleRequestInput, 'size' | 'styleScale' | 'colour' | 'network' | 'technique' | 'quality' | 'seed'>
>;

/** A request that is ready to become a job. */
export interface RenderCommand {
  readonly kind: 'render';
  readonly request: RenderRequestInput;
  readonly prepared: PreparedRequest;
  readonly fields: readonly Field[];
  /** The titles of the styles, in their order. */
  readonly styles: readonly string[];
  readonly remarks?: readonly Remark[];
  /** A picture was attached as a spoiler, so the result is a spoiler too. */
  readonly spoiler: boolean;
  /** Of a sheet. */
  readonly chosen?: ChosenOptions;
  /** The id of the job whose result this one is made from. */
  readonly parent?: string;
}
