/** docs/generated/prog-types.md: every program type from its facts. */
import {
  type CtxField,
  factsFor,
  hasKernelTestRun,
  inForm,
  kfuncNames,
  type ProgTypeFacts,
  progTypeFacts,
  SECTIONS,
  supportedProgTypes,
} from '../src/prog-types/index.ts';
import { PROG_FLAG, PROG_TYPE, type ProgTypeName } from '../src/uapi/bpf.ts';

const NAMES = (Object.keys(PROG_TYPE) as ProgTypeName[]).filter((name) => name !== 'unspec');
const ALL = NAMES.flatMap((name) => progTypeFacts(name) ?? []);

const code = (text: string): string => `\`${text}\``;
const words = (names: Iterable<string>): string => [...names].map(code).join(' ') || 'none';
const short = (helper: string): string => helper.slice('bpf_'.length);

/** Types that the kernel compared with does not load. */
const UNKNOWN_KFUNCS: readonly ProgTypeName[] = ['lsm', 'lirc_mode2'];

/** Helpers and kfuncs of every type; lirc_mode2, and struct_ops of some kinds, have short lists of their own. */
const WITH_COMMON = ALL.filter(({ name }) => name !== 'lirc_mode2');
const COMMON_HELPERS = common(WITH_COMMON.map(({ helpers }) => [...helpers]));
const COMMON_KFUNCS = common(ALL.map(({ name }) => kfuncNames(name)));

function common(lists: readonly (readonly string[])[]): readonly string[] {
  const [first = [], ...others] = lists;
  return first.filter((name) => others.every((list) => list.includes(name)));
}

function beyond(names: Iterable<string>, known: readonly string[]): string[] {
  return [...names].filter((name) => !known.includes(name)).sort();
}

function returnsText({ returns, returnRange }: ProgTypeFacts): string {
  const named = Object.entries(returns).map(([name, value]) => `${name} ${value}`);
  const range = returnRange ? `${returnRange[0]} to ${returnRange[1]}` : 'any';
  return named.length > 0 ? `${range}; ${named.join(', ')}` : range;
}

function testRunText(name: ProgTypeName): string {
  const here = supportedProgTypes().includes(name);
  if (hasKernelTestRun(name)) return here ? 'yes' : 'in Linux; not here yet';
  return here ? `524; here with \`extensions: ['${name}']\`` : '524';
}

/** SEC() names as libbpf has them; `name+` stands for name and name/anything. */
function sections(name: ProgTypeName): string {
  return SECTIONS.filter(({ progType }) => progType === name)
    .map((section) => code(section.name))
    .join(' ');
}

/** A struct of the headers, or what else it is. */
function contextText({ ctxStruct }: ProgTypeFacts): string {
  if (ctxStruct === '') return "the target's arguments";
  return /^\w+$/.test(ctxStruct) ? code(ctxStruct) : ctxStruct;
}

function summaryRow(name: ProgTypeName): string {
  const facts = progTypeFacts(name);
  const about = facts
    ? [
        contextText(facts),
        facts.ctxSize === 0 ? '' : String(facts.ctxSize),
        facts.packetAccess,
        String(facts.helpers.size),
        UNKNOWN_KFUNCS.includes(name) ? '' : String(kfuncNames(name).length),
      ]
    : ['that of the program it replaces', '', '', '', ''];
  return `| [${name}](#${name}) | ${PROG_TYPE[name]} | ${about.join(' | ')} | ${testRunText(name)} |`;
}

function sizesText(rules: CtxField['loads']): string {
  const text = rules.map(({ size, within, notFirst }) => {
    if (notFirst) return `${size} (not the first byte)`;
    return within === undefined
      ? String(size)
      : `${size} (first ${within === 1 ? 'byte' : `${within} bytes`})`;
  });
  return text.join(', ') || '-';
}

const accessible = ({ read, write, ctxIn }: CtxField): boolean => read || write || ctxIn;

function fieldRows(fields: readonly CtxField[]): string[] {
  return fields
    .filter(accessible)
    .map(
      ({ name, offset, size, loads, stores, ctxIn }) =>
        `| ${code(name)} | ${offset} | ${size} | ${sizesText(loads)} | ${sizesText(stores)} | ${ctxIn ? 'yes' : ''} |`,
    );
}

function sameField(one: CtxField, other: CtxField | undefined): boolean {
  return (
    sizesText(one.loads) === sizesText(other?.loads ?? []) &&
    sizesText(one.stores) === sizesText(other?.stores ?? [])
  );
}

/** What a form changes, in one paragraph. */
function formText(base: ProgTypeFacts, form: ProgTypeFacts, title: string): string {
  const changed = form.ctxFields.filter(
    (field) =>
      !sameField(
        field,
        base.ctxFields.find(({ name }) => name === field.name),
      ),
  );
  const fields = changed.map(
    ({ name, loads, stores }) => `${code(name)} loads ${sizesText(loads)}, stores ${sizesText(stores)}`,
  );
  const more = beyond(form.helpers, [...base.helpers]).map(short);
  const less = beyond(base.helpers, [...form.helpers]).map(short);
  const parts = [
    `returns ${returnsText(form)}`,
    ...(fields.length > 0 ? [`fields: ${fields.join('; ')}`] : []),
    ...(more.length > 0 ? [`more helpers: ${words(more)}`] : []),
    ...(less.length > 0 ? [form.helpers.size === 0 ? 'no helpers' : `without ${words(less)}`] : []),
  ];
  return `- ${title}: ${parts.join('. ')}.`;
}

function forms(facts: ProgTypeFacts): string[] {
  const lines = (facts.forms ?? []).map((form) => {
    const [first] = form.attachTypes;
    const title = form.target ? `functions of ${code(form.target)}` : words(form.attachTypes);
    return formText(facts, form.target ? inForm(facts, form) : factsFor(facts, first), title);
  });
  return lines.length > 0 ? ['What differs by attach type:', '', ...lines, ''] : [];
}

function section(name: ProgTypeName): string[] {
  const facts = progTypeFacts(name);
  const head = [`## ${name}`, '', `SEC() names: ${sections(name) || 'none'}.`];
  if (!facts)
    return [...head, 'Context, helpers and return values are those of the program it replaces.', ''];
  const { attachTypes = [], helpers, ctxFields } = facts;
  const attach =
    attachTypes.length > 0 ? `Attach types: ${words(attachTypes)}.` : 'The attach type is not looked at.';
  const more = beyond(helpers, COMMON_HELPERS).map(short);
  const kfuncs = beyond(kfuncNames(name), COMMON_KFUNCS);
  const all = name !== 'lirc_mode2';
  const fields = fieldRows(ctxFields);
  return [
    `${head.join('\n')} ${attach} Returns ${returnsText(facts)}.`,
    '',
    ...(fields.length > 0
      ? ['| field | offset | size | loads | stores | ctx_in |', '|---|--:|--:|---|---|---|', ...fields, '']
      : []),
    `Helpers${all ? ' beyond the common' : ''}: ${words(more)}.`,
    '',
    UNKNOWN_KFUNCS.includes(name)
      ? 'Its kfuncs are not known here.'
      : `kfuncs beyond the common: ${words(kfuncs)}.`,
    '',
    ...forms(facts),
  ];
}

/** The whole document. */
export function progTypesDocument(): string {
  return [
    '# Program types',
    '',
    '<!-- Generated from the facts in src/prog-types by `npm run generate`; do not edit. -->',
    '',
    `The ${NAMES.length} program types of Linux 6.18: what their programs see and may do. The facts are compared with what the`,
    'kernel answers when a program that uses the field, the helper or the kfunc is loaded; what it cannot load (fentry and',
    'its like, lsm, lirc_mode2) comes from its sources. Loads and stores are sizes in bytes, each at multiples of itself;',
    'ctx_in marks what a test run may set. Of a field that is a pointer the size is the one that loads it. kfuncs depend on the',
    "kernel's configuration; so do `bpf_probe_write_user` and `bpf_override_return`, which the kernel compared with refuses.",
    '',
    'Types marked 524 answer every test run with ENOTSUPP.',
    '',
    '| type | number | context | bytes | packet | helpers | kfuncs | test run |',
    '|---|--:|---|--:|---|--:|--:|---|',
    ...NAMES.map(summaryRow),
    '',
    `Common helpers (${COMMON_HELPERS.length}, names without bpf_): ${words(COMMON_HELPERS.map(short).sort())}.`,
    '',
    `Common kfuncs (${COMMON_KFUNCS.length}): ${words(COMMON_KFUNCS)}.`,
    '',
    `Programs of type syscall are sleepable (prog_flags ${PROG_FLAG.BPF_F_SLEEPABLE}).`,
    '',
    ...NAMES.flatMap(section),
  ]
    .join('\n')
    .replace(/\n+$/, '\n');
}
