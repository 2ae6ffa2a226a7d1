/** What forms hold that are opened from other views as well: an entry to pass on, and which acts are looked at. */
export const relay = $state({ of: "", to: [] as string[], remarks: "" });
export const acts = $state({ sort: "enquiries" });
