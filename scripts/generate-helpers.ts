/** docs/generated/helpers.md: every helper of 6.18 from its declaration. */
import { HELPERS, type Helper, signature, type Vm } from '../src/helpers/index.ts';

/** `|` would end a table's cell. */
const cell = (text: string): string => text.replaceAll('|', '\\|');

function status({ call, special, onlyFor }: Helper<Vm>): string {
  if (onlyFor) return `TypeScript, in ${onlyFor.types.join(', ')}; elsewhere missing: ${onlyFor.reason}`;
  if ('missing' in call) return `missing: ${call.missing}`;
  if (special !== undefined) return 'compiled by the engine';
  return 'wasm' in call ? 'wasm' : 'TypeScript';
}

function row(helper: Helper<Vm>): string {
  const { id, doc, gplOnly, errors = {} } = helper;
  const codes = Object.entries(errors).map(([errno, when]) => `${errno}: ${when}`);
  const text = [doc, codes.join('; ')].filter((part) => part !== '').join(' ');
  return `| ${id} | \`${signature(helper)}\`${gplOnly ? ' (GPL)' : ''} | ${cell(status(helper))} | ${cell(text)} |`;
}

/** The whole document. */
export function helpersDocument(): string {
  const helpers = [...HELPERS.values()];
  const missing = helpers.filter(({ call }) => 'missing' in call).length;
  return [
    '# Helpers',
    '',
    '<!-- Generated from the declarations in src/helpers by `npm run generate`; do not edit. -->',
    '',
    `Linux 6.18 has ${helpers.length} helpers; ${helpers.length - missing} of them run here. Loading a program that calls one of the others is`,
    'refused with its name and the reason below. (GPL): only programs with a GPL-compatible license may call it. Pointers',
    'are checked before the call in programs that run with all accesses checked.',
    '',
    '| id | signature | runs as | what it does, and when it fails |',
    '|--:|---|---|---|',
    ...helpers.map(row),
    '',
  ].join('\n');
}
