import { Command } from 'commander';
import { GENERATOR } from '../pipeline/requests.js';
import { createPipeline } from './run.js';

export const doctorCommand = (): Command =>
  new Command('doctor')
    .description('show the engine, the device and the installed networks')
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const renderer = createPipeline();
      const found = await renderer.capabilities().finally(() => renderer.close());
      if (json) {
        console.log(JSON.stringify(found, undefined, 1));
        return;
      }
      console.log(`engine   ${found.engine}\ndevice   ${found.device}\nreason   ${found.reason}`);
      for (const { name, file } of found.networks)
        console.log(`network  ${name.padEnd(13)} ${file ?? 'not installed'}`);
      console.log(`instant  ${GENERATOR.padEnd(13)} ${found.generator ?? 'not installed'}`);
      console.log(`default  style: ${found.defaults.style}, dream: ${found.defaults.dream}`);
    });
