// Which faults strike what happens next: by probability from its own generator, or exactly, "the third NEW".
// Decides only; what a fault does is where it strikes. README.md has the list.

import { Prng } from '../../base/prng.ts';
import { Action } from '../../event/kinds.ts';
import { FAULT_KINDS, FAULT_TRIGGERS, type FaultKind, type FaultSettings, type FaultTrigger } from '../../event/simulation-settings.ts';

/**
 * What each kind of fault happens to when it is drawn by probability. A script may narrow `request` to one action.
 */
export const NATURAL_TRIGGER: Readonly<Record<FaultKind, FaultTrigger>> = {
  loseRequest: 'request', reject: 'request', rateLimit: 'request', disconnect: 'request',
  loseAcknowledgement: 'request', delayAcknowledgement: 'request', duplicateAcknowledgement: 'request',
  reorderAcknowledgement: 'request', fillBeforeAcceptance: 'new', fillAfterTerminal: 'cancel',
  loseFill: 'fill', duplicateFill: 'fill', orphanFill: 'fill',
  announcedGap: 'delta', silentGap: 'delta', crossedBook: 'delta', zeroQuantity: 'delta', negativeQuantity: 'delta',
  unknownInstrument: 'delta',
  disagreeingStatus: 'status', orphanStatus: 'status',
};

const REQUEST_TRIGGERS: readonly FaultTrigger[] = ['request', 'new', 'replace', 'cancel'];

/** May a script put this fault there? A disconnect may also strike the feed. */
export function fits(fault: FaultKind, on: FaultTrigger): boolean {
  const natural = NATURAL_TRIGGER[fault];
  if (natural === on || (natural === 'request' && REQUEST_TRIGGERS.includes(on))) return true;
  return fault === 'disconnect' && on === 'delta';
}

export interface FaultState {
  readonly occurrences: Readonly<Record<string, number>>;
  readonly words: readonly number[];
}

const NONE: readonly FaultKind[] = [];

export class FaultPlan {
  readonly settings: FaultSettings;
  private prng: Prng;
  private readonly occurrences = new Map<FaultTrigger, number>(FAULT_TRIGGERS.map((trigger) => [trigger, 0]));
  private readonly drawn: readonly FaultKind[];

  constructor(settings: FaultSettings, prng: Prng) {
    this.settings = settings;
    this.prng = prng;
    this.drawn = FAULT_KINDS.filter((kind) => (settings.ppm[kind] ?? 0) > 0);
  }

  atRequest(action: Action): readonly FaultKind[] {
    return this.at('request', action === Action.New ? 'new' : action === Action.Replace ? 'replace' : 'cancel');
  }

  atFill(): readonly FaultKind[] {
    return this.at('fill');
  }

  atDelta(): readonly FaultKind[] {
    return this.at('delta');
  }

  atStatus(): readonly FaultKind[] {
    return this.at('status');
  }

  save(): FaultState {
    return { occurrences: Object.fromEntries(this.occurrences), words: this.prng.words() };
  }

  restore(state: FaultState): void {
    for (const trigger of FAULT_TRIGGERS) this.occurrences.set(trigger, state.occurrences[trigger] ?? 0);
    this.prng = new Prng(state.words);
  }

  private at(...triggers: FaultTrigger[]): readonly FaultKind[] {
    for (const trigger of triggers) this.occurrences.set(trigger, (this.occurrences.get(trigger) ?? 0) + 1);
    if (this.drawn.length === 0 && this.settings.script.length === 0) return NONE;
    const struck = this.drawn.filter((kind) => triggers.includes(NATURAL_TRIGGER[kind])
      && this.prng.chance(this.settings.ppm[kind] ?? 0));
    for (const { fault, on, nth } of this.settings.script) {
      if (triggers.includes(on) && this.occurrences.get(on) === nth) struck.push(fault);
    }
    return struck;
  }
}
