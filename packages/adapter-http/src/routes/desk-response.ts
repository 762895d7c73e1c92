/** What whoever delivers a marketplace’s message is told: nothing but whether to send it again. */
import { emptyResponse } from '../answer/answer.ts';
import { retryAfter } from '../answer/not-decided.ts';
import { problemResponse } from '../answer/problem.ts';
import type { DeskAnswer } from '../marketplaces/desk.ts';

/** 204 once there is a receipt, of the message or of its digest; 503 while there is none. */
export const deskResponse = (answer: DeskAnswer): Response =>
  answer.answer === 'later'
    ? problemResponse({ problem: 'not_ready', detail: 'it was not recorded; send it again', headers: retryAfter() })
    : emptyResponse();
