// Names and meanings: https://man.openbsd.org/ssh_config
const RUNS = 'runs a command or loads code';
const HANDS = 'hands a credential or a channel of this machine to the far side';
const WEAKENS = 'changes how the host key is checked';

const reasons: ReadonlyMap<string, string> = new Map([
  ...[
    'ProxyCommand',
    'LocalCommand',
    'PermitLocalCommand',
    'KnownHostsCommand',
    'RemoteCommand',
    'PKCS11Provider',
    'SmartcardDevice', // the former name of PKCS11Provider, still read
    'SecurityKeyProvider',
    'Include',
    'Match',
    'IdentityAgent',
    'XAuthLocation',
    'ProxyUseFdpass',
  ].map((name) => entry(name, RUNS)),
  ...[
    'ForwardAgent',
    'ForwardX11',
    'ForwardX11Trusted',
    'GSSAPIDelegateCredentials',
    'SendEnv',
    'RemoteForward',
    'Tunnel',
  ].map((name) => entry(name, HANDS)),
  ...[
    'StrictHostKeyChecking',
    'UserKnownHostsFile',
    'GlobalKnownHostsFile',
    'NoHostAuthenticationForLocalhost',
    'VerifyHostKeyDNS',
    'HostKeyAlias',
    'RevokedHostKeys',
  ].map((name) => entry(name, WEAKENS)),
]);

/** Says why a project's file may not set an ssh option; undefined when it may. Case does not count, as in ssh. */
export function findDanger(option: string): string | undefined {
  return reasons.get(option.toLowerCase());
}

function entry(name: string, reason: string): readonly [string, string] {
  return [name.toLowerCase(), reason];
}
