/** A mock of Discord for one bot, on the loopback address: REST API, gateway, CDN, and a page to use it in a browser. */
export { startSandbox } from './sandbox.js';
export type { Sandbox, SandboxOptions } from './sandbox.js';
export type { Fault } from './faults.js';
export type { Caller, CommandCall } from './members/member-actions.js';
export type { Sample } from './page-server.js';
export type { LoggedRequest } from './rest/rest-api.js';
export type { Attachment, SandboxFile } from './state/attachments.js';
export type { SandboxGuild, SandboxUser } from './state/discord-state.js';
export type { Choice, Invocation } from './state/invocation.js';
export type { Snapshot } from './state/message.js';
