// The Venue's dead-man switch: cancels everything unless renewed. Armed while the daemon is there and the Venue takes
// requests, renewed three times per period, disarmed only when the gateway ends in order. Decides when; sends nothing.

enum DeadManState { Off, Armed }

/** An answer that did not come is tried again after this part of the period. */
const RENEWALS_PER_PERIOD = 3;
const NS_PER_SECOND = 1e9;

export class DeadMan {
  /** 0: this Venue has none, or none is wanted. */
  readonly seconds: number;
  private state = DeadManState.Off;
  private renewAt = Infinity;
  /** When the Venue fires, by what left and what was confirmed. */
  private fuse = Infinity;

  constructor(seconds: number) {
    this.seconds = seconds;
  }

  /** Conditions are met from now on: due at once. */
  arm(now: number): void {
    if (this.seconds === 0 || this.renewAt !== Infinity) return;
    this.renewAt = now;
  }

  /** Conditions are no longer met: the switch is left to the Venue, which fires unless `arm` comes in time. */
  release(): void {
    this.renewAt = Infinity;
  }

  isDue(now: number): boolean {
    return now >= this.renewAt;
  }

  get due(): number {
    return this.renewAt;
  }

  /** When the Venue fires unless it hears of us. */
  get fuseAt(): number {
    return this.state === DeadManState.Armed ? this.fuse : Infinity;
  }

  /** A renewal left. An answer lost may have armed it all the same. */
  sent(now: number): void {
    this.renewAt = now + this.interval;
    if (this.state === DeadManState.Off) this.fuse = now + this.seconds * NS_PER_SECOND;
  }

  /** The Venue confirmed what was sent at `sentAt`. */
  confirmed(sentAt: number, seconds: number): void {
    this.state = seconds === 0 ? DeadManState.Off : DeadManState.Armed;
    this.fuse = seconds === 0 ? Infinity : sentAt + seconds * NS_PER_SECOND;
  }

  /** The last confirmed period is over: the Venue has cancelled everything. True once. */
  hasFired(now: number): boolean {
    if (this.state !== DeadManState.Armed || now < this.fuse) return false;
    this.state = DeadManState.Off;
    this.fuse = Infinity;
    return true;
  }

  /** To be told so that nothing fires: it was armed, or may have been. */
  get mayBeArmed(): boolean {
    return this.seconds > 0 && this.fuse !== Infinity;
  }

  private get interval(): number {
    return (this.seconds * NS_PER_SECOND) / RENEWALS_PER_PERIOD;
  }
}
