/** The program of a worker thread whose device fails: otherwise that of `runtime/worker.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { WeightStore } from '../src/pipeline/networks/weight-store.js';
import { LocalRuntime } from '../src/pipeline/runtime/local.js';
import { serve } from '../src/pipeline/runtime/serve.js';
import { failingDevice, type FailingDevice } from './failing-device.js';

const device = workerData as FailingDevice;
serve(
  parentPort!,
  (onEngineChange) =>
    new LocalRuntime(
      new WeightStore(undefined),
      () => Promise.resolve(failingDevice(device)),
      onEngineChange,
    ),
);
