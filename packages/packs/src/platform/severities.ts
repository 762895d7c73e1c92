/** How bad what the line is stopped for is, the mildest first. */
export const ANDON_SEVERITIES = ['low', 'medium', 'high', 'critical'] as const;
