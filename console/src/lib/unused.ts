/**
 * Stands in the bundle for what MapLibre would carry along and this chart never shows: its own attribution and mark (the
 * chart names its sources itself), and the words of controls that are not there.
 */
export class AttributionControl {}
export class LogoControl {}
export const defaultAttributionControlOptions = {};

/** All words that the map itself writes; nautical miles as everywhere else. */
export const defaultLocale = { "Map.Title": "", "ScaleControl.NauticalMiles": "NM" };
