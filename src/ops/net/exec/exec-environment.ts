import { HotpassError } from '../../../errors.ts';
import type { Environment } from '../../../system.ts';
import type { Forward, TunnelPlan } from '../plan.ts';
import { forwardUrl } from '../status.ts';

/** What a command is told of a session. */
export interface ToldByEnvironment {
  readonly variables: Readonly<Record<string, string>>;
  /** Variables of the caller that are told something else now. */
  readonly replaced: readonly string[];
}

type Told = Pick<TunnelPlan, 'target' | 'bind' | 'forwards'>;

/** Forwards of these names would set variables that hotpass itself obeys (HOTPASS_BASTION_HOST …). */
const OWN_NAMES: readonly string[] = ['BASTION', 'PREFECT_REMOTE', 'MARQUEZ_REMOTE'];

/**
 * Says where a session's forwards are, in environment variables. Pure. Throws `variables-collide` when two forwards
 * have names that give the same variable, or one that hotpass itself obeys.
 */
export function tellEnvironment(plan: Told, caller: Environment): ToldByEnvironment {
  checkNames(plan.forwards);
  const bind = plan.bind.map(reachable);
  const variables: Record<string, string> = { HOTPASS_TARGET: plan.target };
  for (const forward of plan.forwards) {
    const name = variableName(forward.name);
    variables[`HOTPASS_${name}_URL`] = forwardUrl(forward, bind);
    variables[`HOTPASS_${name}_HOST`] = bind[0] ?? '127.0.0.1';
    variables[`HOTPASS_${name}_PORT`] = String(forward.localPort);
    // What the certificate over there is for; a client of 127.0.0.1 has to be told.
    if (forward.cluster !== undefined) variables[`HOTPASS_${name}_TLS_SERVER_NAME`] = forward.host;
  }
  const prefect = findService(plan.forwards, 'prefect');
  if (prefect !== undefined)
    variables.PREFECT_API_URL = `${forwardUrl(prefect, bind)}${prefect.path ?? '/api'}`;
  const marquez = findService(plan.forwards, 'marquez');
  if (marquez !== undefined) variables.OPENLINEAGE_URL = forwardUrl(marquez, bind);
  const replaced = ['PREFECT_API_URL', 'OPENLINEAGE_URL'].filter(
    (name) => variables[name] !== undefined && caller[name] && caller[name] !== variables[name],
  );
  return { variables, replaced };
}

/** Throws `variables-collide` for forwards that a command could not tell apart by their variables. */
export function checkNames(forwards: readonly Pick<Forward, 'name'>[]): void {
  const seen = new Map<string, string>();
  for (const { name } of forwards) {
    const variable = variableName(name);
    const twin = seen.get(variable);
    if (twin !== undefined) throw collision(`forwards "${twin}" and "${name}" are`, variable);
    if (OWN_NAMES.includes(variable))
      throw collision(`forward "${name}" and an option of hotpass are`, variable);
    seen.set(variable, name);
  }
}

function collision(who: string, variable: string): HotpassError {
  return new HotpassError('variables-collide', `${who} both HOTPASS_${variable}_… to the command`, {
    hint: 'give the forward another name',
  });
}

function variableName(forward: string): string {
  return forward.toUpperCase().replace(/[^A-Z0-9]/g, '_');
}

/** Of several services of a kind, the one that is named after it. */
function findService(forwards: readonly Forward[], kind: 'prefect' | 'marquez'): Forward | undefined {
  const own = forwards.filter(({ probe }) => probe === kind);
  return own.find(({ name }) => name === kind) ?? own[0];
}

/** Where a client of this machine finds what listens on every address. */
function reachable(address: string): string {
  if (address === '0.0.0.0') return '127.0.0.1';
  return address === '::' ? '::1' : address;
}
