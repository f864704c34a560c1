import type { StagingAddress } from './environment.ts';

/** A file of a rehearsal, by its name in the rehearsal's folder. */
export type RehearsalFiles = Readonly<Record<(typeof FILE_NAMES)[keyof typeof FILE_NAMES], string>>;

/** Names of the files that a shell is led to. */
export const FILE_NAMES = {
  config: 'hotpass.yaml',
  awsConfig: 'aws-config',
  awsCredentials: 'aws-credentials',
  ca: 'ca.pem',
  kubeconfig: 'kubeconfig',
} as const;

/** What the files are made from. */
export interface WriteFiles {
  readonly address: StagingAddress;
  /** Local port of the forward to the cluster: the kubeconfig is written before there is a session. */
  readonly eksPort: number;
  /** What kubectl starts to get a token: a program and its first arguments. */
  readonly hotpass: readonly [program: string, ...args: string[]];
}

/** Writes what a shell inside a rehearsal reads in place of the user's own files. */
export function rehearsalFiles(write: WriteFiles): RehearsalFiles {
  return {
    [FILE_NAMES.config]: configOf(write),
    // The AWS CLI of the first generation does not read AWS_REGION.
    [FILE_NAMES.awsConfig]: `[default]\nregion = ${write.address.region}\n`,
    [FILE_NAMES.awsCredentials]: '',
    [FILE_NAMES.ca]: write.address.cluster.ca,
    [FILE_NAMES.kubeconfig]: `${JSON.stringify(kubeconfigOf(write), null, 2)}\n`,
  };
}

function configOf({ address, eksPort }: WriteFiles): string {
  const { region, account, rolePattern, instance, hosts, cluster } = address;
  const { name, namespace, serviceAccount } = cluster;
  const forwards = Object.entries(hosts).map(([service, place]) => {
    const [host, port] = place.split(':');
    return `        ${service}: { host: ${host}, port: ${port} }`;
  });
  return `# The rehearsal's own, so that no other config is read. Change what you like and see what it does.
version: 1
targets:
  staging:
    aws:
      region: ${region}
      accounts: ["${account}"]
      roles: ["${rolePattern}"]
      oidc: [{ role: ${serviceAccount}, serviceAccount: ${namespace}/${serviceAccount} }]
    eks:
      cluster: ${name}
      context: ${name}
      namespace: ${namespace}
      permissions: [list pods in ${namespace}, create serviceaccounts/token in ${namespace}]
    net:
      via: ssm
      ssm: { instance: ${instance} }
      forwards:
${forwards.join('\n')}
        eks: { local: ${eksPort} }
`;
}

/** Connects to the forward and wants the cluster's own certificate, for the name that it has over there. */
function kubeconfigOf({ address, eksPort, hotpass: [command, ...args] }: WriteFiles) {
  const { region, cluster } = address;
  const { name, namespace } = cluster;
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    contexts: [{ name, context: { cluster: name, user: name, namespace } }],
    clusters: [
      {
        name,
        cluster: {
          server: `https://127.0.0.1:${eksPort}`,
          'tls-server-name': new URL(cluster.endpoint).hostname,
          'certificate-authority-data': Buffer.from(cluster.ca).toString('base64'),
        },
      },
    ],
    users: [
      {
        name,
        user: {
          exec: {
            apiVersion: 'client.authentication.k8s.io/v1beta1',
            command,
            args: [...args, 'aws', 'token', '--eks-cluster', name, '--region', region],
            interactiveMode: 'Never',
          },
        },
      },
    ],
  };
}
