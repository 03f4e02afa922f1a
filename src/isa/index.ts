export { ALU_OPS, type AluName } from './alu.ts';
export { checkInsn, checkInsns, type IllegalInsn, targetOf } from './check.ts';
export { decode, encode, INSN_SIZE } from './codec.ts';
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
