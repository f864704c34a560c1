import type { OutputMode } from './cli/output.ts';
import { parseArguments } from './cli/parse.ts';
import { routeRequest } from './cli/route.ts';
import type { CommandTable, Verb } from './command.ts';
import { commands } from './commands/index.ts';
import type { SilentSystem } from './create-system.ts';
import { HotpassError, messageOf } from './errors.ts';
import type { System } from './system.ts';

const OWN_FAILURE = 125;

/** Runs one command line and gives its exit code. The only place that catches everything. */
export async function main(
  argv: readonly string[],
  base: SilentSystem,
  table: CommandTable = commands,
): Promise<number> {
  // An error of the command line itself must come out as --json wants it, so the mode is looked up before parsing.
  let sys: System = await base.speak(readEarlyMode(argv));
  let verb: Verb | undefined;
  try {
    if (argv[0] === '--get-completions') return await complete(argv.slice(1), sys, table);
    const request = routeRequest(table, argv);
    if (request.kind === 'version') return show(base.program.version, sys);
    if (request.kind === 'help') return await help(request.path, sys, table);
    verb = await request.verb.load();
    if (verb.passesExitCode) base.setHurriedExit(OWN_FAILURE);
    const parsed = parseArguments(verb, request.argv);
    if ('help' in parsed) return await help(verb.path, sys, table, parsed.help === 'all');
    sys = await base.speak({ ...parsed.args, noColor: parsed.noColor });
    checkPlatform(verb, sys);
    return await verb.run(parsed.args, sys);
  } catch (error) {
    const told = toHotpassError(error, sys);
    // Ended because stdout did: no word to a reader that went away (`| head`); a full disk was told already.
    if (told.code === 'output-failed') return 0;
    // Codes of its own keep clear of those that a command may have.
    const exitCode = verb?.passesExitCode && told.exitCode <= 2 ? OWN_FAILURE : told.exitCode;
    sys.out.error(told, exitCode);
    return exitCode;
  } finally {
    sys.out.progress('');
  }
}

function checkPlatform({ path, posixOnly }: Verb, { platform }: System): void {
  if (posixOnly !== true || platform !== 'win32') return;
  throw new HotpassError('platform-unsupported', `${path} does not run on Windows itself`, {
    hint: `wsl hotpass ${path}`,
  });
}

function readEarlyMode(argv: readonly string[]): OutputMode {
  const end = argv.indexOf('--');
  const words = end < 0 ? argv : argv.slice(0, end);
  const json = words.lastIndexOf('--json') > words.lastIndexOf('--no-json');
  return { json, quiet: false, verbose: false, noColor: words.includes('--no-color') };
}

function show(text: string, sys: System): 0 {
  sys.out.result(text, (shown) => shown);
  return 0;
}

async function help(path: string, sys: System, table: CommandTable, all = false): Promise<0> {
  const { renderHelp } = await import('./cli/help.ts');
  return show(await renderHelp(table, path, sys.terminal.columns, all), sys);
}

async function complete(words: readonly string[], sys: System, table: CommandTable): Promise<0> {
  const { completeWords } = await import('./cli/complete.ts');
  const lines = await completeWords(table, words[0] === '--' ? words.slice(1) : words, sys);
  return show(lines.join('\n'), sys);
}

function toHotpassError(error: unknown, sys: System): HotpassError {
  if (error instanceof HotpassError) return error;
  const { reason } = sys.signal;
  // Node's own calls throw an AbortError of theirs when the signal ends them.
  if (error instanceof Error && error.name === 'AbortError' && reason instanceof HotpassError) return reason;
  const stack = sys.env.HOTPASS_DEBUG && error instanceof Error ? error.stack : undefined;
  return new HotpassError('unexpected', messageOf(error) || 'no message', {
    hint: 'HOTPASS_DEBUG=1 before the command shows where; please report it',
    details: stack?.split('\n'),
    cause: error,
  });
}
