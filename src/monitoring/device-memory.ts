import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const TIMEOUT_MS = 2000;

/**
 * Bytes that all programs use on this machine's NVIDIA GPUs, as the driver reports them; undefined without such a driver.
 * The inference runtimes do not report their own use.
 */
export async function deviceMemory(): Promise<number | undefined> {
  try {
    const query = ['--query-gpu=memory.used', '--format=csv,noheader,nounits'];
    const { stdout } = await promisify(execFile)('nvidia-smi', query, { timeout: TIMEOUT_MS });
    const mebibytes = stdout.trim().split('\n').map(Number);
    const sum = mebibytes.reduce((a, b) => a + b, 0) * 2 ** 20;
    return Number.isFinite(sum) ? sum : undefined;
  } catch {
    return undefined;
  }
}
