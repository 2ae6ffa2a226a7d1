/** What the form of a notice begins with when it is opened from elsewhere: one's own notice, to copy or to amend. */
export const begin = $state({ reference: "", amends: false });

/** Open the form with a notice of one's own: as its amendment, or as the copy from which another one is made. */
export function beginFrom(reference: string, amends: boolean): void {
  Object.assign(begin, { reference, amends });
  location.hash = "file";
}
