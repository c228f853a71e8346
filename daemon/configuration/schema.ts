// The whole Configuration: its sections, their defaults and the types that follow from them. Shape only: what spans
// several keys is checked in `consistency.ts`.

import { z } from 'zod';
import { adminSection, journalSection, linkSection, loopSection, observeSection } from './process-schema.ts';
import {
  currencySection,
  executionSection,
  instrumentSection,
  riskSection,
  sessionSection,
  strategySection,
  venueSection,
} from './trading-schema.ts';

export const configurationSchema = z.strictObject({
  session: sessionSection.describe('The session and what it records.'),
  journal: journalSection.prefault({}).describe('The Event Stream on disk. Runtime only.'),
  loop: loopSection.prefault({}).describe('The hot loop and its threads. Runtime only.'),
  link: linkSection.prefault({}).describe('The ingress gateways dial. Runtime only.'),
  admin: adminSection.prefault({}).describe('The admin socket. Runtime only.'),
  observe: observeSection.prefault({}).describe('Metrics, health and logs. Runtime only.'),
  execution: executionSection.prefault({}).describe('Capacities and rules of Execution State.'),
  venues: z.array(venueSection).min(1).max(64).describe('The Venues. Events name one by its index in this list.'),
  currencies: z.array(currencySection).min(1).max(256).describe('The currencies, by index.'),
  instruments: z.array(instrumentSection).min(1).max(4096).describe('The instruments, by index.'),
  risk: riskSection.prefault({}).describe('Limits over all instruments.'),
  strategies: z.array(strategySection).max(256).prefault([]).describe('The strategies, by index.'),
});

/**
 * A validated Configuration with every default filled in. Prices, durations and sizes are normalised text, so that it
 * is plain JSON, exact, and itself a valid configuration file.
 */
export type EffectiveConfiguration = z.output<typeof configurationSchema>;
export type EffectiveInstrument = EffectiveConfiguration['instruments'][number];
export type EffectiveVenue = EffectiveConfiguration['venues'][number];
export type EffectiveStrategy = EffectiveConfiguration['strategies'][number];
