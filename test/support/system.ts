import { tmpdir } from 'node:os';
import type { Aws } from '../../src/aws.ts';
import { createOutput, type OutputMode } from '../../src/cli/output.ts';
import type { SilentSystem } from '../../src/create-system.ts';
import type { Output } from '../../src/output.ts';
import type { Environment, Processes, System, Terminal } from '../../src/system.ts';

/** What a test may say about the machine; the rest is a fixed, quiet one. */
export interface TestSystemOptions extends Partial<Omit<System, 'out' | 'terminal' | 'env'>> {
  readonly env?: Environment;
  readonly terminal?: Partial<Terminal>;
  readonly mode?: Partial<OutputMode>;
}

/** A System whose streams are kept, not printed. */
export interface TestSystem extends SilentSystem {
  readonly stdout: () => string;
  readonly stderr: () => string;
}

const NO_PROCESSES: Processes = {
  run: (argv) => Promise.reject(new Error(`this test runs no program, and ${argv[0]} was asked for`)),
  runHere: (argv) => Promise.reject(new Error(`this test runs no program, and ${argv[0]} was asked for`)),
  start: (argv) => Promise.reject(new Error(`this test starts no program, and ${argv[0]} was asked for`)),
};

const NO_AWS: Aws = {
  ssm: () => Promise.reject(new Error('this test asks no AWS, and SSM was asked for')),
  account: () => Promise.reject(new Error('this test asks no AWS, and the account was asked for')),
};

/** Makes a System for tests in this process: nothing of the real environment, no programs, output captured. */
export function testSystem(options: TestSystemOptions = {}): TestSystem {
  const { env = {}, terminal: known, mode, ...given } = options;
  const written = { stdout: '', stderr: '' };
  const terminal = {
    stdin: false,
    stdout: false,
    stderr: false,
    columns: 100,
    rows: 24,
    unicode: true,
    ...known,
  };
  const openOutput = (wanted: OutputMode) =>
    createOutput({
      streams: {
        stdout: (text) => {
          written.stdout += text;
        },
        stderr: (text) => {
          written.stderr += text;
        },
      },
      mode: wanted,
      terminal,
      canRedraw: env.TERM !== 'dumb',
    });
  const withOutput = (out: Output): System => ({
    cwd: tmpdir(),
    env,
    home: tmpdir(),
    uid: 1000,
    pid: 4242,
    platform: 'linux',
    program: {
      version: '0.0.0-test',
      node: process.execPath,
      entry: '/opt/bin.js',
      supervisor: '/opt/supervisor.js',
      askpass: '/opt/askpass.js',
    },
    terminal,
    out,
    openTty: async () => undefined,
    processes: NO_PROCESSES,
    aws: NO_AWS,
    signal: new AbortController().signal,
    takeSignals: () => () => undefined,
    signalProcess: (pid) => {
      throw new Error(`this test signals no process, and ${pid} was to be signalled`);
    },
    now: () => new Date(),
    monotonic: () => performance.now(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    ...given,
  });
  const plain = { json: false, quiet: false, verbose: false, noColor: true, ...mode };
  return {
    ...withOutput(openOutput(plain)),
    speak: async (wanted) => withOutput(openOutput(wanted)),
    setHurriedExit: () => undefined,
    stdout: () => written.stdout,
    stderr: () => written.stderr,
  };
}
