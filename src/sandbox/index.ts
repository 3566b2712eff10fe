export { startSandbox, type Sandbox, type SandboxOptions } from './sandbox.js';
export { Invocation, type Guild, type SandboxFile, type Snapshot, type User } from './world.js';
