/** What structured control flow needs to know of a graph: reverse postorder, dominators, loops, merges. Iterative throughout. */
import { dominators } from './dominators.ts';

export interface Flow {
  readonly succs: readonly (readonly number[])[];
  readonly preds: readonly (readonly number[])[];
  /** Reachable nodes in reverse postorder; [0] is the entry. */
  readonly order: readonly number[];
  /** Position in `order`, -1 where unreachable. */
  readonly rank: Int32Array;
  /** Immediate dominator, -1 for the entry. */
  readonly idom: Int32Array;
  /** Target of a back edge. */
  readonly isHeader: Uint8Array;
  /** Reached by two or more forward edges. */
  readonly isMerge: Uint8Array;
  /** Header of the innermost loop around the node (for a header: around its own loop), -1 outside of loops. */
  readonly loop: Int32Array;
  /** Nodes that the node dominates, itself included. */
  readonly weight: Int32Array;
  /** Every retreating edge enters its loop by a node that dominates it. */
  readonly reducible: boolean;
}

export function analyze(succs: readonly (readonly number[])[], entry: number): Flow {
  const count = succs.length;
  const preds: number[][] = Array.from({ length: count }, () => []);
  const number = new Int32Array(count).fill(-1);
  const parent = new Int32Array(count);
  const preorder: number[] = [entry];
  const postorder: number[] = [];
  number[entry] = 0;
  const stack = [entry];
  const next = new Int32Array(count);
  while (stack.length > 0) {
    const node = stack[stack.length - 1] as number;
    const out = succs[node] as readonly number[];
    const position = next[node] as number;
    if (position === out.length) {
      postorder.push(node);
      stack.pop();
      continue;
    }
    next[node] = position + 1;
    const succ = out[position] as number;
    (preds[succ] as number[]).push(node);
    if (number[succ] === -1) {
      parent[preorder.length] = number[node] as number;
      number[succ] = preorder.length;
      preorder.push(succ);
      stack.push(succ);
    }
  }
  const order = postorder.reverse();
  const rank = new Int32Array(count).fill(-1);
  order.forEach((node, i) => {
    rank[node] = i;
  });
  const idom = dominators(preorder, parent, number, preds);
  const { first, weight } = domTree(order, idom);

  const isHeader = new Uint8Array(count);
  const isMerge = new Uint8Array(count);
  let reducible = true;
  for (const node of order) {
    let forward = 0;
    for (const pred of preds[node] as number[]) {
      if ((rank[pred] as number) < (rank[node] as number)) {
        forward++;
        continue;
      }
      isHeader[node] = 1;
      const inside = (first[pred] as number) - (first[node] as number);
      if (inside < 0 || inside >= (weight[node] as number)) reducible = false;
    }
    if (forward > 1) isMerge[node] = 1;
  }
  const loop = reducible ? loops(order, rank, preds, isHeader) : new Int32Array(count).fill(-1);
  return { succs, preds, order, rank, idom, isHeader, isMerge, loop, weight, reducible };
}

/** Preorder number in the dominator tree and size of the subtree: a dominates b when b's number lies in a's interval. */
function domTree(order: readonly number[], idom: Int32Array): { first: Int32Array; weight: Int32Array } {
  const weight = new Int32Array(idom.length);
  for (let i = order.length - 1; i >= 0; i--) {
    const node = order[i] as number;
    weight[node] = (weight[node] as number) + 1;
    const up = idom[node] as number;
    if (up >= 0) weight[up] = (weight[up] as number) + (weight[node] as number);
  }
  const first = new Int32Array(idom.length);
  const free = new Int32Array(idom.length);
  for (const node of order) {
    const up = idom[node] as number;
    if (up >= 0) {
      first[node] = free[up] as number;
      free[up] = (free[up] as number) + (weight[node] as number);
    }
    free[node] = (first[node] as number) + 1;
  }
  return { first, weight };
}

/** The loop forest of a reducible graph: inner loops first, each found loop then counts as its header (union-find). */
function loops(
  order: readonly number[],
  rank: Int32Array,
  preds: readonly (readonly number[])[],
  isHeader: Uint8Array,
): Int32Array {
  const loop = new Int32Array(rank.length).fill(-1);
  const owner = Int32Array.from({ length: rank.length }, (_, i) => i);
  const find = (node: number): number => {
    let root = node;
    while (owner[root] !== root) root = owner[root] as number;
    let at = node;
    while (owner[at] !== root) {
      const up = owner[at] as number;
      owner[at] = root;
      at = up;
    }
    return root;
  };
  for (let i = order.length - 1; i >= 0; i--) {
    const header = order[i] as number;
    if (!isHeader[header]) continue;
    const work = (preds[header] as number[]).filter((pred) => (rank[pred] as number) >= i).map(find);
    for (let node = work.pop(); node !== undefined; node = work.pop()) {
      const at = find(node);
      if (at === header) continue;
      loop[at] = header;
      owner[at] = header;
      for (const pred of preds[at] as number[]) work.push(pred);
    }
  }
  return loop;
}
