import type { RehearsedSsm } from './ssm/index.ts';

/** What a person can let go wrong in a staging; `restore` puts all of it right again. */
export const FAULTS = ['cut', 'bye', 'expire', 'away', 'restore'] as const;
export type FaultWord = (typeof FAULTS)[number];

/** Tells whether a word is one of them. */
export function isFaultWord(word: string): word is FaultWord {
  return FAULTS.some((one) => one === word);
}

type FaultySsm = Pick<RehearsedSsm, 'cutSockets' | 'sayBye' | 'setStanding' | 'setGatewayAway'>;

/** Lets one thing go wrong and says what, as somebody who looks on would. */
export function letFail(ssm: FaultySsm, accessKeyId: string, word: FaultWord): string {
  switch (word) {
    case 'cut':
      ssm.cutSockets();
      return 'every socket of a session was cut';
    case 'bye':
      ssm.sayBye();
      return 'the service closed every socket with 1000 "Bye", as it does about once an hour';
    case 'expire':
      ssm.setStanding(accessKeyId, 'expired');
      return 'the credentials have expired; open sockets live on, so cut them too to see what it means';
    case 'away':
      ssm.setGatewayAway(true);
      return 'the message gateway is away: sockets were cut, and no new one is taken';
    case 'restore':
      ssm.setStanding(accessKeyId, 'good');
      ssm.setGatewayAway(false);
      return 'all is well again';
  }
}
