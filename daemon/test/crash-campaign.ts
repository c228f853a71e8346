// kill -9 at the running daemon, again and again, at moments drawn from a seed: while it starts and recovers, while it
// trades, while an operator's command is under way, while it drains. After each kill the journal must hold everything that
// was seen before it, the next start must recover it with trading off, and what the Venue received must be on the record.
// The Venue lives on through all of it. docs/runbooks/crash-restart.md is the operator's view of the same.

import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { follow, NoDaemonError } from '../admin/client.ts';
import { Prng } from '../base/prng.ts';
import type { StatusReport } from '../event/operator-port.ts';
import { dispatchesOf, journalPaths, linesFrom, probe, requestOf } from './journal-contents.ts';
import { isCut } from './daemon-rig.ts';
import { merged, VENUE, type Layer } from './paper-configuration.ts';
import { PaperRig, venueAudit } from './paper-rig.ts';
import { foldIdentical, replayIdentical, type ReplayFacts } from './replay-check.ts';
import { pause } from './until.ts';

interface CampaignOptions {
  readonly kills: number;
  readonly seed: number;
  /** Every so many kills the journal is replayed in a process of its own. */
  readonly replayEvery: number;
  readonly report: (line: string) => void;
}

export interface CampaignResult {
  readonly kills: number;
  readonly killsAt: Readonly<Record<Moment, number>>;
  /** Sessions the kills fell into: one that ends between two kills is followed by the next. */
  readonly sessions: number;
  readonly replays: number;
  readonly linesFollowed: number;
  /** Of the last session. */
  readonly final: ReplayFacts;
  readonly requests: number;
  /** Dispatches that recovery closed because they never left. */
  readonly unsent: number;
  readonly tornTails: number;
  readonly audit: Readonly<Record<string, number>>;
}

/** What the daemon is doing when it is killed; listed by share, and each share is dealt out before the next begins. */
const MOMENTS = [
  'trading', 'trading', 'trading', 'start', 'start', 'start', 'enable', 'kill-switch', 'cancel-all', 'drain',
] as const;
type Moment = (typeof MOMENTS)[number];

/** The longest wait between the first Order of a life and its kill. */
const TRADING_MS_MAX = 300;
/** The longest wait between an operator's command and the kill; a drain takes longer than the others. */
const COMMAND_MS_MAX = 12;
const DRAIN_MS_MAX = 150;
/** Between two looks at a daemon that trades. */
const LOOK_MS = 15;
/** No answer is overdue because a machine is slow: a CANCEL beside an unanswered request is then never legal. */
const PATIENT: Layer = { venues: [merged(VENUE, { ackTimeout: '1min' })] };
const FOLLOWED_ONE_IN = 4;
const LINES_COMPARED = 200;

/** What was seen of a life before it was killed. */
interface Seen {
  position: number;
  sessionId: string;
  /** Lines of /events, as they came. */
  lines: string[];
  /** An operator set the kill switch, and was told that it is set. */
  killed: boolean;
}

export class CrashCampaign {
  private readonly options: CampaignOptions;
  private readonly rig: PaperRig;
  private readonly prng: Prng;
  private readonly replays: Promise<ReplayFacts>[] = [];
  private readonly killsAt: Record<Moment, number> = {
    trading: 0, start: 0, enable: 0, 'kill-switch': 0, 'cancel-all': 0, drain: 0,
  };
  private toCome: Moment[] = [];
  private readonly positionOf = new Map<string, number>();
  private expectKilled = false;
  private startMs = 1000;
  private linesFollowed = 0;
  private unsent = 0;
  private tornTails = 0;

  private constructor(rig: PaperRig, options: CampaignOptions) {
    this.rig = rig;
    this.options = options;
    this.prng = Prng.seeded(options.seed, 1);
  }

  static async run(options: CampaignOptions): Promise<CampaignResult> {
    const rig = await PaperRig.create({ configuration: PATIENT, simulation: { seed: options.seed } });
    const campaign = new CrashCampaign(rig, options);
    return rig.enclose(`npm run crash -- --kills ${options.kills} --lanes 1 --seed ${options.seed}`, async () => {
      try {
        return await campaign.run();
      } finally {
        await Promise.allSettled(campaign.replays);
      }
    });
  }

  private async run(): Promise<CampaignResult> {
    await this.firstStart();
    for (let kill = 1; kill <= this.options.kills; kill += 1) await this.lifeAndDeath(kill);
    return this.finish();
  }

  /** The gateway needs the token that the first daemon writes. */
  private async firstStart(): Promise<void> {
    this.rig.startDaemon();
    await this.rig.answering();
    this.rig.startGateway();
    await this.dies('start', { position: 0, sessionId: '', lines: [], killed: false });
  }

  private nextMoment(): Moment {
    if (this.toCome.length === 0) this.toCome = [...MOMENTS];
    const [moment] = this.toCome.splice(this.prng.below(this.toCome.length), 1);
    return moment!;
  }

  private async lifeAndDeath(kill: number): Promise<void> {
    const moment = this.nextMoment();
    const begun = performance.now();
    this.rig.startDaemon();
    const seen: Seen = { position: 0, sessionId: '', lines: [], killed: false };
    if (moment === 'start') {
      await pause(this.prng.below(Math.ceil(this.startMs * 1.3)));
    } else {
      this.assertRecovered(await this.rig.answering(), seen);
      this.startMs = performance.now() - begun;
      await this.liveUntil(moment, seen);
    }
    await this.dies(moment, seen);
    if (kill % this.options.replayEvery === 0) this.replayCopy(kill);
    this.options.report(`kill ${kill}: ${moment}, ${seen.sessionId || 'unseen'} at ${seen.position}, ${this.tailText()}`);
  }

  // ── a life ────────────────────────────────────────────────────────────────

  private assertRecovered(status: StatusReport, seen: Seen): void {
    this.see(status, seen);
    const facts = `session ${status.sessionId}, position ${status.position}, phase ${status.phase}`;
    if (status.trading !== 'off') throw new Error(`after a restart trading is ${status.trading}, expected off (${facts})`);
    const before = this.positionOf.get(status.sessionId) ?? 0;
    if (status.position < before) throw new Error(`position ${before} was recorded before the restart; found ${facts}`);
    const isReplayed = this.rig.daemon?.output.includes('every outcome identical') === true;
    if (before > 0 && !isReplayed) throw new Error(`nothing was replayed (${facts})`);
    if (this.expectKilled && !status.killSwitch) throw new Error(`the kill switch was set before the restart (${facts})`);
    if (status.killSwitch && !status.egressLatched) throw new Error(`the kill switch is set and the egress is open (${facts})`);
  }

  private async liveUntil(moment: Moment, seen: Seen): Promise<void> {
    const { rig } = this;
    const stop = new AbortController();
    const following = this.prng.below(FOLLOWED_ONE_IN) === 0 ? this.follow(seen, stop.signal) : Promise.resolve();
    if (moment === 'enable') {
      // It clears the kill switch first, and may have done so when the kill comes.
      this.expectKilled = false;
      const enabling = rig.enable().catch(() => undefined);
      await pause(this.prng.below(TRADING_MS_MAX));
      await this.killedDuring(enabling);
    } else {
      await rig.enable();
      this.expectKilled = false;
      this.see(await rig.statusWhere('Orders', ({ openOrders }) => openOrders > 0), seen);
      await this.watch(seen, this.prng.below(TRADING_MS_MAX));
      if (moment !== 'trading') await this.commandUnderWay(`/${moment === 'kill-switch' ? 'kill' : moment}`, seen);
    }
    await this.killedDuring(following);
    stop.abort();
  }

  /** What is under way ends with the daemon, and must not reach into its next life. */
  private async killedDuring(underWay: Promise<unknown>): Promise<void> {
    this.rig.daemon?.kill('SIGKILL');
    await underWay;
  }

  /** Looks again and again: whatever was seen last must be in the journal. */
  private async watch(seen: Seen, milliseconds: number): Promise<void> {
    const end = performance.now() + milliseconds;
    while (performance.now() < end) {
      this.see(await this.rig.status(), seen);
      await pause(LOOK_MS);
    }
  }

  private async commandUnderWay(path: string, seen: Seen): Promise<void> {
    const answered = this.rig.command(path, 'a kill is about to follow').then((answer) => {
      if (!answer.ok) return;
      seen.position = Math.max(seen.position, answer.position);
      if (path === '/kill') seen.killed = true;
    }, () => undefined);
    await pause(this.prng.below(path === '/drain' ? DRAIN_MS_MAX : COMMAND_MS_MAX));
    await this.killedDuring(answered);
  }

  private async follow(seen: Seen, stop: AbortSignal): Promise<void> {
    let text = '';
    const keep = (): void => {
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      seen.lines.push(...lines.filter((line) => line !== ''));
    };
    const request = { socketPath: join(this.rig.dataDir, 'admin.sock'), method: 'GET', path: '/events' } as const;
    try {
      for await (const chunk of follow(request, stop)) {
        text += chunk;
        keep();
      }
    } catch (error) {
      const isGone = error instanceof NoDaemonError || (error instanceof Error && error.message.includes('was cut'));
      if (!isGone && !isCut(error)) throw error;
    }
  }

  private see(status: StatusReport, seen: Seen): void {
    seen.position = Math.max(seen.position, status.position);
    seen.sessionId = status.sessionId;
  }

  // ── a death, and what it left ─────────────────────────────────────────────

  private async dies(moment: Moment, seen: Seen): Promise<void> {
    await this.rig.daemon?.killed();
    this.killsAt[moment] += 1;
    this.unsent += Number(/(\d+) dispatches were never sent/.exec(this.rig.daemon?.output ?? '')?.[1] ?? 0);
    const path = journalPaths(this.rig.dataDir).at(-1);
    if (path === undefined) return;
    const { journal, detail, started, lastPosition } = probe(path);
    if (journal === 'unstarted' && seen.position === 0) return;
    if (journal !== 'whole' && journal !== 'torn') throw new Error(`${path}: ${journal} after a kill: ${detail}`);
    if (journal === 'torn') this.tornTails += 1;
    const id = started?.sessionId ?? '';
    if (!['', id].includes(seen.sessionId)) throw new Error(`the newest session is ${id}, seen was ${seen.sessionId}`);
    const needed = Math.max(seen.position, this.positionOf.get(id) ?? 0);
    if (lastPosition < needed) throw new Error(`${path}: ends at position ${lastPosition}, ${needed} was seen before the kill`);
    this.positionOf.set(id, lastPosition);
    this.expectKilled ||= seen.killed;
    this.compareLines(path, seen.lines);
  }

  private compareLines(path: string, lines: readonly string[]): void {
    const last = lines.slice(-LINES_COMPARED);
    if (last.length === 0) return;
    this.linesFollowed += lines.length;
    const from = Number(/^#(\d+) /.exec(last[0])?.[1] ?? 0);
    const recorded = linesFrom(path, from);
    last.forEach((line, i) => {
      if (line === recorded[i]) return;
      throw new Error(`${path}: an Event on /events is recorded otherwise\nseen     ${line}\nrecorded ${recorded[i]}`);
    });
  }

  /** On a copy, so that the next life need not wait. */
  private replayCopy(kill: number): void {
    const path = journalPaths(this.rig.dataDir).at(-1);
    if (path === undefined || probe(path).journal === 'unstarted') return;
    const copy = join(this.rig.folder, `kill-${kill}.bin`);
    copyFileSync(path, copy);
    const replay = replayIdentical(copy);
    // Whether it fails is asked at the end; until then it must not count as nobody's.
    replay.catch(() => undefined);
    this.replays.push(replay);
  }

  // ── the end ───────────────────────────────────────────────────────────────

  private async finish(): Promise<CampaignResult> {
    const { rig } = this;
    const seen: Seen = { position: 0, sessionId: '', lines: [], killed: false };
    rig.startDaemon();
    this.assertRecovered(await rig.answering(), seen);
    await rig.enable();
    await rig.statusWhere('Orders', ({ openOrders }) => openOrders > 0);
    await rig.assertStateIsVenues();
    await rig.command('/drain', 'the campaign is over');
    const { code } = await rig.daemon!.ended;
    if (code !== 0) throw new Error(`the drain ended with ${code}, expected 0`);
    const audit = await this.audit();
    const journals = journalPaths(rig.dataDir);
    const final = await replayIdentical(journals.at(-1)!);
    const folded = await foldIdentical(journals.at(-1)!);
    if (folded.digest !== final.digest) throw new Error(`--fold ends in ${folded.digest}, --replay in ${final.digest}`);
    await Promise.all(this.replays);
    return {
      kills: this.options.kills, killsAt: this.killsAt, sessions: journals.length, replays: this.replays.length + 1,
      linesFollowed: this.linesFollowed, final, requests: this.compareWire(journals), unsent: this.unsent,
      tornTails: this.tornTails, audit,
    };
  }

  /** What the Venue counted over its whole life: it was never killed. */
  private async audit(): Promise<Readonly<Record<string, number>>> {
    const { counters } = await venueAudit(this.rig.gateway!);
    for (const count of ['overlapping', 'overlappingCancels', 'overlappingAfterFault', 'duplicateNews']) {
      if (counters[count] === 0) continue;
      throw new Error(`the Venue counted ${counters[count]} ${count}, expected none: ${JSON.stringify(counters)}`);
    }
    return counters;
  }

  /** Write-ahead: what was on the wire is on the record, in that order; no Order id was sent twice as NEW. */
  private compareWire(journals: readonly string[]): number {
    const recorded = journals.flatMap(dispatchesOf);
    const sent = this.rig.wireLog().map(requestOf).filter((request) => request !== null);
    const news = sent.filter((request) => request.startsWith('NEW ')).map((request) => request.split(' ')[1]);
    if (new Set(news).size !== news.length) throw new Error('an Order id was sent twice as NEW');
    let at = 0;
    for (const request of sent) {
      const found = recorded.indexOf(request, at);
      if (found < 0) throw new Error(`the Venue received ${request}, which is not on the record after the request before it`);
      at = found + 1;
    }
    return sent.length;
  }

  private tailText(): string {
    return [...this.positionOf].at(-1)?.join(' to ') ?? 'no session yet';
  }
}
