/** A message that was not acknowledged yet. */
export interface Unacked {
  readonly sequence: number;
  /** The whole frame: what is resent is the same to the byte. */
  readonly frame: Buffer;
  readonly onAcked: (() => void) | undefined;
  /** Milliseconds of the monotonic clock; of the last time where it was sent more than once. */
  sentAt: number;
  firstSentAt: number;
  /** Counts all sends of all messages: which of two was sent later. */
  order: number;
  /** How often it was sent. */
  sends: number;
}

/** The messages that were not acknowledged, in the order in which they were last sent. */
export interface UnackedMessages {
  add(message: Unacked): void;
  /** Takes a message out; undefined when it is not there. */
  remove(sequence: number): Unacked | undefined;
  /** Makes a message the one that was sent last. */
  renew(message: Unacked): void;
  /** The one whose last send is longest ago. */
  first(): Unacked | undefined;
  /** All, in the order of their numbers. */
  bySequence(): readonly Unacked[];
  readonly size: number;
  /** Bytes of their frames. */
  readonly bytes: number;
}

/** A place in a ring; alone it is its own neighbour. The head of the ring has no message. */
class Link {
  before: Link = this;
  after: Link = this;
  readonly message: Unacked | undefined;
  constructor(message?: Unacked) {
    this.message = message;
  }
}

/**
 * Makes an empty set. A Map alone keeps an order too, but to ask it again and again for its first entry means to walk
 * over all that were deleted before.
 */
export function createUnacked(): UnackedMessages {
  const links = new Map<number, Link>();
  const head = new Link();
  let bytes = 0;
  const append = (link: Link) => {
    link.before = head.before;
    link.after = head;
    head.before.after = link;
    head.before = link;
  };
  return {
    add(message) {
      const link = new Link(message);
      links.set(message.sequence, link);
      append(link);
      bytes += message.frame.length;
    },
    remove(sequence) {
      const link = links.get(sequence);
      if (link?.message === undefined) return undefined;
      links.delete(sequence);
      unlink(link);
      bytes -= link.message.frame.length;
      return link.message;
    },
    renew({ sequence }) {
      const link = links.get(sequence);
      if (link === undefined) return;
      unlink(link);
      append(link);
    },
    first: () => head.after.message,
    bySequence: () =>
      [...links.values()]
        .flatMap(({ message }) => message ?? [])
        .sort((one, other) => one.sequence - other.sequence),
    get size() {
      return links.size;
    },
    get bytes() {
      return bytes;
    },
  };
}

function unlink(link: Link): void {
  link.before.after = link.after;
  link.after.before = link.before;
}
