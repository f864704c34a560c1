/** An answer of the API that is an error: its name and words are what AWS's own are. */
export class ApiError extends Error {
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}
