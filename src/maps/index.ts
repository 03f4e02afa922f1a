/** Placeholder interface until the maps room lands. */
export interface MapTable {
  readonly size: number;
}
