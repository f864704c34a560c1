import {
  type Listen,
  type Reply,
  type SeenRequest,
  startWebService,
  type WebService,
} from './web-service.ts';

const CREATED_AT = '2026-01-01T00:00:00.000Z';

/** A stand-in for Marquez, with the lineage events that it has been sent. */
export interface RehearsedMarquez extends WebService {
  /** Parsed bodies of `POST /api/v1/lineage`, in order. */
  readonly events: readonly unknown[];
}

/**
 * Starts a stand-in for a Marquez server: namespaces, lineage and the admin health check, which the real one serves on
 * a port of its own. Shapes: https://marquezproject.ai/openapi.html
 */
export async function startMarquez(options: Listen = {}): Promise<RehearsedMarquez> {
  const events: unknown[] = [];
  const service = await startWebService(options, (request) => answer(request, events));
  return { ...service, events };
}

function answer(request: SeenRequest, events: unknown[]): Reply {
  const [path = ''] = request.path.split('?');
  switch (`${request.method} ${path}`) {
    case 'GET /api/v1/namespaces':
      return { status: 200, body: { namespaces: ['default', ...namespacesIn(events)].map(namespace) } };
    case 'POST /api/v1/lineage':
      return takeEvent(request.body, events);
    case 'GET /healthcheck':
      return { status: 200, body: { deadlocks: { healthy: true }, postgresql: { healthy: true } } };
    case 'GET /ping':
      return { status: 200, body: 'pong' };
    default:
      return { status: 404, body: { code: 404, message: 'HTTP 404 Not Found' } };
  }
}

function takeEvent(body: string, events: unknown[]): Reply {
  try {
    events.push(JSON.parse(body));
    return { status: 201, body: '' };
  } catch {
    // The server says so to the sender; there is nobody else to tell.
    return { status: 400, body: { code: 400, message: 'Unable to process JSON' } };
  }
}

function namespacesIn(events: readonly unknown[]): string[] {
  const names = events.map((event) => member(member(event, 'job'), 'namespace'));
  return [...new Set(names.filter((name) => typeof name === 'string' && name !== 'default'))].map(String);
}

function namespace(name: string) {
  return {
    name,
    createdAt: CREATED_AT,
    updatedAt: CREATED_AT,
    ownerName: 'anonymous',
    description: null,
    isHidden: false,
  };
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
