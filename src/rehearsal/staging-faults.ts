import type { RehearsedCloud } from './cloud.ts';
import { CALLER, CLUSTER, OTHER_ENTRIES } from './staging.ts';

/** What a person can let go wrong in a staging; `restore` puts all of it right again. */
export const FAULTS = [
  'cut',
  'bye',
  'expire',
  'away',
  'clock',
  'forget',
  'hang',
  'untrust',
  'restore',
] as const;
export type FaultWord = (typeof FAULTS)[number];

const AHEAD_MS = 600_000;

/** Tells whether a word is one of them. */
export function isFaultWord(word: string): word is FaultWord {
  return FAULTS.some((one) => one === word);
}

/** Lets one thing go wrong and says what, as somebody who looks on would. */
export function letFail(cloud: RehearsedCloud, word: FaultWord): string {
  const { aws, kubernetes } = cloud;
  switch (word) {
    case 'cut':
      aws.ssm.cutSockets();
      return 'every socket of a session was cut';
    case 'bye':
      aws.ssm.sayBye();
      return 'the service closed every socket with 1000 "Bye", as it does about once an hour';
    case 'expire':
      aws.setStanding(CALLER.accessKeyId, 'expired');
      return 'the credentials have expired; open sockets live on, so cut them too to see what it means';
    case 'away':
      aws.ssm.setGatewayAway(true);
      return 'the message gateway is away: sockets were cut, and no new one is taken';
    case 'clock':
      aws.shiftClock(AHEAD_MS);
      return 'the clock of AWS is ten minutes ahead of this machine';
    case 'forget':
      cloud.setCluster({ accessEntries: OTHER_ENTRIES });
      return 'the cluster does not know the role: its access entry is of one with another suffix';
    case 'hang':
      kubernetes.setStall('http');
      return 'the Kubernetes API takes questions and does not answer';
    case 'untrust':
      kubernetes.setCertificate('another-authority');
      return 'the Kubernetes API shows a certificate of another authority';
    case 'restore':
      aws.setStanding(CALLER.accessKeyId, 'good');
      aws.ssm.setGatewayAway(false);
      aws.shiftClock(0);
      cloud.setCluster({ accessEntries: CLUSTER.accessEntries });
      kubernetes.setStall(null);
      kubernetes.setCertificate(null);
      return 'all is well again';
  }
}
