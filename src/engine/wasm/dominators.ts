/** Immediate dominators by Lengauer and Tarjan with path compression: near linear, and iterative throughout. */

/**
 * @param order Nodes in depth-first preorder; `order[0]` is the entry.
 * @param parent Depth-first tree: the preorder number of each node's parent, by preorder number.
 * @param number Preorder number by node, -1 where unreachable.
 * @returns Immediate dominator by node; -1 for the entry and for unreachable nodes.
 */
export function dominators(
  order: readonly number[],
  parent: Int32Array,
  number: Int32Array,
  preds: readonly (readonly number[])[],
): Int32Array {
  const count = order.length;
  const semi = Int32Array.from({ length: count }, (_, i) => i);
  const label = Int32Array.from(semi);
  const ancestor = new Int32Array(count).fill(-1);
  const idom = new Int32Array(count);
  const bucketHead = new Int32Array(count).fill(-1);
  const bucketNext = new Int32Array(count).fill(-1);
  const path: number[] = [];
  const at = (array: Int32Array, i: number): number => array[i] as number;

  const evaluate = (v: number): number => {
    if (at(ancestor, v) < 0) return v;
    let u = v;
    while (at(ancestor, at(ancestor, u)) >= 0) {
      path.push(u);
      u = at(ancestor, u);
    }
    for (let w = path.pop(); w !== undefined; w = path.pop()) {
      const above = at(ancestor, w);
      if (at(semi, at(label, above)) < at(semi, at(label, w))) label[w] = at(label, above);
      ancestor[w] = at(ancestor, above);
    }
    return at(label, v);
  };

  for (let w = count - 1; w > 0; w--) {
    for (const pred of preds[order[w] as number] as readonly number[]) {
      const v = at(number, pred);
      if (v >= 0) semi[w] = Math.min(at(semi, w), at(semi, evaluate(v)));
    }
    const s = at(semi, w);
    bucketNext[w] = at(bucketHead, s);
    bucketHead[s] = w;
    const p = at(parent, w);
    ancestor[w] = p;
    for (let v = at(bucketHead, p); v >= 0; v = at(bucketNext, v)) {
      const u = evaluate(v);
      idom[v] = at(semi, u) < at(semi, v) ? u : p;
    }
    bucketHead[p] = -1;
  }
  const result = new Int32Array(preds.length).fill(-1);
  for (let w = 1; w < count; w++) {
    if (at(idom, w) !== at(semi, w)) idom[w] = at(idom, at(idom, w));
    result[order[w] as number] = order[at(idom, w)] as number;
  }
  return result;
}
