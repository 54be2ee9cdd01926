/** The code blocks of a Markdown page in one language, without their fences. */
export function blocks(page: string, language: string): string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)\\n\`\`\`$`, 'gm'))].map((match) => match[1] ?? '');
}

/** The rows below every table of a Markdown page that has exactly these headings; cells without the spaces around them. */
export function tableRows(page: string, ...headings: readonly string[]): string[][] {
  const lines = page.split('\n');
  const cellsOf = (line: string) =>
    line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim());
  return lines.flatMap((line, index) => {
    if (!line.startsWith('|') || cellsOf(line).join('|') !== headings.join('|')) return [];
    const end = lines.findIndex((other, place) => place > index && !other.startsWith('|'));
    return lines.slice(index + 2, end === -1 ? undefined : end).map(cellsOf);
  });
}
