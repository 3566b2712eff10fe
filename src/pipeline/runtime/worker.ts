/** The program of the worker thread. An engine's step blocks the thread that calls it, so it is not the main thread. */
import { parentPort, workerData } from 'node:worker_threads';
import { chooseEngine } from '../engines/choose-engine.js';
import { WeightStore } from '../networks/weight-store.js';
import { LocalRuntime, type PipelineOptions } from './local.js';
import { serve } from './serve.js';

const options = workerData as PipelineOptions;
const weightStore = new WeightStore(options.modelsDir);
serve(
  parentPort!,
  (onEngineChange) => new LocalRuntime(weightStore, () => chooseEngine(options), onEngineChange),
);
