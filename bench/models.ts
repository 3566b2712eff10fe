import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { TEST_DATA } from '../test/test-data.js';

const weights = fileURLToPath(new URL('weights', TEST_DATA));

/** The folder of the networks that the benchmarks use. */
export const modelsDir = process.env.MODELS_DIR ?? (existsSync(weights) ? weights : 'data/models');
