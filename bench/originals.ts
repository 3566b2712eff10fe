import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { modelsDir } from './models.js';

/** Originals as Python writes them, at full size, imported and compared: needs h5py and numpy. */
export function originals(): void {
  const script = fileURLToPath(new URL('peers/originals.py', import.meta.url));
  spawnSync(process.env.REVERIE_PYTHON ?? 'python3', [script, modelsDir], { stdio: 'inherit' });
}
