// Feeds recorded frames to a session at the pace of their recording, a multiple of it, or as fast as the link takes
// them. Waits for the link instead of letting it shed: whatever the speed, the session sees every frame, in order, and
// in the capture's own time. Owns no file and no session.

import type { CaptureFrame } from './capture-reader.ts';
import type { GatewayClock } from './clock.ts';

/** Times the recorded pace; Infinity: as fast as the link takes it. */
export type Speed = number;

export interface CaptureFeedOptions {
  readonly speed: Speed;
  readonly clock: GatewayClock;
  /** Resolves when there is a link to feed and it has room. */
  readonly ready: () => Promise<void>;
  /** Takes one frame; `now` is the capture's time, ns since its first stamped frame. */
  readonly deliver: (frame: CaptureFrame, now: number) => void;
}

export interface CaptureFeedResult {
  readonly frames: number;
  /** ns from the first to the last stamped frame. */
  readonly span: number;
}

/** Frames between two looks at the link and one turn of the event loop. */
const BATCH = 64;

export class CaptureFeed {
  private readonly options: CaptureFeedOptions;
  private first = 0n;
  private current = 0;
  private startedNs = 0;
  private frames = 0;
  private stopped = false;
  private wake: () => void = () => undefined;

  constructor(options: CaptureFeedOptions) {
    this.options = options;
  }

  /** The capture's time: never decreases, whatever the stamps do. */
  now(): number {
    return this.current;
  }

  /** Ends `run` after the frame in hand. */
  stop(): void {
    this.stopped = true;
    this.wake();
  }

  async run(source: AsyncIterable<CaptureFrame>): Promise<CaptureFeedResult> {
    for await (const frame of source) {
      if (this.stopped) break;
      if (this.frames % BATCH === 0) await new Promise(setImmediate);
      await this.options.ready();
      await this.pace(frame.captureTime);
      if (this.stopped) break;
      this.frames += 1;
      this.options.deliver(frame, this.current);
    }
    return { frames: this.frames, span: this.current };
  }

  private async pace(captureTime: bigint): Promise<void> {
    if (captureTime === 0n) return;
    const { clock, speed } = this.options;
    if (this.first === 0n) {
      this.first = captureTime;
      this.startedNs = clock.monotonicNs();
    }
    this.current = Math.max(this.current, Number(captureTime - this.first));
    if (speed === Infinity) return;
    const dueNs = this.startedNs + this.current / speed;
    const waitMs = (dueNs - clock.monotonicNs()) / 1e6;
    if (waitMs >= 1) await this.pause(waitMs);
  }

  private pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.options.clock.after(Math.floor(milliseconds), resolve);
      this.wake = () => { cancel(); resolve(); };
    });
  }
}
