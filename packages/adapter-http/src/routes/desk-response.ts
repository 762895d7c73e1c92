/** What whoever delivers a marketplace’s message is told: nothing but whether to send it again. */
import { emptyResponse } from '../answer/answer.ts';
import { retryAfter } from '../answer/not-decided.ts';
import { type Problem, problemResponse } from '../answer/problem.ts';
import type { DeskAnswer } from '../marketplaces/desk.ts';

/** 204 once it is kept; 422 where its digest alone has a receipt; 503 while there is none. */
export const deskResponse = ({ answer }: DeskAnswer): Response => {
  if (answer === 'kept') return emptyResponse();
  if (answer === 'rejected') return problemResponse(rejected);
  return problemResponse({ problem: 'not_ready', detail: 'it was not recorded; send it again', headers: retryAfter() });
};

const rejected: Problem = {
  problem: 'event_rejected',
  detail: 'it is no message that this marketplace sends; its digest is recorded, and it is not kept',
};
