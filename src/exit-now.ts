/** Ends the process whatever its threads are doing. */

/** From Node 22.15 on: another program takes the process over, and the kernel ends its threads. */
type Execve = (file: string, args: readonly string[], env: NodeJS.ProcessEnv) => never;

/**
 * `process.exit` waits for every worker thread, for ever where one hangs in a native call, and aborts the process where
 * the call returns meanwhile. This waits for nothing, and runs no exit listeners. The code is kept where Node can
 * replace the process; elsewhere the supervisor sees it killed by SIGKILL.
 */
export function exitNow(code: number): never {
  try {
    const { execve } = process as { readonly execve?: Execve };
    const { execPath } = process;
    const env = { ...process.env, NODE_OPTIONS: '' };
    if (execve) Reflect.apply(execve, process, [execPath, [execPath, '-e', `process.exit(${code})`], env]);
  } catch {
    // Windows has the function, but not the system call.
  }
  process.kill(process.pid, 'SIGKILL');
  // The first process of a container is spared by its own SIGKILL.
  process.abort();
}
