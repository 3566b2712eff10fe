import { existsSync } from 'node:fs';

const SHARED = '../shared/weights';

/** Where the benchmark's networks lie. */
export const modelsDir = process.env.MODELS_DIR ?? (existsSync(SHARED) ? SHARED : 'data/models');
