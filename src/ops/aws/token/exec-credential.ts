/** What a Kubernetes client that started us wants to hear. */
export interface ExecInfo {
  /** Of ExecCredential. */
  readonly apiVersion: string;
  /** What is odd about the question, in words. */
  readonly remark?: string;
}

const GROUP = 'client.authentication.k8s.io';
const VERSIONS = ['v1', 'v1beta1', 'v1alpha1'].map((version) => `${GROUP}/${version}`);
/** Every client that knows exec plugins and does not say a version understands it. */
const DEFAULT_VERSION = `${GROUP}/v1beta1`;

/**
 * Reads KUBERNETES_EXEC_INFO, in which a client says the version that its kubeconfig names; it takes no other.
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#input-and-output-formats
 */
export function readExecInfo(text: string | undefined): ExecInfo {
  if (!text) return { apiVersion: DEFAULT_VERSION };
  const apiVersion = versionOf(text);
  if (apiVersion !== undefined && VERSIONS.includes(apiVersion)) return { apiVersion };
  const what = apiVersion === undefined ? 'cannot be read' : `asks for "${apiVersion}"`;
  return { apiVersion: DEFAULT_VERSION, remark: `KUBERNETES_EXEC_INFO ${what}; the answer is v1beta1` };
}

/** A token, and when it ends, in milliseconds since 1970. */
interface EndingToken {
  readonly token: string;
  readonly expiresAt: number;
}

/** Makes the answer of an exec plugin. It holds the token: for stdout alone. */
export function execCredential({ apiVersion }: ExecInfo, { token, expiresAt }: EndingToken) {
  return {
    kind: 'ExecCredential',
    apiVersion,
    spec: {},
    status: { expirationTimestamp: new Date(expiresAt).toISOString().replace(/\.\d+Z$/, 'Z'), token },
  } as const;
}

function versionOf(text: string): string | undefined {
  try {
    const info: unknown = JSON.parse(text);
    const isNamed = typeof info === 'object' && info !== null && 'apiVersion' in info;
    return isNamed && typeof info.apiVersion === 'string' ? info.apiVersion : undefined;
  } catch {
    // Said in the remark.
    return undefined;
  }
}
