const quality = /^q *= *(\d?(?:\.\d+)?)$/;

/** What a header such as `Accept` names, in lower case and in its order, with the weight of each (RFC 9110, section 12.4.2). */
export function weightsOf(header: string | undefined): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const part of (header ?? '').slice(0, 1000).split(',')) {
    const [name = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase());
    const weight = parameters.map((parameter) => quality.exec(parameter)?.[1]).find((value) => value !== undefined);
    if (name !== '') weights.set(name, weight === undefined ? 1 : Math.min(1, Number(weight)));
  }
  return weights;
}
