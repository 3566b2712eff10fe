/** Runs `models pull tiny` in its own process and reports the progress. Arguments: the folder and the manifest. */
import { createWeightInstaller } from '../src/weights/installer.js';
import type { Manifest } from '../src/weights/manifest.js';

const [folder, manifest] = process.argv.slice(2) as [string, string];
const installer = createWeightInstaller({
  folder,
  manifest: JSON.parse(manifest) as Manifest,
  bundled: `${folder}/nothing-bundled`,
});
const pulled = await installer.pull('tiny', { onProgress: (done) => process.send!({ done }) });
process.send!({ pulled });
process.disconnect();
