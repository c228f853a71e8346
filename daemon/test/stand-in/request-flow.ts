// The way of one request through a stand-in: logged, struck by faults, executed, answered, and what it caused told. The order
// of answer and consequences is decided here and nowhere else.

import type { FaultPlan, FaultRule, RequestFault } from './faults.ts';
import type { HttpReply } from './server.ts';
import type { World } from './world.ts';

interface RequestCourse {
  readonly connection: string;
  readonly method: string;
  /** Does it; returns the answer. */
  execute(): string;
  /** The answer to a request that a fault refuses. */
  refuse(rule: FaultRule): string;
  answer(text: string): void;
  /** Tells what happened since the last time: reports, balances, market data. */
  tell(): void;
  disconnect(): void;
}

export function runRequest(plan: FaultPlan, course: RequestCourse): void {
  const rules = plan.atRequest(course.connection, course.method);
  const of = (fault: RequestFault): FaultRule | undefined => rules.find((rule) => rule.fault === fault);
  if (of('loseRequest') !== undefined) return;
  if (of('disconnectBefore') !== undefined) {
    course.disconnect();
    return;
  }
  const slow = of('slowRequest');
  if (slow === undefined) execute(course, of);
  else setTimeout(() => { execute(course, of); }, slow.milliseconds ?? 0).unref();
}

/** What a Venue has of its own to say to an HTTP call. */
interface HttpCourse {
  readonly method: string;
  execute(): HttpReply;
  refuse(rule: FaultRule): HttpReply;
  /** The beginning of a body, for an answer that breaks off. */
  readonly begun: string;
}

export function runHttp(world: World, course: HttpCourse, reply: (reply: HttpReply) => void): void {
  const { method } = course;
  let last: HttpReply = { status: 200, body: '' };
  const bodyOf = (answer: HttpReply): string => {
    last = answer;
    return answer.body;
  };
  runRequest(world.plan, {
    connection: 'http', method,
    execute: () => bodyOf(course.execute()),
    refuse: (rule) => bodyOf(course.refuse(rule)),
    answer: () => { reply({ ...last, cut: world.plan.atMessage('http', method).length > 0 }); },
    tell: () => { world.tell(); },
    disconnect: () => { reply({ status: 200, body: course.begun, cut: true }); },
  });
}

function execute(course: RequestCourse, of: (fault: RequestFault) => FaultRule | undefined): void {
  const error = of('error');
  const done = error === undefined || error.effect === true ? course.execute() : '';
  const text = error === undefined ? done : course.refuse(error);
  if (of('disconnectAfter') !== undefined) {
    course.disconnect();
    course.tell();
    return;
  }
  const slow = of('slowAnswer');
  const early = slow !== undefined || of('eventsFirst') !== undefined || of('loseAnswer') !== undefined;
  if (early) course.tell();
  if (of('loseAnswer') !== undefined) return;
  if (slow !== undefined) setTimeout(() => { course.answer(text); }, slow.milliseconds ?? 0).unref();
  else course.answer(text);
  if (!early) course.tell();
}
