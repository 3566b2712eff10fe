/** ONNX Runtime's WebGPU provider, on a GPU or on the SwiftShader that comes with Debian's Chromium. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { onnx } from './engines.js';
import { computed, smallPrograms } from './small-programs.js';

const SWIFTSHADER = '/usr/lib/chromium';
const hasGpu = existsSync('/dev/dri') || existsSync('/dev/nvidia0') || process.platform !== 'linux';
const hasSwiftShader = existsSync(`${SWIFTSHADER}/vk_swiftshader_icd.json`);
const environment = hasGpu
  ? process.env
  : {
      ...process.env,
      VK_DRIVER_FILES: `${SWIFTSHADER}/vk_swiftshader_icd.json`,
      LD_LIBRARY_PATH: SWIFTSHADER,
    };

it.skipIf(!hasGpu && !hasSwiftShader)(
  'WebGPU computes what the CPU does (skipped where no Vulkan is: install chromium)',
  async () => {
    const script = fileURLToPath(new URL('on-webgpu.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', script], {
      env: environment,
      maxBuffer: 64 * 2 ** 20,
    });
    const found = JSON.parse(stdout) as Record<string, number[]>;
    const wanted = await computed(onnx, await smallPrograms());
    expect(Object.keys(found)).toEqual(Object.keys(wanted));
    for (const [name, values] of Object.entries(wanted))
      expect(apart(found[name]!, values), name).toBeLessThan(1e-3);
  },
  // Every shader is compiled for the processor.
  300_000,
);

/** ‖a − b‖ / ‖b‖ */
function apart(a: readonly number[], b: readonly number[]): number {
  expect(a.length).toBe(b.length);
  return Math.hypot(...a.map((value, i) => value - b[i]!)) / Math.hypot(...b);
}
