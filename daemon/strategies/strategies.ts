// The built-in Strategies by name: `module: builtin:NAME` in the Configuration.

import { type AnyStrategy, eraseStrategy } from '../core/strategy/strategy.ts';
import { observer } from './observer.ts';
import { referenceMaker } from './reference-maker.ts';

export const BUILT_IN: ReadonlyMap<string, AnyStrategy> = new Map([
  [observer.name, eraseStrategy(observer)],
  [referenceMaker.name, eraseStrategy(referenceMaker)],
]);
