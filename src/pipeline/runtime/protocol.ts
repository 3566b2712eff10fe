/** The messages between the renderer's two halves: the thread that asks and the worker thread that computes. */
import type { ErrorCode, ErrorDetails } from '../../errors.js';
import type { Frame, RenderResult } from '../renderer.js';
import type { RenderRequestInput } from '../requests.js';

export type ToWorker =
  | { readonly type: 'render'; readonly id: number; readonly request: RenderRequestInput }
  | { readonly type: 'abort'; readonly id: number }
  /** Abort what runs, wait for it, and let the thread end. */
  | { readonly type: 'end' };

export interface Failure {
  readonly code: ErrorCode;
  readonly sentence: string;
  readonly details: ErrorDetails;
  /** For the log. */
  readonly cause: string;
}

export type FromWorker =
  | { readonly type: 'frame'; readonly id: number; readonly frame: Frame }
  | { readonly type: 'warning'; readonly id: number; readonly sentence: string }
  /** The run goes on, though it has nothing to show yet. */
  | { readonly type: 'active'; readonly id: number }
  | { readonly type: 'done'; readonly id: number; readonly result: RenderResult }
  | { readonly type: 'failed'; readonly id: number; readonly failure: Failure };
