/** Gives the context at CTX_BASE to a program type: which bytes of it and of the packet its programs may touch. */
import { InternalError } from '../errors.ts';
import {
  BPF_SOCK_SIZE,
  CTX_BASE,
  CTX_OWNER,
  closePacket,
  FLOW_KEYS,
  FLOW_KEYS_SIZE,
  KIND_CTX,
  KIND_MEM,
  KIND_PACKET,
  KIND_SOCK,
  type Machine,
  PACKET_OPEN_START,
  SHADOW_READ,
  SHADOW_WRITE,
  SKB_SOCK,
} from '../machine/index.ts';
import { type ProgTypeFacts, progTypeFacts } from '../prog-types/index.ts';
import { PROG_TYPE, type ProgTypeName } from '../uapi/bpf.ts';

/** Does nothing when the last run on this machine was of the same type. */
export function claimContext(machine: Machine, progType: ProgTypeName): void {
  const owner = (CTX_BASE + CTX_OWNER) >> 2;
  const mark = PROG_TYPE[progType] + 1;
  if (machine.u32[owner] === mark) return;
  const facts = progTypeFacts(progType);
  if (!facts) throw new InternalError(`no facts about ${progType}`);
  machine.allow(CTX_BASE, PACKET_OPEN_START, 0, 0);
  for (const { offset, size, read, write } of facts.ctxFields) {
    machine.allow(CTX_BASE + offset, size, (read ? SHADOW_READ : 0) | (write ? SHADOW_WRITE : 0), KIND_CTX);
  }
  // what a field that the type may load points to
  const loads = (field: string): boolean => facts.ctxFields.some(({ name, read }) => name === field && read);
  machine.allow(CTX_BASE + SKB_SOCK, BPF_SOCK_SIZE, loads('sk') ? SHADOW_READ : 0, KIND_SOCK);
  const keys = loads('flow_keys') ? SHADOW_READ | SHADOW_WRITE : 0;
  machine.allow(CTX_BASE + FLOW_KEYS, FLOW_KEYS_SIZE, keys, KIND_MEM);
  closePacket(machine, packetShadow(facts));
  machine.u32[owner] = mark;
}

function packetShadow({ packetAccess }: ProgTypeFacts): number {
  if (packetAccess === 'none') return 0;
  const access = packetAccess === 'read' ? SHADOW_READ : SHADOW_READ | SHADOW_WRITE;
  return access | (KIND_PACKET << 4);
}
