import { HotpassError } from '../../../errors.ts';
import { shellWord } from '../../../shell-words.ts';
import { suggestWord } from '../../../suggest.ts';
import { profileFlag } from '../explain/explain-keys.ts';

const MOST_NAMES = 12;

interface Sought {
  readonly name: string;
  readonly region: string;
  readonly profile: string | undefined;
  /** Undefined where nobody could tell. */
  readonly account: string | undefined;
  /** Clusters that there are; undefined where listing them is not permitted. */
  readonly known: readonly string[] | undefined;
}

/** Makes the error of a cluster that an account and region do not have. Pure. */
export function unknownCluster({ name, region, profile, account, known }: Sought): HotpassError {
  const where = [account && `account ${account}`, `region ${region}`].filter(Boolean).join(', ');
  const near = known === undefined ? undefined : suggestWord(name, known);
  const check = `hotpass aws check${profileFlag(profile)}`;
  return new HotpassError('cluster-unknown', `no cluster "${name}" in ${where}${listed(known)}`, {
    hint:
      near === undefined
        ? `${check} --region REGION --eks-cluster ${shellWord(name)}`
        : `${check} --region ${region} --eks-cluster ${shellWord(near)}`,
    details: { cluster: name, region, account, known },
  });
}

function listed(known: readonly string[] | undefined): string {
  if (known === undefined) return '';
  if (known.length === 0) return '; there are none';
  const more = known.length > MOST_NAMES ? ` and ${known.length - MOST_NAMES} more` : '';
  return `; known: ${known.slice(0, MOST_NAMES).join(', ')}${more}`;
}
