/** A part of the way to a gateway that may break. */
export class Part {
  readonly #watchers = new Set<() => void>();

  onChange(watch: () => void): void {
    this.#watchers.add(watch);
  }

  protected changed(): void {
    for (const watch of this.#watchers) watch();
  }
}

/** The network between two machines. A lost one swallows every packet without a word. */
export class Link extends Part {
  #isLost = false;

  get isLost(): boolean {
    return this.#isLost;
  }

  setLost(isLost: boolean): void {
    if (isLost === this.#isLost) return;
    this.#isLost = isLost;
    this.changed();
  }
}

/** `ssh -L`: it listens on this machine and passes on to the gateway's. One that died refuses within milliseconds. */
export class Tunnel extends Part {
  #isUp = true;

  get isUp(): boolean {
    return this.#isUp;
  }

  setUp(isUp: boolean): void {
    if (isUp === this.#isUp) return;
    this.#isUp = isUp;
    this.changed();
  }
}

/** A reverse proxy in front of the gateway. */
export class Proxy extends Part {
  #status: number | undefined;
  /** Whether it answers so to everybody, or only to WebSocket upgrades. */
  #answersAll = false;

  /** What it answers instead of passing on; `undefined`: it passes on. */
  statusFor(what: 'upgrade' | 'health'): number | undefined {
    return what === 'upgrade' || this.#answersAll ? this.#status : undefined;
  }

  answer(status: number | undefined, toWhom: 'everybody' | 'upgrades'): void {
    this.#status = status;
    this.#answersAll = toWhom === 'everybody';
    this.changed();
  }
}

/** The certificate of the gateway, or of what stands before it. */
export class Certificate extends Part {
  #isTrusted = true;

  get isTrusted(): boolean {
    return this.#isTrusted;
  }

  setTrusted(isTrusted: boolean): void {
    this.#isTrusted = isTrusted;
    this.changed();
  }
}

/** Whoever tells the address of the gateway's name. */
export class NameServer extends Part {
  #isUp = true;

  get isUp(): boolean {
    return this.#isUp;
  }

  setUp(isUp: boolean): void {
    this.#isUp = isUp;
    this.changed();
  }
}
