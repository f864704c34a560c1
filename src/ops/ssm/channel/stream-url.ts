import { HotpassError } from '../../../errors.ts';
import { printable } from '../../../printable.ts';
import { isLoopback } from '../../net/loopback.ts';

/** What an address for a session is measured by. */
export interface ServicePlace {
  /** As `eu-west-1`. */
  readonly region: string;
  /** Where the calls to Systems Manager go. */
  readonly endpoint: URL;
}

const SERVICES = ['ssmmessages', 'ssmmessages-fips'] as const;

/** DNS names of AWS by the beginning of a region's name, the more exact first: the partitions of AWS's own SDKs. */
const SUFFIXES: readonly (readonly [prefix: string, ...suffixes: string[]])[] = [
  ['cn-', 'amazonaws.com.cn', 'api.amazonwebservices.com.cn'],
  ['us-iso-', 'c2s.ic.gov', 'api.aws.ic.gov'],
  ['us-isob-', 'sc2s.sgov.gov', 'api.aws.scloud'],
  ['us-isof-', 'csp.hci.ic.gov', 'api.aws.hci.ic.gov'],
  ['eu-isoe-', 'cloud.adc-e.uk', 'api.cloud-aws.adc-e.uk'],
  ['eusc-', 'amazonaws.eu', 'api.amazonwebservices.eu'],
  ['', 'amazonaws.com', 'api.aws'],
];

/**
 * Reads the address that the service named for a session. A token is sent only to wss on the region's own service
 * domain, or to this machine where the calls go to this machine too. Throws `stream-url-refused`.
 */
export function readStreamUrl(text: string, place: ServicePlace): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && (isServices(url, place.region) || isLocal(url, place.endpoint))) return url;
  // The query may hold what is secret.
  const shown = url === undefined ? 'what is no URL' : `${url.protocol}//${url.host}`;
  throw new HotpassError('stream-url-refused', `the service named ${printable(shown)} for the session`, {
    hint: `is the region right? Expected was wss://${hostsOf(place.region)[0]}`,
  });
}

function isServices(url: URL, region: string): boolean {
  return url.protocol === 'wss:' && isPlain(url) && url.port === '' && hostsOf(region).includes(url.hostname);
}

function isLocal(url: URL, endpoint: URL): boolean {
  const isWebsocket = url.protocol === 'ws:' || url.protocol === 'wss:';
  return isWebsocket && isPlain(url) && isLoopback(endpoint.hostname) && isLoopback(url.hostname);
}

function isPlain(url: URL): boolean {
  return url.username === '' && url.password === '';
}

function hostsOf(region: string): string[] {
  const [, ...suffixes] = SUFFIXES.find(([prefix]) => region.startsWith(prefix)) ?? [''];
  return suffixes.flatMap((suffix) => SERVICES.map((service) => `${service}.${region}.${suffix}`));
}
