// Loads failing-device-worker.ts: a worker thread does not inherit the loader of TypeScript sources.
import { register } from 'tsx/esm/api';

register();
await import('./failing-device-worker.ts');
