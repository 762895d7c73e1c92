/** Carries out an approved `flush_cache`; what it answers is recorded. */
export const flushCache = async ({ resource }) => ({ flushed: resource });
