// biome-ignore lint/style/noRestrictedImports: the package itself, by the name that its users know
export { matchers } from '@tai-autonomics/core/testing';
