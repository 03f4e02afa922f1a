/** The body of wasm functions as bytes: one method per form of instruction, and the depth of open blocks. */
import { ByteWriter } from './byte-writer.ts';
import { OP, VOID } from './opcodes.ts';

/** Number of an open block, loop or if, counted from the function's outside; branches name it. */
export type Label = number;

export class Code extends ByteWriter {
  /** Blocks open at this point. */
  depth = 0;

  op(opcode: number): void {
    this.u8(opcode);
  }

  get(local: number): void {
    this.u8(OP.local_get);
    this.u32(local);
  }

  set(local: number): void {
    this.u8(OP.local_set);
    this.u32(local);
  }

  tee(local: number): void {
    this.u8(OP.local_tee);
    this.u32(local);
  }

  i32(value: number): void {
    this.u8(OP.i32_const);
    this.s32(value);
  }

  /** i64.const of a sign-extended 32-bit value. */
  i64(value: number): void {
    this.u8(OP.i64_const);
    this.s32(value);
  }

  /** i64.const of a value below 2^32. */
  u64(value: number): void {
    this.i64Parts(value | 0, 0);
  }

  i64Parts(low: number, high: number): void {
    this.u8(OP.i64_const);
    this.s64(low, high);
  }

  /** A load or store with no alignment promised. */
  memory(opcode: number, offset: number): void {
    this.u8(opcode);
    this.u8(0);
    this.u32(offset);
  }

  open(opcode: number, type: number = VOID): Label {
    this.u8(opcode);
    this.u8(type);
    return this.depth++;
  }

  else(): void {
    this.u8(OP.else);
  }

  end(): void {
    this.u8(OP.end);
    this.depth--;
  }

  br(label: Label): void {
    this.u8(OP.br);
    this.u32(this.depth - 1 - label);
  }

  brIf(label: Label): void {
    this.u8(OP.br_if);
    this.u32(this.depth - 1 - label);
  }

  brTable(labels: readonly Label[], otherwise: Label): void {
    this.u8(OP.br_table);
    this.u32(labels.length);
    for (const label of labels) this.u32(this.depth - 1 - label);
    this.u32(this.depth - 1 - otherwise);
  }

  call(index: number): void {
    this.u8(OP.call);
    this.u32(index);
  }
}
