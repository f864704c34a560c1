import { NodeHttpHandler } from '@smithy/node-http-handler';

type HandleArguments = Parameters<NodeHttpHandler['handle']>;
type HandleResult = ReturnType<NodeHttpHandler['handle']>;
type HttpOptions = ConstructorParameters<typeof NodeHttpHandler>[0];

/** What the answers of services say of our clock. */
export interface FarClock {
  /** How far their clock is ahead of ours, in milliseconds, by the latest answer; undefined before there was one. */
  offsetMs(): number | undefined;
  /** Takes the Date header of an answer that has just come. */
  note(date: string | undefined): void;
}

/** Makes the memory of what answers say of our clock. */
export function createFarClock(now: () => Date): FarClock {
  let offsetMs: number | undefined;
  return {
    offsetMs: () => offsetMs,
    note(date) {
      const there = Date.parse(date ?? '');
      if (!Number.isNaN(there)) offsetMs = there - now().getTime();
    },
  };
}

/** Carries the calls of clients, and notes the date of each answer, also of those that are errors. */
export class DatedHttpHandler extends NodeHttpHandler {
  readonly #clock: FarClock;

  constructor(options: HttpOptions, clock: FarClock) {
    super(options);
    this.#clock = clock;
  }

  override async handle(...args: HandleArguments): HandleResult {
    const answer = await super.handle(...args);
    const { date, age } = answer.response.headers;
    // One with an age comes out of somebody's cache.
    if (age === undefined) this.#clock.note(date);
    return answer;
  }
}
