/** `models pull tiny` as a process of its own; tells how far it is. Takes the folder and the manifest as arguments. */
import { createWeightInstaller } from '../src/weights/installer.js';
import type { Manifest } from '../src/weights/manifest.js';

const [folder, manifest] = process.argv.slice(2) as [string, string];
const store = createWeightInstaller({
  folder,
  manifest: JSON.parse(manifest) as Manifest,
  bundled: `${folder}/nothing-bundled`,
});
const fetched = await store.pull('tiny', { onProgress: (done) => process.send!({ done }) });
process.send!({ fetched });
process.disconnect();
