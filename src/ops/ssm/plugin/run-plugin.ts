import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createDeferred } from '../../../deferred.ts';
import { HotpassError } from '../../../errors.ts';
import { printable } from '../../../printable.ts';
import { NEVER } from '../../../signals.ts';
import type { System } from '../../../system.ts';
import { explainClosed } from '../channel/closed-reason.ts';
import { PLUGIN } from './check-plugin.ts';
import { type PluginStart, pluginStart } from './plugin-start.ts';
import { readSaid } from './said.ts';

/** What a running plugin tells. */
export interface PluginEars {
  readonly log: (text: string) => void;
  readonly onRefused: () => void;
  readonly onMessage: (text: string) => void;
}

/** A plugin that was started for a session. */
export interface RunningPlugin {
  readonly pid: number;
  /** Resolves with the port that it listens on, of `localhost`, once it does. */
  readonly listening: Promise<number>;
  /** Resolves when it is gone, with the reason as far as it told one. */
  readonly gone: Promise<HotpassError>;
  /** Tells whether it is ending, though `gone` does not say so yet. */
  isEnding(): boolean;
  /** Ends it for this reason: it is asked to, which ends its session too, and is killed when it takes too long. */
  end(why: HotpassError): Promise<void>;
}

/** How long it may take to tell its agent and leave. */
const LEAVE_MS = 500;
/** Asked for by this signal alone it ends its session (sessionutil's ControlSignals). */
const POLITE = 'SIGINT';

/** Starts the plugin for a session. It ends with this process, where the system can do that. */
export async function runPlugin(
  sys: Pick<System, 'processes' | 'sleep'>,
  start: PluginStart & { readonly folder: string },
  ears: PluginEars,
): Promise<RunningPlugin> {
  const scratch = await mkdtemp(join(start.folder, 'plugin-'));
  const tidy = () =>
    rm(scratch, { recursive: true, force: true }).catch(() => {
      // It goes with the session's folder; the reason for the end must not be lost over it.
    });
  const listening = createDeferred<number>();
  let reason: HotpassError | undefined;
  let isLeaving = false;

  const hear = (line: string) => {
    const said = readSaid(line);
    // The token is not among its words.
    if (said.kind !== 'chatter') ears.log(`${PLUGIN}: ${printable(line)}`);
    if (said.kind === 'listening') listening.resolve(said.port);
    else if (said.kind === 'refused') ears.onRefused();
    else if (said.kind === 'message' && !isLeaving) ears.onMessage(printable(said.text));
    const why = explain(said);
    if (why === undefined) return;
    isLeaving = true;
    reason ??= why;
  };

  const { argv, env } = pluginStart(start);
  const child = await sys.processes
    .start(argv, { env, cwd: scratch, endWithParent: true, detached: true, onOutput: hear, onLine: hear })
    .catch(async (error) => {
      await tidy();
      throw error;
    });
  const gone = child.exited.then(async ({ exitCode, signal }) => {
    await tidy();
    // Its exit status says nothing: it is 0 whatever happened.
    const how = signal ?? (exitCode === 0 ? 'without a word' : `with status ${exitCode}`);
    return reason ?? new HotpassError('ssm-failed', `${PLUGIN} ended ${how}`);
  });
  return {
    pid: child.pid,
    listening: listening.promise,
    gone,
    isEnding: () => isLeaving || child.isEnding() === true,
    async end(why) {
      isLeaving = true;
      reason ??= why;
      child.kill(POLITE);
      // Stopped, it would not hear.
      child.kill('SIGCONT');
      const inTime = await Promise.race([gone, sys.sleep(LEAVE_MS, NEVER)]);
      if (inTime === undefined) child.kill('SIGKILL');
      await gone;
    },
  };
}

function explain(said: ReturnType<typeof readSaid>): HotpassError | undefined {
  if (said.kind === 'closed') return explainClosed(said.output);
  if (said.kind === 'over') return new HotpassError('ssm-failed', 'SSM does not resume the session any more');
  if (said.kind === 'failed') return new HotpassError('ssm-failed', `${PLUGIN}: ${printable(said.why)}`);
  return undefined;
}
