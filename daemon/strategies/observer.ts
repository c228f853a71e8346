// Watches and trades nothing: for sessions that only keep books and a journal.

import { defineStrategy } from '../core/strategy/strategy.ts';

export const observer = defineStrategy({
  name: 'observer',
  version: '1.0.0',
  memory: { events: 0 },
  parameters(raw): null {
    const [unknown] = Object.keys(raw);
    if (unknown !== undefined) throw new Error(`${unknown}: not a parameter; this strategy has none`);
    return null;
  },
  evaluate(_context, memory): void {
    memory.events++;
  },
});
