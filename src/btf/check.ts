/** What holds for every Btf that leaves parseBtf: references lead somewhere, chains end, sizes are true. */
import { BtfError } from '../errors.ts';
import type { BtfArray, BtfStruct, BtfType } from './types.ts';

/** Longest chain of types by value or by reference, so that walking one may recurse. The kernel allows 32. */
const MAX_DEPTH = 256;
/** __int128 and long double. */
const MAX_SCALAR = 16;
const U32_MAX = 0xffffffff;

/** Types whose value this type's value contains. */
function valueEdges(type: BtfType): readonly number[] {
  switch (type.kind) {
    case 'typedef':
    case 'volatile':
    case 'const':
    case 'restrict':
    case 'type_tag':
    case 'var':
      return [type.type];
    case 'array':
      return [type.type, type.indexType];
    case 'struct':
    case 'union':
      return type.members.map((member) => member.type);
    case 'datasec':
      return type.vars.map((entry) => entry.type);
    default:
      return [];
  }
}

/** Types that a C declarator of this type spells out; a struct ends the chain by its name. */
function declaratorEdges(type: BtfType): readonly number[] {
  switch (type.kind) {
    case 'ptr':
    case 'typedef':
    case 'volatile':
    case 'const':
    case 'restrict':
    case 'type_tag':
    case 'array':
    case 'func':
    case 'decl_tag':
      return [type.type];
    case 'func_proto':
      return [type.returns, ...type.params.map((param) => param.type)];
    default:
      return [];
  }
}

/**
 * Checks the types from `first` on (those before are of an already checked base) and returns all sizes.
 * Time and memory are linear in the number of references.
 */
export function checkTypes(types: readonly BtfType[], first: number, baseSizes?: Float64Array): Float64Array {
  const sizes = new Float64Array(types.length).fill(-1);
  if (baseSizes) sizes.set(baseSizes);
  for (const type of types) {
    if (type.id < first) continue;
    for (const edges of [valueEdges(type), declaratorEdges(type)]) {
      const bad = edges.find((id) => id >= types.length);
      if (bad !== undefined)
        throw new BtfError(
          type.id,
          `${label(type)} refers to type ${bad}, the last one is ${types.length - 1}`,
        );
    }
    checkTarget(types, type);
  }
  inPostOrder(types, first, declaratorEdges, () => {});
  inPostOrder(types, first, valueEdges, (type) => {
    sizes[type.id] = sizeOf(type, sizes);
  });
  return sizes;
}

function label(type: BtfType): string {
  return type.name === '' ? type.kind : `${type.kind} '${type.name}'`;
}

/** A func must have a func_proto, a section's entries must be variables (or functions, for kfuncs). */
function checkTarget(types: readonly BtfType[], type: BtfType): void {
  if (type.kind === 'func' && types[type.type]?.kind !== 'func_proto') {
    throw new BtfError(type.id, `${label(type)} has type ${type.type}, which is no func_proto`);
  }
  if (type.kind !== 'datasec') return;
  for (const entry of type.vars) {
    const kind = types[entry.type]?.kind;
    if (kind === 'var' || kind === 'func') continue;
    throw new BtfError(type.id, `${label(type)} holds type ${entry.type}, which is no variable but ${kind}`);
  }
}

/** Depth-first without recursion; each type after everything it leads to. Refuses cycles and long chains. */
function inPostOrder(
  types: readonly BtfType[],
  first: number,
  edgesOf: (type: BtfType) => readonly number[],
  visit: (type: BtfType) => void,
): void {
  const height = new Uint16Array(types.length);
  const ACTIVE = 0xffff;
  for (let root = first; root < types.length; root++) {
    if (height[root] !== 0) continue;
    const stack: { id: number; edges: readonly number[]; next: number; height: number }[] = [];
    const push = (id: number): void => {
      height[id] = ACTIVE;
      stack.push({ id, edges: edgesOf(types[id]!), next: 0, height: 1 });
    };
    push(root);
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const child = top.edges[top.next++];
      if (child === undefined) {
        height[top.id] = top.height;
        visit(types[top.id]!);
        stack.pop();
        const parent = stack.at(-1);
        if (parent) parent.height = Math.max(parent.height, top.height + 1);
        if (top.height > MAX_DEPTH) throw new BtfError(top.id, `a chain of more than ${MAX_DEPTH} types`);
      } else if (child >= first && height[child] === ACTIVE) {
        throw new BtfError(child, `${label(types[child]!)} contains itself`);
      } else if (child >= first && height[child] === 0) push(child);
      else top.height = Math.max(top.height, (height[child] ?? 0) + 1);
    }
  }
}

function sizeOf(type: BtfType, sizes: Float64Array): number {
  switch (type.kind) {
    case 'int':
    case 'float':
    case 'enum':
    case 'enum64':
      if (type.size === 0 || type.size > MAX_SCALAR)
        throw new BtfError(type.id, `${label(type)} has ${type.size} bytes`);
      return type.size;
    case 'ptr':
      return 8;
    case 'array':
      return arraySize(type, sizes);
    case 'struct':
    case 'union':
      checkMembers(type, sizes);
      return type.size;
    case 'typedef':
    case 'volatile':
    case 'const':
    case 'restrict':
    case 'type_tag':
    case 'var':
      return sizes[type.type] ?? -1;
    case 'datasec':
      return type.size;
    default:
      return -1;
  }
}

function arraySize(type: BtfArray, sizes: Float64Array): number {
  const each = sizes[type.type] ?? -1;
  if (each < 0) throw new BtfError(type.id, `array of type ${type.type}, which has no size`);
  const size = each * type.nelems;
  if (size > U32_MAX)
    throw new BtfError(type.id, `array of ${type.nelems} elements of ${each} bytes is larger than 4 GiB`);
  return size;
}

function checkMembers(type: BtfStruct, sizes: Float64Array): void {
  for (const member of type.members) {
    const size = sizes[member.type] ?? -1;
    const place = `member '${member.name}' of ${label(type)}`;
    if (size < 0) throw new BtfError(type.id, `${place} has type ${member.type}, which has no size`);
    const end = member.bitOffset + (member.bitSize || size * 8);
    if (end > type.size * 8) throw new BtfError(type.id, `${place} ends at bit ${end} of ${type.size * 8}`);
    if (member.bitSize === 0 && member.bitOffset % 8 !== 0)
      throw new BtfError(type.id, `${place} starts at bit ${member.bitOffset}, within a byte`);
  }
}
