// Containers as far as hotpass can tell: processes in namespaces of their own, which end with their first process.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished, type TestContext } from 'vitest';
import { testWith } from '../../state/support/needs.ts';
import { builtProgram, type Ended } from '../../support/hotpass.ts';
import { descendantsOf, endProcess } from '../../support/processes.ts';
import { realPath } from '../../support/real.ts';
import { runProgram } from './run-program.ts';
import type { Stage } from './stage.ts';

/** A kind of namespace, as unshare and nsenter call it. */
export type Namespace = 'pid' | 'mount' | 'net' | 'uts' | 'user';

/** Some namespaces, and the way into them. */
export interface View {
  /** Process id of its first process, seen from the test. */
  readonly pid: number;
  /** All its namespaces that are not the test's. */
  readonly kinds: readonly Namespace[];
  /** Put before a folder and a command line, runs that in there. */
  readonly enter: readonly string[];
  /** Runs hotpass in there, with the environment of a stage. */
  hotpass(stage: Pick<Stage, 'env' | 'project'>, args: readonly string[]): Promise<Ended>;
  /** Ends every process in there at once, as a container that is killed. Only with a PID namespace. */
  end(): Promise<void>;
}

/** What a view is made of. */
export interface OpenView {
  readonly namespaces: readonly Namespace[];
  /** Shell commands that run in there first; they fail the test when they fail. */
  readonly setup?: string;
  /** Makes them inside those of another view. */
  readonly within?: View;
}

const isRoot = process.getuid?.() === 0;
/** No namespace outlives a test run that was killed for longer. */
const LIFE_SECONDS = 300;

/** Declares a test that needs some kinds of namespaces. */
export function testInView(...namespaces: readonly Namespace[]) {
  return testWith(`namespaces (${namespaces.join(', ')})`, [
    'unshare',
    ...unshareFlags(kindsOf(namespaces)),
    'true',
  ]);
}

/** Makes namespaces that end with their test. */
export async function openView(
  open: OpenView,
  test: Pick<TestContext, 'onTestFinished'> = { onTestFinished },
): Promise<View> {
  const kinds = open.within === undefined ? kindsOf(open.namespaces) : open.namespaces;
  const [file = '', ...args] = [
    ...(open.within === undefined ? [] : [...open.within.enter, '/']),
    ...[realPath('unshare'), ...unshareFlags(kinds), '--kill-child'],
    ...['sh', '-ec', `${open.setup ?? ':'}\necho ready; exec sleep ${LIFE_SECONDS}`],
  ];
  // Nothing of a stage is in its environment: its first process is not one of the program's.
  const child = spawn(file, args, { env: { PATH: process.env.PATH }, stdio: ['ignore', 'pipe', 'inherit'] });
  const end = () => endProcess(child);
  test.onTestFinished(end);
  const [said] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit').then(() => [''])]);
  if (String(said).trim() !== 'ready') throw new Error(`no such namespaces: ${args.join(' ')}`);
  const pid = (await descendantsOf(child.pid ?? 0)).at(-1);
  if (pid === undefined) throw new Error('the namespaces have no process');
  const all = [...(open.within?.kinds ?? []), ...kinds];
  // A new root and working folder come with a mount namespace: back to where the caller is.
  const enter = [
    ...[realPath('nsenter'), '-t', String(pid), ...all.map((kind) => `--${kind}`)],
    ...['sh', '-c', 'cd "$1" && shift && exec "$@"', 'sh'],
  ];
  return {
    pid,
    kinds: all,
    enter,
    hotpass: (stage, words) =>
      runProgram([...enter, stage.project], [process.execPath, builtProgram, ...words], {
        env: stage.env,
        // Its own project may be a folder that is there only inside.
        project: '/',
      }),
    end,
  };
}

function unshareFlags(kinds: readonly Namespace[]): string[] {
  return [
    '--fork',
    ...kinds.map((kind) => `--${kind}`),
    ...(kinds.includes('user') ? ['--map-root-user'] : []),
    ...(kinds.includes('pid') ? ['--mount-proc'] : []),
  ];
}

// Who is not root makes namespaces only inside one of users.
function kindsOf(namespaces: readonly Namespace[]): readonly Namespace[] {
  return isRoot || namespaces.includes('user') ? namespaces : ['user', ...namespaces];
}
