/** What of the HTTP door needs Node: the approvers' page, whose files it reads. */
export { type ApproverPage, type ApproverPageOptions, createApproverPage } from '../approver-page/approver-page.ts';
