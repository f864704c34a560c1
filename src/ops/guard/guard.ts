import type { AwsPlace, CallerIdentity } from '../../aws.ts';
import type { TargetConfig } from '../../config/schema.ts';
import { HotpassError } from '../../errors.ts';
import { shellCommand } from '../../shell-words.ts';
import type { System } from '../../system.ts';
import { type Allowed, allowedBy, callerOf, judgeCluster, judgeIdentity } from '../aws/allowed.ts';

/** What a target wants of who changes something there, and what the command line says to that. */
export interface Guard {
  readonly isProtected: boolean;
  readonly isReadOnly: boolean;
  readonly allowed: Allowed;
  /** The target that `--confirm` names. */
  readonly confirm: string | undefined;
  /** The command line without `--confirm`, to be printed with it. */
  readonly command: readonly string[];
}

/** What a verb is about to change. */
export interface Change {
  /** What `readOnly` refuses; left out, it does not cover the verb. */
  readonly changes?: string;
  /** Whose credentials are used; left out, AWS has no part in it. */
  readonly places?: readonly AwsPlace[];
  readonly cluster?: string | undefined;
}

/** Reads the guard of a target from its config. */
export function guardOf(
  target: string,
  values: TargetConfig,
  said: Pick<Guard, 'confirm' | 'command'>,
): Guard {
  return {
    isProtected: values.protected === true,
    isReadOnly: values.readOnly === true,
    allowed: allowedBy(target, values),
    ...said,
  };
}

/**
 * Asks all that the guard wants to know before something is changed, and gives who was found. Throws `target-read-only`,
 * `confirm-missing`, `cluster-not-allowed`, `account-not-allowed`, `role-not-allowed`, and what `AccountApi` throws.
 */
export async function passGuard(
  sys: Pick<System, 'aws' | 'signal'>,
  guard: Guard,
  change: Change,
): Promise<readonly CallerIdentity[]> {
  const refusal = judgeChange(guard, change) ?? judgeConsent(guard);
  if (refusal !== undefined) throw refusal;
  return askCallers(sys, guard, change);
}

/** Judges what needs no answer of AWS's: gives what is wrong: `target-read-only`, `cluster-not-allowed`. */
export function judgeChange(guard: Guard, change: Change): HotpassError | undefined {
  const { allowed } = guard;
  const cluster = change.cluster === undefined ? undefined : judgeCluster(change.cluster, allowed);
  return judgeReadOnly(guard, change) ?? (cluster && unchanged(cluster));
}

/** Judges whether a protected target was named again; gives what is wrong: `confirm-missing`. */
export function judgeConsent({ isProtected, allowed, confirm, command }: Guard): HotpassError | undefined {
  const { target } = allowed;
  if (!isProtected || confirm === target) return undefined;
  const said = confirm === undefined ? '' : `, and --confirm names ${confirm}`;
  const [words, rest] = splitRest(command);
  return new HotpassError('confirm-missing', `target ${target} is protected${said}`, {
    hint: shellCommand([...words, '--confirm', target, ...rest]),
    state: 'nothing was changed',
  });
}

/**
 * Asks AWS who calls, where the target says who may, with each of the credentials that are used. Throws
 * `account-not-allowed`, `role-not-allowed`, and what `AccountApi` throws.
 */
export async function askCallers(
  sys: Pick<System, 'aws' | 'signal'>,
  { allowed }: Guard,
  { places = [] }: Change,
): Promise<readonly CallerIdentity[]> {
  if ((allowed.accounts ?? allowed.roles) === undefined) return [];
  const whose = new Map(places.map((place) => [JSON.stringify([place.profile, place.roleArn]), place]));
  return Promise.all(
    [...whose.values()].map(async (place) => {
      const identity = await sys.aws
        .account(place)
        .then((account) => account.getCallerIdentity(sys.signal))
        .catch((error: unknown) => {
          if (!(error instanceof HotpassError)) throw error;
          throw unchanged(error, `asking AWS who calls, for target ${allowed.target}`);
        });
      const stranger = judgeIdentity(identity, allowed);
      if (stranger !== undefined) throw unchanged(stranger);
      return identity;
    }),
  );
}

/** Says in one line who calls, for whom it is allowed. */
export function identityText(identity: CallerIdentity, { allowed }: Guard): string {
  const { kind, name } = callerOf(identity);
  const who = kind === 'root' ? 'root' : `${kind === 'role' ? 'role' : 'user'} ${name}`;
  return `account ${identity.account}, ${who}: allowed for ${allowed.target}`;
}

function judgeReadOnly({ isReadOnly, allowed }: Guard, { changes }: Change): HotpassError | undefined {
  if (!isReadOnly || changes === undefined) return undefined;
  return new HotpassError(
    'target-read-only',
    `target ${allowed.target} is read-only, and this changes ${changes}`,
    {
      hint: `targets.${allowed.target}.readOnly in hotpass.yaml says so`,
      state: 'nothing was changed',
    },
  );
}

function unchanged({ code, message, hint, details, cause }: HotpassError, doing?: string): HotpassError {
  return new HotpassError(code, message, { hint, details, cause, doing, state: 'nothing was changed' });
}

/** What stands behind `--` is not ours. */
function splitRest(command: readonly string[]): readonly [readonly string[], readonly string[]] {
  const at = command.indexOf('--');
  return at === -1 ? [command, []] : [command.slice(0, at), command.slice(at)];
}
