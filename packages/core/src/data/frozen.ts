/** Values that stay as they are: a compiled catalog is shared by all tenants, and parts of it stand in every decision. */

/** The same value, frozen with all that it holds. For data that is not nested deeper than a policy is. */
export const frozen = <A>(value: A): A => {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) frozen(member);
  }
  return value;
};
