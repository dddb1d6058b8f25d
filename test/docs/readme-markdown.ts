import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The root of the repository. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Documents whose blocks are tried. */
export const DOCUMENTS = [
  'README.md',
  ...readdirSync(`${ROOT}/docs`)
    .filter(name => name.endsWith('.md'))
    .map(name => `docs/${name}`)
    .toSorted(),
];

/** A fenced block. What follows the language in its first line is its name, such as `src/main.ts`. */
export interface Block {
  readonly document: string;
  readonly line: number;
  readonly language: string;
  readonly name: string;
  readonly text: string;
}

/** Where a block stands, for the names of tests. */
export function placeOf({ document, line, name }: Block): string {
  return `${document}:${line}${name && ` ${name}`}`;
}

export function textOf(document: string): string {
  return readFileSync(`${ROOT}/${document}`, 'utf8');
}

/** The blocks of a document, in their order. */
export function blocksOf(document: string): Block[] {
  const blocks: Block[] = [];
  const lines = textOf(document).split('\n');
  for (let i = 0; i < lines.length; i++) {
    const opening = /^ *(```+)([^`\s]*) *([^`]*)$/.exec(lines[i]!);
    if (opening) {
      const [, fence, language = '', name = ''] = opening;
      const end = lines.findIndex((line, j) => j > i && line.trim() === fence);
      const text = lines.slice(i + 1, end).join('\n');
      blocks.push({ document, line: i + 1, language, name: name.trim(), text });
      i = end;
    }
  }
  return blocks;
}

/** The blocks of all documents. */
export const BLOCKS: readonly Block[] = DOCUMENTS.flatMap(blocksOf);

/** Those in one language, each with its place, for `it.each`. */
export function blocksIn(language: string): [place: string, block: Block][] {
  return BLOCKS.filter(block => block.language === language).map(block => [placeOf(block), block]);
}

/** A document without its blocks and inline code, in which nothing is a link or a heading. */
export function proseOf(text: string): string {
  return text.replace(/^ *(```+)[^`]*$[^]*?^ *\1$/gm, '');
}

/** The anchors that GitHub gives the headings of a document. */
export function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of proseOf(text).matchAll(/^#{1,6} +(.+?) *#*$/gm)) {
    const shown = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = shown.replace(/[^\p{L}\p{N}\p{M}_\- ]/gu, '').replaceAll(' ', '-');
    let unique = anchor;
    for (let i = 1; anchors.has(unique); i++) {
      unique = `${anchor}-${i}`;
    }
    anchors.add(unique);
  }
  return anchors;
}

/** What the links and images of a document lead to. */
export function linksOf(text: string): string[] {
  const prose = proseOf(text).replace(/`[^`\n]*`/g, '');
  const markdown = [...prose.matchAll(/\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)/g)];
  const html = [...prose.matchAll(/ (?:src|href|srcset)="([^"]+)"/g)];
  return [...markdown, ...html].map(([, target]) => target!);
}

/** The cells of the rows of all tables whose first head is `head`, without the head. */
export function rowsUnder(text: string, head: string): string[][] {
  const tables = proseOf(text).match(/(?:^\|.*\|$\n?)+/gm) ?? [];
  return tables
    .map(table => table.trim().split('\n').map(cellsOf))
    .filter(([heads]) => heads?.[0] === head)
    .flatMap(rows => rows.slice(2));
}

function cellsOf(row: string): string[] {
  return row
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map(cell => cell.trim());
}
