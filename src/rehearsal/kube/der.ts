const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  utcTime: 0x17,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Writes one value of DER: tag, length, contents. */
export function tagged(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag, ...lengthOf(body.length)]), body]);
}

/** Writes a SEQUENCE of values. */
export const sequence = (...values: readonly Uint8Array[]) => tagged(TAG.sequence, ...values);
/** Writes a SET of values. */
export const set = (...values: readonly Uint8Array[]) => tagged(TAG.set, ...values);
/** Writes an OCTET STRING. */
export const octets = (bytes: Uint8Array) => tagged(TAG.octets, bytes);
/** Writes a BIT STRING; `unused` bits at its end do not count. */
export const bits = (bytes: Uint8Array, unused = 0) => tagged(TAG.bits, Buffer.from([unused]), bytes);
/** Writes a UTF8String. */
export const utf8 = (text: string) => tagged(TAG.utf8, Buffer.from(text));
/** Writes the BOOLEAN true; false is always left out in DER. */
export const yes = () => tagged(TAG.boolean, Buffer.from([0xff]));

/** Writes an INTEGER of unsigned bytes, the highest first. */
export function unsigned(bytes: Uint8Array): Buffer {
  const isNegativeLooking = ((bytes[0] ?? 0) & 0x80) !== 0;
  return tagged(TAG.integer, isNegativeLooking ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
}

/** Writes a UTCTime: dates from 1950 to 2049, to the second. */
export function utcTime(date: Date): Buffer {
  const digits = date.toISOString().replaceAll(/\D/g, '').slice(2, 14);
  return tagged(TAG.utcTime, Buffer.from(`${digits}Z`));
}

/** Writes an OBJECT IDENTIFIER such as `2.5.4.3`. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return tagged(TAG.oid, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): number[] {
  const digits = [value & 0x7f];
  for (let left = value >>> 7; left > 0; left >>>= 7) digits.unshift((left & 0x7f) | 0x80);
  return digits;
}

function lengthOf(length: number): number[] {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}
