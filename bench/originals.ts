import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { modelsDir } from './models.js';

/** Imports full-size weight files that Python wrote and compares the values. Needs h5py and numpy. */
export function originals(): void {
  const script = fileURLToPath(new URL('peers/originals.py', import.meta.url));
  spawnSync(process.env.REVERIE_PYTHON ?? 'python3', [script, modelsDir], { stdio: 'inherit' });
}
