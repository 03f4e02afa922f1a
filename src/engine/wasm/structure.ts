/**
 * Writes a control-flow graph as structured WebAssembly: a `loop` for each target of back edges, a `block` for each node
 * with several forward edges, in the order of the dominator tree (N. Ramsey, "Beyond Relooper", ICFP 2022). Irreducible
 * graphs get one loop around a br_table. All of it works on explicit stacks: fifty thousand nodes must not recurse.
 */
import type { Code, Label } from './code.ts';
import type { Flow } from './flow.ts';
import { OP } from './opcodes.ts';

/** What the writer asks of its caller. Nodes have 0 (ends by itself), 1, or 2 successors: [where the condition holds, else]. */
export interface NodeWriter {
  /** The node's code without its jump. */
  body(node: number): void;
  /** Pushes the i32 condition of a node with two successors, or its opposite. */
  condition(node: number, opposite: boolean): void;
  /** Whether the jump from one node to another has code of its own, and writes it. */
  hasEdge(from: number, to: number): boolean;
  edge(from: number, to: number): void;
}

type Step =
  | { readonly kind: 'tree'; readonly node: number }
  | { readonly kind: 'open'; readonly node: number }
  | { readonly kind: 'close'; readonly node: number }
  | { readonly kind: 'loop'; readonly node: number }
  | { readonly kind: 'endLoop'; readonly node: number }
  | { readonly kind: 'code'; readonly node: number }
  | { readonly kind: 'endIf' }
  | { readonly kind: 'edge'; readonly node: number; readonly to: number };

export function writeStructured(flow: Flow, code: Code, writer: NodeWriter, scratch: number): void {
  if (flow.reducible) new Structured(flow, code, writer).write();
  else writeDispatch(flow, code, writer, scratch);
}

class Structured {
  readonly #flow: Flow;
  readonly #code: Code;
  readonly #writer: NodeWriter;
  readonly #steps: Step[] = [];
  /** Label of the block that ends where the node begins, or -1 where the node is written in line. */
  readonly #forward: Int32Array;
  readonly #backward: Int32Array;
  readonly #needsBlock: Uint8Array;
  /** Nodes whose block opens at a node: before its loop, and inside it. Farthest first. */
  readonly #outer = new Map<number, number[]>();
  readonly #inner = new Map<number, number[]>();

  constructor(flow: Flow, code: Code, writer: NodeWriter) {
    this.#flow = flow;
    this.#code = code;
    this.#writer = writer;
    this.#forward = new Int32Array(flow.succs.length).fill(-1);
    this.#backward = new Int32Array(flow.succs.length).fill(-1);
    this.#needsBlock = new Uint8Array(flow.succs.length);
    for (let i = flow.order.length - 1; i > 0; i--) this.#place(flow.order[i] as number);
  }

  write(): void {
    this.#steps.push({ kind: 'tree', node: this.#flow.order[0] as number });
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) this.#take(step);
  }

  /** A node that lies outside the loops of its dominator is written after them: V8 keeps loops tight that way. */
  #place(node: number): void {
    const { idom, isHeader, isMerge, loop } = this.#flow;
    const above = idom[node] as number;
    let place = above;
    let header = isHeader[above] ? above : (loop[above] as number);
    let lifted = false;
    while (header >= 0 && !this.#isInLoop(node, header)) {
      place = header;
      lifted = true;
      header = loop[header] as number;
    }
    if (!lifted && !isMerge[node]) return;
    this.#needsBlock[node] = 1;
    const lists = lifted ? this.#outer : this.#inner;
    const list = lists.get(place);
    if (list) list.push(node);
    else lists.set(place, [node]);
  }

  #isInLoop(node: number, header: number): boolean {
    const { loop, rank } = this.#flow;
    for (
      let at = node;
      at >= 0 && (rank[at] as number) >= (rank[header] as number);
      at = loop[at] as number
    ) {
      if (at === header) return true;
    }
    return false;
  }

  #take(step: Step): void {
    const code = this.#code;
    switch (step.kind) {
      case 'tree':
        this.#plan(step.node);
        break;
      case 'open':
        this.#forward[step.node] = code.open(OP.block);
        break;
      case 'close':
        code.end();
        break;
      case 'loop':
        this.#backward[step.node] = code.open(OP.loop);
        break;
      case 'endLoop':
      case 'endIf':
        code.end();
        break;
      case 'edge':
        this.#writer.edge(step.node, step.to);
        break;
      case 'code':
        this.#node(step.node);
    }
  }

  /** Steps go on a stack, so the last one pushed is the first one taken. */
  #plan(node: number): void {
    const steps = this.#steps;
    const outer = this.#outer.get(node) ?? [];
    const inner = this.#inner.get(node) ?? [];
    const isLoop = this.#flow.isHeader[node] === 1;
    this.#after(outer);
    if (isLoop) steps.push({ kind: 'endLoop', node });
    this.#after(inner);
    steps.push({ kind: 'code', node });
    this.#before(inner);
    if (isLoop) steps.push({ kind: 'loop', node });
    this.#before(outer);
  }

  #after(nodes: readonly number[]): void {
    for (const node of nodes) this.#steps.push({ kind: 'tree', node }, { kind: 'close', node });
  }

  #before(nodes: readonly number[]): void {
    for (let i = nodes.length - 1; i >= 0; i--) this.#steps.push({ kind: 'open', node: nodes[i] as number });
  }

  #node(node: number): void {
    const { succs, weight } = this.#flow;
    const [taken, other] = succs[node] as readonly number[];
    this.#writer.body(node);
    if (taken === undefined) return;
    if (other === undefined) {
      this.#goto(node, taken);
    } else if (this.#hasLabel(node, taken)) {
      this.#branchIf(node, taken, false);
      this.#goto(node, other);
    } else if (this.#hasLabel(node, other)) {
      this.#branchIf(node, other, true);
      this.#goto(node, taken);
    } else {
      // The smaller subtree goes into the `if`, which keeps the nesting logarithmic.
      const swap = (weight[taken] as number) > (weight[other] as number);
      this.#writer.condition(node, swap);
      this.#code.open(OP.if);
      const [inside, after] = swap ? [other, taken] : [taken, other];
      this.#steps.push({ kind: 'tree', node: after }, { kind: 'edge', node, to: after }, { kind: 'endIf' });
      this.#steps.push({ kind: 'tree', node: inside }, { kind: 'edge', node, to: inside });
    }
  }

  #branchIf(node: number, target: number, opposite: boolean): void {
    const code = this.#code;
    this.#writer.condition(node, opposite);
    if (!this.#writer.hasEdge(node, target)) {
      code.brIf(this.#label(node, target));
      return;
    }
    code.open(OP.if);
    this.#writer.edge(node, target);
    code.br(this.#label(node, target));
    code.end();
  }

  #goto(node: number, target: number): void {
    this.#writer.edge(node, target);
    if (this.#hasLabel(node, target)) this.#code.br(this.#label(node, target));
    else this.#steps.push({ kind: 'tree', node: target });
  }

  #isBack(node: number, target: number): boolean {
    return (this.#flow.rank[target] as number) <= (this.#flow.rank[node] as number);
  }

  #hasLabel(node: number, target: number): boolean {
    return this.#isBack(node, target) || this.#needsBlock[target] === 1;
  }

  #label(node: number, target: number): Label {
    return (this.#isBack(node, target) ? this.#backward[target] : this.#forward[target]) as number;
  }
}

function writeDispatch(flow: Flow, code: Code, writer: NodeWriter, scratch: number): void {
  const { order, rank, succs } = flow;
  const top = code.open(OP.loop);
  const labels = order.map(() => code.open(OP.block)).reverse();
  code.get(scratch);
  code.brTable(labels.slice(0, -1), labels[labels.length - 1] as number);
  const jump = (from: number, node: number): void => {
    writer.edge(from, node);
    code.i32(rank[node] as number);
    code.set(scratch);
    code.br(top);
  };
  order.forEach((node, i) => {
    code.end();
    writer.body(node);
    const [taken, other] = succs[node] as readonly number[];
    if (taken === undefined) return;
    if (other !== undefined) {
      writer.condition(node, false);
      code.open(OP.if);
      jump(node, taken);
      code.end();
    }
    const last = other ?? taken;
    if (last !== order[i + 1]) jump(node, last);
    else writer.edge(node, last);
  });
  code.end();
}
