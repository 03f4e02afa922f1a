/** Symbols that the object uses and does not define, and what BTF says they are. */
import { type Btf, findDatasec } from '../btf/index.ts';
import type { UnresolvedReference } from './spec.ts';

type Extern = Pick<UnresolvedReference, 'kind' | 'reason'>;

const KCONFIG: Extern = { kind: 'kconfig', reason: "a value of the kernel's configuration (__kconfig)" };
const KSYM: Extern = { kind: 'ksym', reason: 'a variable of the kernel (__ksym)' };
const KFUNC: Extern = { kind: 'kfunc', reason: 'a function of the kernel (kfunc)' };
const EXTERN: Extern = { kind: 'extern', reason: 'declared extern, defined nowhere in the object' };

/** Classifies undefined symbols by the DATASECs .kconfig and .ksyms. */
export function externClassifier(btf: Btf | undefined): (name: string) => Extern {
  const known = new Map<string, Extern>();
  for (const section of ['.kconfig', '.ksyms']) {
    for (const { type: id } of (btf && findDatasec(btf, section)?.vars) ?? []) {
      const type = btf!.types[id]!;
      known.set(type.name, section === '.kconfig' ? KCONFIG : type.kind === 'func' ? KFUNC : KSYM);
    }
  }
  return (name) => known.get(name) ?? EXTERN;
}
