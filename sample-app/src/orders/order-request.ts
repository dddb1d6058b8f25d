import { BadRequestException } from '@nestjs/common';
import { PAYMENT_METHODS, type PaymentMethod } from '../payments/payments.service.js';

/** The order that a customer places. */
export interface OrderRequest {
  readonly item: string;
  readonly quantity: number;
  readonly gift: boolean;
  readonly method: PaymentMethod;
}

/** Limits the number of streams: the quantity is a field of a metric. */
const MAX_QUANTITY = 5;

/** Checks the body of a request, and fills in defaults. */
export function orderRequest(body: unknown): OrderRequest {
  const {
    item,
    quantity = 1,
    gift = false,
    method = 'card',
  } = (body ?? {}) as Partial<OrderRequest>;
  if (typeof item !== 'string') {
    throw new BadRequestException('item must be the name of an item.');
  }
  if (!Number.isInteger(quantity) || quantity < 1 || quantity > MAX_QUANTITY) {
    throw new BadRequestException(`quantity must be an integer from 1 to ${MAX_QUANTITY}.`);
  }
  if (typeof gift !== 'boolean') {
    throw new BadRequestException('gift must be true or false.');
  }
  if (!PAYMENT_METHODS.includes(method)) {
    throw new BadRequestException(`method must be one of ${PAYMENT_METHODS.join(', ')}.`);
  }
  return { item, quantity, gift, method };
}
