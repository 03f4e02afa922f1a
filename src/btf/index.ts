/** Placeholder until the btf room lands. */
export interface Btf {
  readonly types: readonly unknown[];
}
