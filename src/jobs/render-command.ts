import type { PreparedRequest } from '../pipeline/renderer.js';
import type { RenderRequestInput } from '../pipeline/requests.js';

/**
 * A line of the result's embed, in no language yet.
 *
 * @property name what the catalogue has under `field.…`
 * @property value as it is shown, or what the catalogue has under `choice.<name>.…`
 */
export interface Field {
  readonly name: string;
  readonly value: string;
}

/**
 * Something the person should know about how the request was carried out, shown under the result; in no language yet.
 *
 * @property key what the catalogue has under `remark.…`
 * @property values as they are shown, or what the catalogue has under `choice.<name>.…`
 */
export interface Remark {
  readonly key: string;
  readonly values?: Readonly<Record<string, string | number>>;
}

/** A picture to be rendered. */
export interface RenderCommand {
  readonly kind: 'render';
  readonly request: RenderRequestInput;
  readonly prepared: PreparedRequest;
  readonly fields: readonly Field[];
  /** What the styles are called, in their order. */
  readonly styles: readonly string[];
  readonly remarks?: readonly Remark[];
  /** The picture came hidden, so what becomes of it is hidden too. */
  readonly spoiler: boolean;
  /** The id of the job whose result this one goes on from. */
  readonly parent?: string;
}
