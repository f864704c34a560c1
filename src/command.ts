import type { System } from './system.ts';

/** One option or positional of a verb. Help, parser, completion and the reference pages read it. */
export interface OptionSpec {
  /** `duration` takes `30s`, `10m`, `1h`, `500ms` or bare seconds and gives milliseconds. */
  readonly type: 'string' | 'number' | 'boolean' | 'duration';
  readonly describe: string;
  readonly choices?: readonly string[];
  /** May be given more than once; the value is an array. */
  readonly repeat?: true;
  readonly short?: string;
  /** Other names that work and are not shown. */
  readonly aliases?: readonly string[];
  /** Word for the value in help: HOST, PORT, FILE … */
  readonly value?: string;
  /**
   * What holds when it is left out, in words: verbs tell "left out" from any value. A boolean that has it is shown as
   * `--[no-]auto-port`.
   */
  readonly fallback?: string;
  /** Environment variable that gives the same value. Documentation only; `config/` reads it. */
  readonly variable?: string;
  /** Works, is in the reference page, and is left out of `--help` (which shows at most 15). */
  readonly advanced?: true;
  /** Works and is shown nowhere but in the reference page's table of older names. */
  readonly hidden?: true;
  /** What Tab offers as values, where they are not `choices`. */
  readonly complete?: CompletionKind;
  /** Of a positional: the verb cannot do without it. */
  readonly required?: true;
}

/** Values that Tab can offer: labels of sessions, targets of the config, names of files. */
type CompletionKind = 'label' | 'target' | 'file';

/** The arguments of one positional; `repeat` makes it `[label…]`. */
export type PositionalSpec = OptionSpec;

type Base<O extends OptionSpec> = O extends { choices: readonly (infer C)[] }
  ? C
  : O extends { type: 'number' | 'duration' }
    ? number
    : O extends { type: 'boolean' }
      ? boolean
      : string;

type Value<O extends OptionSpec> = O extends { repeat: true }
  ? readonly Base<O>[]
  : O extends { required: true }
    ? Base<O>
    : Base<O> | undefined;

/** What every verb gets beside its own options. */
export interface GlobalArgs {
  readonly target: string | undefined;
  readonly config: string | undefined;
  readonly stateDir: string | undefined;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly explain: boolean;
  /** What stands behind `--`; empty where the verb does not ask for it with `rest`. */
  readonly rest: readonly string[];
}

/** The arguments of a verb, typed by its own positionals and options. */
type Args<P extends Record<string, PositionalSpec>, O extends Record<string, OptionSpec>> = GlobalArgs & {
  readonly [K in keyof P]: Value<P[K]>;
} & { readonly [K in keyof O]: Value<O[K]> };

/**
 * What of a target's guard covers a verb, each in the words that say when; left out, that part never does. The published
 * table is made of it.
 */
interface GuardSpec {
  /** The AWS account, the role and the cluster are checked against those that the target allows. */
  readonly account?: string;
  /** `protected: true` wants `--confirm TARGET`: the verb has `confirm` of `commands/options.ts` among its options. */
  readonly protected?: string;
  /** `readOnly: true` refuses. */
  readonly readOnly?: string;
  /** Why it is covered in this way and no other. */
  readonly why: string;
}

/** A verb as a value. `path` is also its file name: `net up` is `commands/net/up.ts`. */
export interface CommandSpec<
  P extends Record<string, PositionalSpec> = Record<string, PositionalSpec>,
  O extends Record<string, OptionSpec> = Record<string, OptionSpec>,
> {
  readonly path: string;
  readonly summary: string;
  /** Paragraphs for the reference page. */
  readonly details?: readonly string[];
  /** Option keys are camelCase; the flag is kebab-case. */
  readonly positionals?: P;
  readonly options?: O;
  /** Takes what stands behind `--`; the word for it in help, e.g. `COMMAND`. */
  readonly rest?: string;
  /** Stands on unix sockets and signals: on Windows it runs in WSL only. */
  readonly posixOnly?: true;
  /** Its exit code is that of the command it ran; its own failures are 125, 126 and 127. */
  readonly passesExitCode?: true;
  readonly guard: GuardSpec;
  readonly examples: readonly (readonly [command: string, summary: string])[];
  /** Plays the verb and returns its exit code: 0 or 1, unless it passes one on. */
  run(args: Args<P, O>, sys: System): Promise<number>;
}

/** Types a verb by inference alone. */
export function defineCommand<
  const P extends Record<string, PositionalSpec> = Record<never, never>,
  const O extends Record<string, OptionSpec> = Record<never, never>,
>(spec: CommandSpec<P, O>): CommandSpec<P, O> {
  return spec;
}

/** A verb of which only the global arguments are known: what parser, help and reference work with. */
export interface Verb extends Omit<CommandSpec, 'run'> {
  run(args: GlobalArgs, sys: System): Promise<number>;
}

/** A verb that is not read yet: each has a file of its own, and a start reads the one that is meant. */
export interface VerbEntry extends Pick<Verb, 'path' | 'summary'> {
  load(): Promise<Verb>;
}

/** The whole program: its nouns with a summary each, and its verbs in help order. */
export interface CommandTable {
  readonly nouns: Readonly<Record<string, string>>;
  readonly verbs: readonly VerbEntry[];
  /** Finds values for Tab. What it throws is dropped: Tab then offers nothing. */
  complete?(
    kind: Exclude<CompletionKind, 'file'>,
    given: GlobalArgs,
    sys: System,
  ): Promise<readonly string[]>;
}

/** A table of which every verb is read, for the reference and for tests. */
export interface LoadedTable extends Pick<CommandTable, 'nouns'> {
  readonly verbs: readonly Verb[];
}

/** Reads every verb of a table. */
export async function loadTable({ nouns, verbs }: CommandTable): Promise<LoadedTable> {
  return { nouns, verbs: await Promise.all(verbs.map((entry) => entry.load())) };
}
