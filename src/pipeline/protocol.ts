/** The messages between the renderer's two halves: the thread that asks and the worker thread that computes. */
import type { ErrorCode, ErrorDetails } from '../errors.js';
import type { Frame, RenderRequestInput, RenderResult } from './contract.js';

export type ToWorker =
  | { readonly type: 'render'; readonly id: number; readonly request: RenderRequestInput }
  | { readonly type: 'abort'; readonly id: number };

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
  | { readonly type: 'done'; readonly id: number; readonly result: RenderResult }
  | { readonly type: 'failed'; readonly id: number; readonly failure: Failure };
