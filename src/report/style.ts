/** How text is emphasised. The library marks by meaning; who prints decides what that looks like. */
export interface Style {
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly special: (text: string) => string;
}

const same = (text: string): string => text;

/** No emphasis. */
export const PLAIN: Style = { strong: same, faint: same, good: same, bad: same, special: same };
