/** A helper's signature in words of C, from its declaration. */
import type { ArgKind, Helper } from './define.ts';

const RETURNS = { int: 'long ', ptr: 'void *', u64: 'u64 ', void: 'void ' } as const;

function argument(arg: ArgKind): string {
  const { name = arg.kind } = arg;
  switch (arg.kind) {
    case 'ctx':
    case 'mapValueOut':
    case 'anyPtr':
    case 'func':
      return `void *${name}`;
    case 'map':
      return `struct bpf_map *${name}`;
    case 'mapKey':
    case 'mapValue':
      return `const void *${name}`;
    case 'mem':
      return `${arg.access === 'read' ? 'const ' : ''}void *${name}`;
    case 'str':
      return `const char *${name}`;
    case 'int':
    case 'size':
      return `u32 ${name}`;
    case 'u64':
      return `u64 ${name}`;
    case 'object':
      return `struct ${arg.of} *${name}`;
  }
}

/** `long bpf_map_delete_elem(struct bpf_map *map, const void *key)`. */
export function signature({ name, args, returns }: Pick<Helper, 'name' | 'args' | 'returns'>): string {
  return `${RETURNS[returns]}${name}(${args.map(argument).join(', ') || 'void'})`;
}
