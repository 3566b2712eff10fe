/** The messages between the thread that asks for renders and the worker thread that computes them. Types only. */
import type { ErrorCode, ErrorDetails } from '../../errors.js';
import type { PreparedRequest } from '../prepared-run.js';
import type { Checkpoint, Frame, RenderResult } from '../renderer.js';
import type { EngineStatus } from './capabilities.js';
import type { Attempt } from './retry.js';

export type ToWorker =
  /** Answered by `engine`, or by `failed` with the same id. */
  | { readonly type: 'engine'; readonly id: number }
  /** Answered by `done` or `failed` with the same id. */
  | {
      readonly type: 'render';
      readonly id: number;
      readonly prepared: PreparedRequest;
      readonly attempt: Attempt;
      readonly checkpoint: Checkpoint | undefined;
    }
  | { readonly type: 'abort'; readonly id: number }
  /** Abort what runs, wait until it is over, and let the thread end. */
  | { readonly type: 'end' };

/** An error as it crosses the border between threads. */
export interface Failure {
  readonly code: ErrorCode;
  readonly sentence: string;
  readonly details: ErrorDetails;
  /** For the log. */
  readonly cause: string;
}

export type FromWorker =
  /** Which engine the thread runs on. Without an id it was not asked for: the thread has fallen back to another. */
  | { readonly type: 'engine'; readonly id?: number; readonly status: EngineStatus }
  | { readonly type: 'frame'; readonly id: number; readonly frame: Frame }
  /** The run is alive, though it has nothing to show yet. */
  | { readonly type: 'active'; readonly id: number }
  | { readonly type: 'warning'; readonly id: number; readonly sentence: string }
  | { readonly type: 'done'; readonly id: number; readonly result: RenderResult }
  | { readonly type: 'failed'; readonly id: number; readonly failure: Failure };
