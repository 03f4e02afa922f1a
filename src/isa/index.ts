export { ALU_OPS, type AluName } from './alu.ts';
export { type AssembleOptions, type Assembly, assemble, assembleWithLabels } from './assemble.ts';
export { checkInsn, checkInsns, type IllegalInsn, refusedWhenReached, targetOf } from './check.ts';
export { decode, encode, INSN_SIZE } from './codec.ts';
export { type DisassembleOptions, disassemble, formatInsn } from './disassemble.ts';
export { evaluateTerm } from './evaluate-term.ts';
export { BPF_CLASS, type Insn } from './insn.ts';
export { JUMP_OPS, type JumpName } from './jump.ts';
export type {
  AddrSpaceCastRow,
  AluRow,
  AtomicOp,
  AtomicRow,
  CallRow,
  ConformanceGroup,
  DstUse,
  ExitRow,
  Field,
  Fields,
  InsnRow,
  JaRow,
  JumpRow,
  LoadImm64Pseudo,
  LoadImm64Row,
  LoadPacketRow,
  LoadRow,
  MayGotoRow,
  RowBase,
  Shape,
  Size,
  Source,
  StoreRow,
  Width,
} from './row.ts';
export { ROWS, rowByKey, rowOf } from './table.ts';
export type { BinaryOp, Term, UnaryOp } from './term.ts';
