/** A value and where it came from, in the words of the person who gave it. */
export interface Setting<T> {
  readonly value: T;
  /** `flag --host`, `HOTPASS_VIA`, `.env:3`, `hotpass.yaml:12:7` or `default`. */
  readonly origin: string;
}
