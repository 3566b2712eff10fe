import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const PATIENCE_MS = 2000;

/**
 * Bytes in use on this machine's NVIDIA cards, of all programs, as their driver tells; undefined where it does not. The
 * runtimes themselves do not say what they hold.
 */
export async function deviceMemory(): Promise<number | undefined> {
  try {
    const query = ['--query-gpu=memory.used', '--format=csv,noheader,nounits'];
    const { stdout } = await promisify(execFile)('nvidia-smi', query, { timeout: PATIENCE_MS });
    const mebibytes = stdout.trim().split('\n').map(Number);
    const sum = mebibytes.reduce((a, b) => a + b, 0) * 2 ** 20;
    return Number.isFinite(sum) ? sum : undefined;
  } catch {
    return undefined;
  }
}
