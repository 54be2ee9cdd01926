import { type ASTNode, BREAK, type DocumentNode, Kind, type OperationDefinitionNode, type ValueNode, visit } from 'graphql';

/**
 * Where a value of a document stands in the input of a field, as a path with dots: the argument, then input fields and places in lists. Undefined
 * for what is no part of an argument of a field.
 */
export function inputPathOf(wanted: ASTNode, document: DocumentNode): string | undefined {
  return search(document, (node) => node === wanted)?.join('.');
}

/** Where a variable of an operation is first used, likewise; the variable's name where it stands in no argument of a field. */
export function variablePathOf(variable: string, document: DocumentNode, operation: OperationDefinitionNode | undefined): string {
  const isUse = (node: ASTNode) => node.kind === Kind.VARIABLE && node.name.value === variable;
  const fragments = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION);
  for (const part of operation ? [operation, ...fragments] : [document]) {
    const path = search(part, isUse);
    if (path) return path.join('.');
  }
  return variable;
}

/** The operation that defines a variable. */
export function operationWith(definition: ASTNode, document: DocumentNode): OperationDefinitionNode | undefined {
  for (const operation of document.definitions)
    if (operation.kind === Kind.OPERATION_DEFINITION && operation.variableDefinitions?.some((variable) => variable === definition)) return operation;
  return undefined;
}

function search(part: ASTNode, fits: (node: ASTNode) => boolean): readonly string[] | null {
  let found: readonly string[] | null = null;
  visit(part, {
    // What a directive is given is no input of a field.
    Directive: () => false,
    Argument(node) {
      const path = fits(node) ? [] : pathIn(node.value, fits);
      if (path === null) return false;
      found = [node.name.value, ...path];
      return BREAK;
    },
  });
  return found;
}

function pathIn(value: ValueNode, fits: (node: ASTNode) => boolean): readonly string[] | null {
  if (fits(value)) return [];
  const parts: readonly (readonly [name: string, node: ASTNode, value: ValueNode])[] =
    value.kind === Kind.LIST
      ? value.values.map((item, index) => [String(index), item, item])
      : value.kind === Kind.OBJECT
        ? value.fields.map((field) => [field.name.value, field, field.value])
        : [];
  for (const [name, node, inner] of parts) {
    const path = fits(node) ? [] : pathIn(inner, fits);
    if (path) return [name, ...path];
  }
  return null;
}
