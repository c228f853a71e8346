// Every outcome of order.cancelReplace and order.amend.keepPriority, answer and stream in either order, and what is executed in
// between.

import { describe, expect, test } from 'vitest';
import { RejectReason } from '../../event/kinds.ts';
import { AnswerClass } from '../../event/order-adapter.ts';
import { AdapterRig, DONE, known } from './adapter-rig.fixture.ts';
import { CANCELLED, NAME, PLACED, report } from './answers.fixture.ts';

describe('replacement', () => {
  const replace = (rig: AdapterRig, more: { price?: number; quantity?: number; filled?: number } = {}) => rig.send({
    what: 'replace', order: known(1, { filled: more.filled ?? 0 }), price: more.price ?? 50_001_00, quantity: more.quantity ?? 20_000,
    nextClientOrderId: 't1-1',
  });
  const replaced = {
    what: 'replaced', name: { ...NAME, clientOrderId: 't1-1', venueOrderId: '12' }, price: '50001.00', quantity: '2.0000',
  };
  const both = (executedQty: string) => ({
    result: {
      cancelResult: 'SUCCESS', newOrderResult: 'SUCCESS', cancelResponse: { ...CANCELLED, executedQty }, newOrderResponse: PLACED,
    },
  });

  test('both halves: one fact, whether the stream or the answer is first', () => {
    for (const isStreamFirst of [true, false]) {
      const rig = AdapterRig.open();
      const id = replace(rig);
      expect(rig.frames[0]!.params).toMatchObject({ cancelRestrictions: 'ONLY_NEW', quantity: '2.0000', price: '50001.00' });
      const stream = () => {
        rig.tell(report({ x: 'CANCELED', X: 'CANCELED', c: 't1.x', C: 't1' }));
        rig.tell(report({ c: 't1-1', i: 12, q: '2.0000', p: '50001.00' }));
      };
      if (isStreamFirst) stream();
      rig.reply('order.cancelReplace', both('0.0000'));
      if (!isStreamFirst) stream();
      const facts = rig.facts.filter(({ what }) => what !== 'cancelled');
      expect(facts).toHaveLength(1);
      expect(facts[0]).toMatchObject(replaced);
      expect(rig.facts.length).toBe(isStreamFirst ? 2 : 1);
      expect(rig.answers.get(id)).toEqual(DONE);
      expect(rig.frames).toEqual([]);
    }
  });

  test('an execution in between: as much is taken off the new order', () => {
    const rig = AdapterRig.open();
    const id = replace(rig, { filled: 2000 });
    expect(rig.frames[0]!.params).toMatchObject({ quantity: '1.8000' });
    expect(rig.frames[0]!.params).not.toHaveProperty('cancelRestrictions');
    rig.reply('order.cancelReplace', both('0.5000'));
    expect(rig.facts.at(-1)).toMatchObject({ what: 'replaced', quantity: '1.8000' });
    expect(rig.answers.has(id)).toBe(false);
    expect(rig.frames[0]!.params).toMatchObject({ origClientOrderId: 't1-1', newClientOrderId: 't1-1', newQty: '1.5000' });
    rig.reply('order.amend.keepPriority', {
      result: {
        transactTime: 9, executionId: 3,
        amendedOrder: { ...CANCELLED, orderId: 12, origClientOrderId: 't1-1', qty: '1.5000', origQty: undefined },
      },
    });
    expect(rig.facts.at(-1)).toMatchObject({ what: 'replaced', price: '', quantity: '1.5000' });
    expect(rig.answers.get(id)).toEqual(DONE);
    rig.tell(report({ x: 'REPLACED', c: 't1-1', C: 't1-1', i: 12, q: '1.5000' }));
    expect(rig.facts.filter(({ what }) => what === 'replaced')).toHaveLength(2);
  });

  test('executed whole in between: the new order is cancelled', () => {
    const rig = AdapterRig.open();
    const id = replace(rig, { filled: 2000, quantity: 3000 });
    rig.reply('order.cancelReplace', both('0.9000'));
    expect(rig.frames[0]).toMatchObject({ method: 'order.cancel', params: { origClientOrderId: 't1-1' } });
    rig.reply('order.cancel', {});
    expect(rig.answers.get(id)).toEqual(DONE);
  });

  const failure = (code: number, msg: string) => ({ code, msg });
  test.each([
    ['neither half', 400, -2022, { cancelResult: 'FAILURE', newOrderResult: 'NOT_ATTEMPTED', newOrderResponse: null,
      cancelResponse: failure(-2011, 'Unknown order sent.') }, AnswerClass.Rejected, RejectReason.UnknownOrder],
    ['an execution came first', 400, -2022, { cancelResult: 'FAILURE', newOrderResult: 'NOT_ATTEMPTED', newOrderResponse: null,
      cancelResponse: failure(-2011, 'Order was not canceled due to cancel restrictions.') }, AnswerClass.Rejected, RejectReason.Other],
    ['only the cancel', 409, -2021, { cancelResult: 'SUCCESS', newOrderResult: 'FAILURE', cancelResponse: CANCELLED,
      newOrderResponse: failure(-2010, 'Order would immediately match and take.') }, AnswerClass.Rejected, RejectReason.PostOnlyWouldCross],
    ['only the cancel, by a limit', 409, -2021, { cancelResult: 'SUCCESS', newOrderResult: 'FAILURE', cancelResponse: CANCELLED,
      newOrderResponse: failure(-1015, 'Too many new orders.') }, AnswerClass.RateLimited, RejectReason.RateLimited],
    ['only the cancel, the other unsure', 409, -2021, { cancelResult: 'SUCCESS', newOrderResult: 'FAILURE', cancelResponse: CANCELLED,
      newOrderResponse: failure(-1007, 'Timeout') }, AnswerClass.Ambiguous, RejectReason.Other],
    ['both failed', 400, -2022, { cancelResult: 'FAILURE', newOrderResult: 'FAILURE', cancelResponse: failure(-2011, 'Unknown order sent.'),
      newOrderResponse: failure(-2010, 'Order would immediately match and take.') }, AnswerClass.Rejected, RejectReason.UnknownOrder],
    ['unknown words', 409, -2021, { cancelResult: 'PERHAPS', newOrderResult: 'SUCCESS' }, AnswerClass.Ambiguous, RejectReason.Other],
    ['without data', 409, -2021, undefined, AnswerClass.Ambiguous, RejectReason.Other],
  ])('%s', (_, status, code, data, answerClass, reason) => {
    const rig = AdapterRig.open();
    const id = replace(rig);
    rig.reply('order.cancelReplace', { status, error: { code, msg: 'Order cancel-replace failed.', data } });
    expect(rig.answers.get(id)).toMatchObject({ class: answerClass, reason });
    expect(rig.facts).toEqual([]);
    rig.tell(report({ x: 'REJECTED', X: 'REJECTED', c: 't1-1', i: 12, r: 'WOULD_MATCH_IMMEDIATELY' }));
    expect(rig.facts).toEqual([]);
    rig.tell(report({ x: 'CANCELED', X: 'CANCELED', c: 't1.x', C: 't1' }));
    expect(rig.facts).toMatchObject([{ what: 'cancelled', name: NAME }]);
  });

  test('placed without cancelling, which was not asked for: the new order is cancelled, and the desk has to ask', () => {
    const rig = AdapterRig.open();
    const id = replace(rig);
    rig.reply('order.cancelReplace', {
      status: 409, error: { code: -2021, msg: '', data: { cancelResult: 'FAILURE', newOrderResult: 'SUCCESS', newOrderResponse: PLACED,
        cancelResponse: failure(-2011, 'Unknown order sent.') } },
    });
    rig.reply('order.cancel', {});
    expect(rig.answers.get(id)!.class).toBe(AnswerClass.Ambiguous);
    expect(rig.problems).toContain('replacement without cancellation');
  });

  test('while one is unanswered a cancel is for whichever generation stands', () => {
    const rig = AdapterRig.open();
    replace(rig);
    const id = rig.send({ what: 'cancel', order: known(1) });
    expect(rig.frames.slice(1).map(({ params }) => params['origClientOrderId'])).toEqual(['t1', 't1-1']);
    rig.reply('order.cancel', { status: 400, error: failure(-2011, 'Unknown order sent.') });
    expect(rig.answers.has(id)).toBe(false);
    rig.reply('order.cancel', {});
    expect(rig.answers.get(id)).toEqual(DONE);
  });

  test('less at the same price keeps the place in the queue; the amendment is one fact', () => {
    const rig = AdapterRig.open();
    const id = replace(rig, { price: 50_000_00, quantity: 7000 });
    expect(rig.frames[0]).toMatchObject({ method: 'order.amend.keepPriority', params: { newQty: '0.7000' } });
    rig.tell(report({ x: 'REPLACED', C: 't1', q: '0.7000' }));
    rig.reply('order.amend.keepPriority', {
      result: { transactTime: 9, executionId: 3, amendedOrder: { ...CANCELLED, clientOrderId: 't1', origQty: undefined, qty: '0.7000' } },
    });
    expect(rig.facts).toMatchObject([{ what: 'replaced', name: NAME, price: '', quantity: '0.7000' }]);
    expect(rig.answers.get(id)).toEqual(DONE);
  });

  test('of a generation whose history is unknown the quantity is asked for first', () => {
    const rig = AdapterRig.open();
    const order = known(1, { clientOrderId: 't1-3', quantity: 10_000, filled: 4000 });
    rig.send({ what: 'replace', order, price: order.price, quantity: 9000, nextClientOrderId: 't1-4' });
    rig.reply('order.status', {
      result: { ...CANCELLED, origClientOrderId: undefined, clientOrderId: 't1-3', origQty: '0.6000', status: 'NEW' },
    });
    expect(rig.frames[0]!.params).toMatchObject({ origClientOrderId: 't1-3', newQty: '0.5000' });
  });
});
