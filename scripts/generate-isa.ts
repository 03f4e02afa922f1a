/** Text of docs/generated/isa.md, printed from the instruction table. */
import { type InsnRow, ROWS, type Term } from '../src/isa/index.ts';

const INFIX: Readonly<Record<string, string>> = {
  add: '+',
  sub: '-',
  mul: '*',
  divU: '/',
  remU: '%',
  divS: 's/',
  remS: 's%',
  and: '&',
  or: '|',
  xor: '^',
  shl: '<<',
  shrU: '>>',
  shrS: 's>>',
  eq: '==',
  ne: '!=',
  gtU: '>',
  geU: '>=',
  ltU: '<',
  leU: '<=',
  gtS: 's>',
  geS: 's>=',
  ltS: 's<',
  leS: 's<=',
};

/** A term as pseudo-code, e.g. `src == 0 ? 0 : dst / src`. */
export function termText(term: Term, nested = false): string {
  if (typeof term === 'string') return term;
  if (term[0] === 'const') return String(term[1]);
  const wrap = (text: string): string => (nested ? `(${text})` : text);
  if (term[0] === 'ifEq') {
    return wrap(
      `${termText(term[1], true)} == ${term[2]} ? ${termText(term[3], true)} : ${termText(term[4], true)}`,
    );
  }
  if (term.length === 2) return `${term[0]}(${termText(term[1])})`;
  return wrap(`${termText(term[1], true)} ${INFIX[term[0]]} ${termText(term[2], true)}`);
}

function meaning(row: InsnRow): string {
  const at = (base: string, size: number): string => `*(u${size * 8} *)(${base} + off)`;
  switch (row.shape) {
    case 'alu':
      return `dst = ${termText(row.value)}`;
    case 'jump':
      return `if ${termText(row.cond)} goto pc + 1 + off`;
    case 'ja':
      return `goto pc + 1 + ${row.offset}`;
    case 'mayGoto':
      return 'goto pc + 1 + off, once the loop has lasted long enough';
    case 'load':
      return `dst = *(${row.signExtend ? 's' : 'u'}${row.size * 8} *)(src + off)`;
    case 'store':
      return `${at('dst', row.size)} = ${row.source === 'reg' ? 'src' : 'imm'}`;
    case 'atomic':
      return atomicMeaning(row, at(row.result === 'dst' ? 'src' : 'dst', row.size));
    case 'loadImm64':
      return row.pseudo === 'imm' ? 'dst = imm | next.imm << 32' : `dst = ${row.pseudo}(imm, next.imm)`;
    case 'call':
      return {
        helper: 'r0 = helper imm',
        bpf: 'r0 = subprogram at pc + 1 + imm',
        kfunc: 'r0 = kfunc of BTF id imm',
      }[row.callee];
    case 'exit':
      return 'return r0';
    case 'loadAbs':
      return `r0 = packet bytes at imm (${row.size}, big endian), or exit with 0`;
    case 'loadInd':
      return `r0 = packet bytes at src + imm (${row.size}, big endian), or exit with 0`;
    case 'addrSpaceCast':
      return 'dst = src, from address space imm & 0xffff to imm >> 16';
  }
}

function atomicMeaning(row: Extract<InsnRow, { shape: 'atomic' }>, place: string): string {
  if (row.value === undefined) return `dst = ${place}, acquire`;
  if (row.op === 'store_release') return `${place} = src, release`;
  if (row.op === 'cmpxchg') return `old = ${place}; if old == r0 then ${place} = src; r0 = old`;
  const value = termText(row.value).replace('dst', 'old');
  return `old = ${place}; ${place} = ${value}${row.fetch ? '; src = old' : ''}`;
}

function fixedFields({ fields }: InsnRow): string {
  const fixed = (['dst', 'src', 'off', 'imm'] as const).filter(
    (name) => fields[name] !== 'free' && fields[name] !== 0,
  );
  return fixed.map((name) => `${name}=${fields[name]}`).join(' ');
}

/** The whole document. */
export function isaDocument(): string {
  const rows = [...ROWS].sort((a, b) => a.code - b.code || a.id - b.id);
  const line = (row: InsnRow): string => {
    const width = row.shape === 'alu' || row.shape === 'jump' ? row.width : '';
    const source = row.shape === 'alu' || row.shape === 'jump' ? row.source.replace('none', '') : '';
    const code = row.code.toString(16).padStart(2, '0');
    const text = meaning(row).replace(/\|/g, '\\|');
    return `| ${code} | ${fixedFields(row)} | ${row.key} | ${width} | ${source} | ${text} | ${row.group} |`;
  };
  return `${[
    '# Instructions',
    '',
    'Printed from the instruction table of `src/isa` by `npm run generate`; do not edit.',
    '',
    `${rows.length} forms of ${new Set(rows.map(({ code }) => code)).size} opcodes. \`src\` is the source register or the`,
    'immediate, sign-extended. Values are computed at the width given; a 32-bit result is zero-extended. Fields that are not',
    'operands and not listed must be 0. An operator with `s` is signed; shift counts are taken modulo the width.',
    '',
    '| opcode | fields | form | width | source | meaning | group |',
    '|---|---|---|---|---|---|---|',
    ...rows.map(line),
  ].join('\n')}\n`;
}
