import {
  type Listen,
  type Reply,
  type SeenRequest,
  startWebService,
  type WebService,
} from './web-service.ts';

/** A Prefect server to stand in for. */
export interface StartPrefect extends Listen {
  /** Default `3.8.8`. */
  readonly version?: string | undefined;
  /** Where the web UI looks for the API. Default: the stand-in's own address, as a server's own default is. */
  readonly uiApiUrl?: string | undefined;
  /** `user:password` for basic auth, as PREFECT_SERVER_API_AUTH_STRING sets it. */
  readonly auth?: string | undefined;
}

/** Needs no password on a server that has one. */
const OPEN_PATHS = new Set(['/api/health', '/api/ready']);

/** Starts a stand-in for a Prefect 3 server; a test compares its answers with the real one's. */
export async function startPrefect(options: StartPrefect = {}): Promise<WebService> {
  const service = await startWebService(options, (request) => {
    const settings = { ...options, uiApiUrl: options.uiApiUrl ?? `${service.url}/api` };
    return answer(request, settings);
  });
  return service;
}

function answer(request: SeenRequest, options: StartPrefect): Reply {
  const [path = ''] = request.path.split('?');
  const isOpen = !path.startsWith('/api/') || (request.method === 'GET' && OPEN_PATHS.has(path));
  if (!isOpen && options.auth !== undefined && !isAllowed(request, options.auth)) {
    return { status: 401, body: { exception_message: 'Unauthorized' } };
  }
  switch (`${request.method} ${path}`) {
    case 'GET /api/health':
      return { status: 200, body: true };
    case 'GET /api/ready':
      return { status: 200, body: { message: 'OK' } };
    case 'GET /api/hello':
      return { status: 200, body: '👋' };
    case 'GET /api/admin/version':
      return { status: 200, body: options.version ?? '3.8.8' };
    case 'GET /ui-settings':
      return { status: 200, body: uiSettings(options) };
    case 'POST /api/flows/filter':
    case 'POST /api/flow_runs/filter':
    case 'POST /api/deployments/filter':
      return { status: 200, body: [] };
    default:
      return { status: 404, body: { detail: 'Not Found' } };
  }
}

function uiSettings(options: StartPrefect) {
  return {
    api_url: options.uiApiUrl,
    csrf_enabled: false,
    auth: options.auth === undefined ? null : 'BASIC',
    flags: [],
    default_ui: 'v2',
    available_uis: ['v1', 'v2'],
    v1_base_url: '/',
    v2_base_url: '/v2',
  };
}

function isAllowed(request: SeenRequest, auth: string): boolean {
  return request.headers.authorization === `Basic ${Buffer.from(auth).toString('base64')}`;
}
