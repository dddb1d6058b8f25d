import { setTimeout as sleep } from 'node:timers/promises';
import { HttpException, HttpStatus, Injectable } from '@nestjs/common';
import { TrackMetric, type TrackedCall } from 'nestjs-tsmon';

export const PAYMENT_METHODS = ['card', 'invoice'] as const;
export type PaymentMethod = (typeof PAYMENT_METHODS)[number];

const CARD_REFUSAL_RATE = 0.2;
const MAX_ANSWER_MS = 50;

/** Imitates a bank: it takes some time, and refuses some cards. */
@Injectable()
export class PaymentsService {
  @TrackMetric('shop/payment', {
    description: 'Payments asked for.',
    fields: { method: 'string' },
    map: ({ args: [, method] }: TrackedCall<[number, PaymentMethod]>) => ({ method }),
  })
  async charge(amount: number, method: PaymentMethod): Promise<void> {
    await sleep(Math.random() * MAX_ANSWER_MS);
    if (method === 'card' && Math.random() < CARD_REFUSAL_RATE) {
      throw new HttpException(
        `The bank refused to pay ${amount} by card.`,
        HttpStatus.PAYMENT_REQUIRED,
      );
    }
  }
}
