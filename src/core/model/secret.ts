const REDACTED = '[redacted]';

/**
 * A credential that cannot be printed by accident: string conversion, JSON, `util.inspect` and a logger all show
 * `[redacted]`. Only {@link Secret.reveal} gives the value, so that every place that uses it can be found by name.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself. Hand it to the gateway, to nothing else. */
  reveal(): string {
    return this.#value;
  }

  /** `text` without the value, for messages that another program wrote. */
  scrub(text: string): string {
    return this.#value === '' ? text : text.replaceAll(this.#value, REDACTED);
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [Symbol.toPrimitive](): string {
    return REDACTED;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return REDACTED;
  }
}
