// h5wasm is imported before the loader, which would need half a gigabyte to transform it.
import 'h5wasm/node';
import { register } from 'tsx/esm/api';

register();
await import('./fuzz-process.ts');
