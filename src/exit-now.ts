/** Ends the process whatever its threads are doing. */

/** From Node 22.15 on. Another program replaces the process, and the kernel ends its threads. */
type Execve = (file: string, args: readonly string[], env: NodeJS.ProcessEnv) => never;

/**
 * `process.exit` waits for every worker thread: forever when one hangs in a native call, and it crashes the process when
 * that call returns meanwhile. This waits for nothing and runs no exit listeners. The exit code reaches the supervisor
 * where Node can replace the process; elsewhere the process is killed by SIGKILL.
 */
export function exitNow(code: number): never {
  try {
    const { execve } = process as { readonly execve?: Execve };
    const { execPath } = process;
    const env = { ...process.env, NODE_OPTIONS: '' };
    if (execve) Reflect.apply(execve, process, [execPath, [execPath, '-e', `process.exit(${code})`], env]);
  } catch {
    // On Windows the function exists but the system call does not.
  }
  process.kill(process.pid, 'SIGKILL');
  // The first process of a container ignores its own SIGKILL.
  process.abort();
}
