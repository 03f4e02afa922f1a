/**
 * Innermost loops four times over, as a change of the graph alone: the copies are blocks with the same instructions.
 * V8 checks its stack and we our budget where a loop comes round, which is then a quarter as often.
 */
import { analyze } from '../wasm/flow.ts';
import type { Block, Rows } from './cfg.ts';

const COPIES = 4;
/** Instructions of a loop worth copying, and of all copies of a function: what is larger gains less than it costs. */
const LOOP_LIMIT = 80;
const FUNCTION_LIMIT = 2000;

export function unrollLoops(blocks: readonly Block[], rows: Rows): readonly Block[] {
  const flow = analyze(
    blocks.map(({ succs }) => succs),
    0,
  );
  if (!flow.reducible) return blocks;
  const { isHeader, loop, order } = flow;
  const hasInner = new Set<number>();
  for (const node of order)
    if (isHeader[node] && (loop[node] as number) >= 0) hasInner.add(loop[node] as number);
  const bodies = new Map<number, number[]>();
  for (const node of order) {
    const header = isHeader[node] ? node : (loop[node] as number);
    if (header < 0 || hasInner.has(header)) continue;
    const body = bodies.get(header);
    if (body) body.push(node);
    else bodies.set(header, [node]);
  }
  const result: Block[] = [...blocks];
  let room = FUNCTION_LIMIT;
  for (const [header, body] of bodies) {
    const length = body.reduce((sum, node) => sum + worth(blocks[node] as Block, rows), 0);
    if (length > LOOP_LIMIT || length * (COPIES - 1) > room) continue;
    room -= length * (COPIES - 1);
    copyLoop(result, header, body);
  }
  return result;
}

/** Instructions of a block; far too many where a call makes the rest cheap. */
function worth({ start, end }: Block, rows: Rows): number {
  let count = 0;
  for (let pc = start; pc < end; pc++) {
    const row = rows[pc];
    if (row === undefined) continue;
    count += row.shape === 'call' || row.shape === 'mayGoto' ? LOOP_LIMIT + 1 : 1;
  }
  return count;
}

/** Copy i's way back leads to copy i + 1, the last one's to the loop itself. */
function copyLoop(blocks: Block[], header: number, body: readonly number[]): void {
  const first = blocks.length;
  const place = new Map(body.map((node, i) => [node, i]));
  const at = (node: number, copy: number): number => {
    const i = place.get(node);
    if (i === undefined) return node;
    const turn = copy % COPIES;
    return turn === 0 ? node : first + (turn - 1) * body.length + i;
  };
  const originals = body.map((node) => blocks[node] as Block);
  const moved = (block: Block, copy: number): Block => ({
    ...block,
    succs: block.succs.map((succ) => at(succ, succ === header ? copy + 1 : copy)),
  });
  for (let copy = 1; copy < COPIES; copy++) blocks.push(...originals.map((block) => moved(block, copy)));
  body.forEach((node, i) => {
    blocks[node] = moved(originals[i] as Block, 0);
  });
}
