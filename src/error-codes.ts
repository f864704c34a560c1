/**
 * Every error code: the exit code it brings and what it means. Docs and `HotpassError` read this table. A verb that
 * passes on the exit code of a command answers 125 where this says 1 or 2.
 */
export const errorCodes = {
  // the request
  usage: {
    exit: 2,
    meaning: 'the command line names an unknown verb or option, or a value has the wrong form',
  },
  'label-invalid': {
    exit: 2,
    meaning: 'a label or target name holds characters that file names and terminals do not carry safely',
  },
  'host-invalid': {
    exit: 2,
    meaning: 'a host, user or jump host is not one, or could be taken for an option',
  },
  'port-invalid': { exit: 2, meaning: 'a port is not a whole number from 1 to 65535, or is given twice' },
  'forward-invalid': { exit: 2, meaning: 'a forward is not NAME=[LOCAL:]HOST:PORT' },
  'bind-invalid': { exit: 2, meaning: 'a bind address is not an address of this machine' },
  'no-host': { exit: 2, meaning: 'no bastion host was given by flag, environment or config' },
  'no-forwards': { exit: 2, meaning: 'nothing to forward was given by flag or config' },
  'ssh-option-reserved': {
    exit: 2,
    meaning: 'an ssh option is one that hotpass sets itself, or one that a config file may not set',
  },
  'file-not-found': { exit: 2, meaning: 'the identity or ssh config file does not exist or cannot be read' },
  'label-in-use': { exit: 2, meaning: 'a live session with this label has another plan' },
  'resume-incomplete': {
    exit: 1,
    meaning: 'the record of a session does not hold all that it takes to open it again',
  },
  'label-unknown': { exit: 2, meaning: 'no session has this label' },
  'platform-unsupported': { exit: 2, meaning: 'this verb does not run on this operating system' },
  // config and state
  'config-not-found': { exit: 2, meaning: 'the config file named by flag or variable does not exist' },
  'config-invalid': { exit: 2, meaning: 'a config file is not valid' },
  'config-untrusted': {
    exit: 2,
    meaning: 'a config file belongs to someone else or can be changed by others',
  },
  'target-unknown': { exit: 2, meaning: 'the config has no target of this name' },
  'state-invalid': { exit: 2, meaning: 'a state file is damaged or of an unknown version' },
  'state-unwritable': { exit: 1, meaning: 'a state file or folder cannot be written' },
  'log-unreadable': { exit: 1, meaning: 'the log of a session cannot be read' },
  'state-locked': { exit: 1, meaning: 'another process holds the lock of a state file' },
  // ports and processes
  'port-busy': { exit: 1, meaning: 'a local port is held by another program' },
  'bind-lost': { exit: 1, meaning: 'an address that a session listens on is no longer one of this machine' },
  'port-denied': { exit: 1, meaning: 'the system does not let this user listen on this port' },
  'runtime-unsafe': { exit: 1, meaning: 'the folder for sockets is not private to this user' },
  'supervisor-failed': { exit: 1, meaning: 'the background process of a session ended before it could work' },
  'supervisor-silent': { exit: 1, meaning: 'the background process of a session does not answer' },
  'session-elsewhere': {
    exit: 1,
    meaning: 'the session belongs to another machine or container and cannot be stopped from here',
  },
  'stop-incomplete': { exit: 1, meaning: 'something of a session was still there after it was stopped' },
  // transport
  'program-missing': { exit: 1, meaning: 'a program that this verb needs is not installed' },
  'ssh-failed': { exit: 1, meaning: 'ssh ended before the tunnel was ready, for a reason of its own' },
  'ssh-unreachable': { exit: 1, meaning: 'the bastion has no address, refuses or does not answer' },
  'ssh-config-invalid': { exit: 2, meaning: 'ssh refuses its own configuration or an option' },
  'ssh-auth-failed': { exit: 1, meaning: 'the bastion does not accept the key or user' },
  'login-needed': { exit: 1, meaning: 'the login asks a person, and nobody is there to answer' },
  'host-key-unknown': { exit: 1, meaning: 'the host key of the bastion is not in known_hosts' },
  'host-key-changed': { exit: 1, meaning: 'the host key of the bastion differs from the one in known_hosts' },
  'host-key-revoked': { exit: 1, meaning: 'known_hosts marks the host key of the bastion as revoked' },
  'forward-refused': { exit: 1, meaning: 'ssh could not set up a forward' },
  // AWS and SSM
  'region-missing': { exit: 2, meaning: 'no AWS region was given by flag, profile, environment or config' },
  'profile-unknown': { exit: 2, meaning: 'the AWS config files have no profile of this name' },
  'credentials-missing': { exit: 1, meaning: 'there are no AWS credentials, or they cannot be read' },
  'credentials-expired': { exit: 1, meaning: 'the AWS credentials have expired' },
  'sso-expired': { exit: 1, meaning: 'the login of an IAM Identity Center profile has expired' },
  'access-denied': { exit: 1, meaning: 'these AWS credentials may not do what is asked' },
  'aws-unreachable': { exit: 1, meaning: 'the AWS service has no address, refuses or does not answer' },
  'aws-throttled': { exit: 1, meaning: 'the AWS service wants fewer calls' },
  'aws-failed': { exit: 1, meaning: 'the AWS service answered with an error of its own' },
  'clock-off': {
    exit: 1,
    meaning: 'the clock of this machine is off, and AWS does not accept what it signs',
  },
  'role-refused': { exit: 1, meaning: 'AWS does not let these credentials take on the role' },
  'credential-process-failed': {
    exit: 1,
    meaning: 'the program that a profile names for its credentials failed',
  },
  'login-failed': { exit: 1, meaning: 'the login was declined, or nobody confirmed it in time' },
  'sso-not-configured': { exit: 2, meaning: 'the profile names no login of IAM Identity Center' },
  // guard
  'account-not-allowed': { exit: 2, meaning: 'the AWS account is none that the target allows' },
  'role-not-allowed': { exit: 2, meaning: 'the AWS role is none that the target allows' },
  'cluster-not-allowed': { exit: 2, meaning: 'the EKS cluster is none that the target allows' },
  'confirm-missing': { exit: 2, meaning: 'the target is protected, and --confirm does not name it' },
  'target-read-only': { exit: 2, meaning: 'the target is read-only, and the verb would change something' },
  // EKS and Kubernetes
  'no-cluster': { exit: 2, meaning: 'no EKS cluster was given by flag or config' },
  'cluster-unknown': { exit: 2, meaning: 'the account and region have no EKS cluster of this name' },
  'cluster-not-active': { exit: 1, meaning: 'the EKS cluster is being made or deleted, or has failed' },
  'eks-endpoint-private': {
    exit: 1,
    meaning: 'the API endpoint of the cluster is private, and no tunnel leads there',
  },
  'eks-unreachable': {
    exit: 1,
    meaning: 'the API endpoint of the cluster has no address, refuses or does not answer',
  },
  'eks-tls-untrusted': {
    exit: 1,
    meaning: 'the API endpoint shows a certificate that is not of the cluster',
  },
  'eks-role-not-mapped': { exit: 1, meaning: 'the cluster does not know the AWS role (401)' },
  'eks-forbidden': {
    exit: 1,
    meaning: 'the cluster knows the caller and does not permit what is asked (403)',
  },
  'eks-failed': { exit: 1, meaning: 'the Kubernetes API answered with an error of its own' },
  'kubeconfig-invalid': { exit: 2, meaning: 'the kubeconfig file cannot be read' },
  'kubeconfig-differs': { exit: 1, meaning: 'the kubeconfig entry leads elsewhere than the cluster' },
  'oidc-provider-missing': { exit: 1, meaning: 'the account has no IAM OIDC provider for the issuer' },
  'oidc-audience-missing': { exit: 1, meaning: 'the IAM OIDC provider does not have the audience' },
  'oidc-issuer-differs': { exit: 1, meaning: 'the discovery document names another issuer' },
  'oidc-unreachable': { exit: 1, meaning: 'discovery document or keys of the issuer cannot be read' },
  'oidc-role-missing': {
    exit: 1,
    meaning: 'the role of a service account or job is not there, or is another one',
  },
  'oidc-trust-refused': { exit: 1, meaning: 'the trust policy of the role does not admit the token' },
  'no-instance': { exit: 2, meaning: 'no instance was given by flag, environment or config' },
  'instance-invalid': { exit: 2, meaning: 'an instance is not i-…, mi-…, ecs:…, a name or tag:KEY=VALUE' },
  'instance-unknown': { exit: 2, meaning: 'no managed instance has this id, name or tag' },
  'instance-ambiguous': { exit: 2, meaning: 'several instances have this name or tag' },
  'instance-not-connected': {
    exit: 1,
    meaning: 'the SSM agent of the instance is not connected to the service',
  },
  'document-missing': { exit: 1, meaning: 'the account or region lacks the session document' },
  'agent-too-old': { exit: 1, meaning: 'the SSM agent of the instance cannot forward to other hosts' },
  'agent-wants-kms': {
    exit: 1,
    meaning: 'the SSM agent asks for encryption by KMS, which hotpass does not do',
  },
  'stream-url-refused': {
    exit: 1,
    meaning: 'the service named an address for the session that is not its own, and no token was sent there',
  },
  'remote-forbidden': { exit: 1, meaning: 'the SSM agent does not forward to this address' },
  'plugin-too-old': {
    exit: 1,
    meaning: 'the session-manager-plugin that is installed takes the token of a session in its command line',
  },
  'ssm-failed': { exit: 1, meaning: 'the SSM session was refused, broke or was ended by the service' },
  'session-idle': {
    exit: 1,
    meaning: 'the service ended an SSM session that nobody had used for as long as the account allows',
  },
  'rehearsal-missing': { exit: 2, meaning: 'no rehearsal is running' },
  'rehearsal-failed': {
    exit: 1,
    meaning: 'the built-in staging could not be set up, or could not do as told',
  },
  'not-ready': { exit: 1, meaning: 'the tunnel was not ready in time' },
  'service-not-answering': {
    exit: 1,
    meaning: 'the tunnel works and the service behind it does not answer as it should',
  },
  // commands that we run
  'variables-collide': {
    exit: 2,
    meaning: 'the names of two forwards give a command the same environment variable',
  },
  'command-not-found': {
    exit: 127,
    meaning: 'the command to run does not exist, or is on no folder of PATH',
  },
  'command-not-runnable': { exit: 126, meaning: 'the command to run was found and may or can not be run' },
  'output-failed': { exit: 1, meaning: 'stdout cannot be written, or its reader went away' },
  'cwd-missing': { exit: 1, meaning: 'the current folder does not exist any more' },
  interrupted: { exit: 1, meaning: 'a signal ended the verb before it was done' },
  unexpected: { exit: 1, meaning: 'a defect of hotpass' },
} as const satisfies Record<string, { exit: 1 | 2 | 126 | 127; meaning: string }>;

/** A stable kebab-case word for one kind of error. */
export type ErrorCode = keyof typeof errorCodes;
