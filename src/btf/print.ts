/** Types as C: names for messages and declarations for `inspect`. */
import { BtfError } from '../errors.ts';
import { typeById } from './lookup.ts';
import type { Btf, BtfStruct, BtfType } from './types.ts';

/** Anonymous types are spelled out in full; this bounds what hostile BTF can make of that. */
const MAX_OUTPUT = 1 << 20;

interface Printer {
  readonly btf: Btf;
  written: number;
}

/** A type name as in a cast: `const struct foo *`, `int (*)(int)`, `__u32[4]`. @throws BtfError */
export function printType(btf: Btf, id: number): string {
  return declare({ btf, written: 0 }, id, '', 0);
}

/** A declaration of `name`: `__u32 name[4]`, `int (*name)(void *)`. @throws BtfError */
export function printDeclaration(btf: Btf, id: number, name: string): string {
  return declare({ btf, written: 0 }, id, name, 0);
}

/** The definition of a type, ending in `;`: struct, union and enum with their members, typedef, func, var, section. */
export function printDefinition(btf: Btf, id: number): string {
  const printer: Printer = { btf, written: 0 };
  const type = typeById(btf, id);
  switch (type.kind) {
    case 'struct':
    case 'union':
      return `${structBody(printer, type, 0)};`;
    case 'enum':
    case 'enum64':
      return `${specifier(printer, type, 0, true)};`;
    case 'fwd':
      return `${specifier(printer, type, 0)};`;
    case 'typedef':
      return `typedef ${declare(printer, type.type, type.name, 0)};`;
    case 'func':
      return `${['static ', '', 'extern '][type.linkage] ?? ''}${declare(printer, type.type, type.name, 0)};`;
    case 'var':
      return `${['static ', '', 'extern '][type.linkage] ?? ''}${declare(printer, type.type, type.name, 0)};`;
    case 'datasec':
      return `/* section ${type.name}, ${type.size} bytes */`;
    case 'decl_tag':
      return `/* ${type.name} on type ${type.type} */`;
    default:
      return `${declare(printer, id, '', 0)};`;
  }
}

function emit(printer: Printer, text: string): string {
  // Nameless types print as nothing and still cost.
  printer.written += text.length + 1;
  if (printer.written > MAX_OUTPUT)
    throw new BtfError(0, `printed as C, the type takes more than ${MAX_OUTPUT} characters`);
  return text;
}

/** Builds a declarator inside out: `inner` is what is declared so far, the type wraps around it. */
function declare(printer: Printer, id: number, inner: string, indent: number): string {
  const type = typeById(printer.btf, id);
  switch (type.kind) {
    case 'ptr': {
      const target = typeById(printer.btf, type.type);
      const pointer = `*${inner}`;
      return declare(
        printer,
        type.type,
        target.kind === 'array' || target.kind === 'func_proto' ? `(${pointer})` : pointer,
        indent,
      );
    }
    case 'array':
      return declare(printer, type.type, `${inner}[${type.nelems === 0 ? '' : type.nelems}]`, indent);
    case 'func_proto':
      return declare(printer, type.returns, `${inner}(${parameters(printer, type, indent)})`, indent);
    case 'const':
    case 'volatile':
    case 'restrict': {
      const target = typeById(printer.btf, type.type);
      // A qualified pointer carries the word after its star, everything else before the name.
      if (target.kind === 'ptr') return declare(printer, type.type, spaced(type.kind, inner), indent);
      return `${type.kind} ${declare(printer, type.type, inner, indent)}`;
    }
    case 'type_tag':
      return declare(printer, type.type, inner, indent);
    case 'var':
    case 'func':
      return declare(printer, type.type, inner === '' ? type.name : inner, indent);
    default:
      return emit(printer, spaced(specifier(printer, type, indent), inner));
  }
}

function spaced(left: string, right: string): string {
  if (right === '') return left;
  return right.startsWith('[') ? `${left}${right}` : `${left} ${right}`;
}

function parameters(
  printer: Printer,
  type: Extract<BtfType, { kind: 'func_proto' }>,
  indent: number,
): string {
  if (type.params.length === 0) return 'void';
  const one = (param: { name: string; type: number }): string =>
    param.type === 0 && param.name === '' ? '...' : declare(printer, param.type, param.name, indent);
  return type.params.map(one).join(', ');
}

function specifier(printer: Printer, type: BtfType, indent: number, full = type.name === ''): string {
  switch (type.kind) {
    case 'void':
      return 'void';
    case 'struct':
    case 'union':
      return full ? structBody(printer, type, indent) : `${type.kind} ${type.name}`;
    case 'enum':
    case 'enum64': {
      if (!full) return `enum ${type.name}`;
      const values = type.values.map(({ name, value }) => `${name} = ${value}`).join(', ');
      return emit(printer, `enum ${type.name === '' ? '' : `${type.name} `}{ ${values} }`);
    }
    case 'fwd':
      return `${type.union ? 'union' : 'struct'} ${type.name}`;
    default:
      return type.name;
  }
}

function structBody(printer: Printer, type: BtfStruct, indent: number): string {
  const pad = '  '.repeat(indent);
  let text = emit(printer, `${type.kind} ${type.name === '' ? '' : `${type.name} `}{\n`);
  for (const { name, type: id, bitSize } of type.members) {
    const width = bitSize === 0 ? '' : ` : ${bitSize}`;
    text += emit(printer, `${pad}  `) + declare(printer, id, name, indent + 1) + emit(printer, `${width};\n`);
  }
  return `${text}${pad}}`;
}
