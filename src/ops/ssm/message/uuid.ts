/** A version 4 UUID in its usual form, as a place in a message's head holds it: with its two halves swapped. */

/** Writes a textual UUID of 36 characters into 16 bytes of a message, from `at` on. */
export function writeUuid(uuid: string, into: Buffer, at: number): void {
  into.write(uuid.slice(19, 23) + uuid.slice(24, 36), at, 8, 'hex');
  into.write(uuid.slice(0, 8) + uuid.slice(9, 13) + uuid.slice(14, 18), at + 8, 8, 'hex');
}

/** Reads the 16 bytes of a message from `at` on as a textual UUID, in lower case. */
export function readUuid(from: Buffer, at: number): string {
  const hex = from.toString('hex', at, at + 16);
  return `${hex.slice(16, 24)}-${hex.slice(24, 28)}-${hex.slice(28, 32)}-${hex.slice(0, 4)}-${hex.slice(4, 16)}`;
}
