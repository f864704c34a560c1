import type { AwsPlace } from '../../aws.ts';
import { type Choices, configured, flag } from '../../config/choose.ts';
import type { Config } from '../../config/load.ts';
import { HotpassError } from '../../errors.ts';
import { choosePlace } from '../aws/choose-place.ts';
import { parseCluster } from '../aws/parse-names.ts';
import type { ProbeKind } from './probe.ts';
import { readChosen } from './read-chosen.ts';
import type { UpArgs } from './request.ts';

/** A forward that leads to the API endpoint of a cluster, wherever that is. */
export interface EndpointForward {
  readonly name: string;
  readonly localPort: number | undefined;
  readonly probe: ProbeKind;
}

/** The same, with whom to ask where the endpoint is. */
export interface EndpointWish extends EndpointForward {
  readonly cluster: string;
  readonly place: AwsPlace;
  /** The target that it is of. */
  readonly target: string;
}

/** Says which cluster a forward leads to, and with what credentials it is looked up. Throws `no-cluster` and `usage`. */
export function requestEndpoint(
  args: UpArgs,
  config: Config,
  choices: Choices,
  forward: EndpointForward,
): EndpointWish {
  const cluster = choices.choose(
    'eks-cluster',
    flag(args.eksCluster, 'eks-cluster'),
    config.variable('HOTPASS_EKS_CLUSTER'),
    configured(config, config.values.eks?.cluster, ['eks', 'cluster']),
  );
  const target = config.target.value;
  if (cluster === undefined) {
    throw new HotpassError('no-cluster', `forward ${forward.name} leads to no cluster of target ${target}`, {
      hint: `--eks-cluster CLUSTER, or targets.${target}.eks.cluster in hotpass.yaml`,
    });
  }
  return {
    ...forward,
    cluster: readChosen(choices, 'eks-cluster', () => parseCluster(cluster)),
    target,
    place: choosePlace(args, config, choices),
  };
}
