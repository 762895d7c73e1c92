/** One wording for what does not exist for a tenant, whether nobody has it or the tenant did not buy it. */
export const TOOL_NOT_FOUND = { code: 'tool_not_found', means: 'the tool exists for this tenant' } as const;
