import ts from 'typescript';

/** A call in a piece of TypeScript, with what it was given: `client.channels.create`, `new Linktor`. */
export interface Call {
  name: string;
  args: unknown[];
}

/** The calls of a piece of TypeScript and the modules it imports, in order. Arguments must be literals. */
export function readProgram(text: string): { calls: Call[]; imports: string[] } {
  const source = ts.createSourceFile('block.ts', text, ts.ScriptTarget.Latest, true);
  const calls: Call[] = [];
  const imports: string[] = [];
  const walk = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) imports.push((node.moduleSpecifier as ts.StringLiteral).text);
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
      const name = `${ts.isNewExpression(node) ? 'new ' : ''}${node.expression.getText()}`;
      calls.push({ name, args: (node.arguments ?? []).map(literalOf) });
    }
    node.forEachChild(walk);
  };
  walk(source);
  return { calls, imports };
}

/** A piece of TypeScript that is one object, with comments around it. */
export function readObject(text: string): unknown {
  const source = ts.createSourceFile('block.ts', `(\n${text}\n)`, ts.ScriptTarget.Latest, true);
  const [statement] = source.statements;
  if (!statement || !ts.isExpressionStatement(statement) || !ts.isParenthesizedExpression(statement.expression))
    throw new Error('The block is not one object.');
  return literalOf(statement.expression.expression);
}

function literalOf(node: ts.Expression): unknown {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isNumericLiteral(node)) return Number(node.text);
  if (node.kind === ts.SyntaxKind.TrueKeyword) return true;
  if (node.kind === ts.SyntaxKind.FalseKeyword) return false;
  if (node.kind === ts.SyntaxKind.NullKeyword) return null;
  if (ts.isArrayLiteralExpression(node)) return node.elements.map(literalOf);
  if (ts.isObjectLiteralExpression(node)) {
    return Object.fromEntries(
      node.properties.map((property) => {
        if (!ts.isPropertyAssignment(property) || ts.isComputedPropertyName(property.name))
          throw new Error(`“${property.getText()}” is not written out.`);
        return [property.name.text, literalOf(property.initializer)];
      }),
    );
  }
  throw new Error(`“${node.getText()}” is not a literal.`);
}

/** What a curl command line asks for. */
export interface Curl {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string | undefined;
}

/** Reads a curl command as a shell and curl would. Knows the flags that the documents use, and refuses others. */
export function readCurl(text: string): Curl {
  const [command, ...words] = splitWords(text);
  if (command !== 'curl') throw new Error('The block is not a call of curl.');
  const curl: Curl = { method: 'GET', url: '', headers: {}, body: undefined };
  while (words.length > 0) {
    const word = words.shift()!;
    if (!word.startsWith('-')) curl.url = word;
    else if (word === '-X') curl.method = words.shift()!;
    else if (word === '-d') curl.body = words.shift()!;
    else if (word === '-H') {
      const [, name, value] = /^([^:]+):\s*(.*)$/.exec(words.shift()!)!;
      curl.headers[name!.toLowerCase()] = value!;
    } else throw new Error(`Nobody has said what curl’s ${word} does.`);
  }
  return curl;
}

/** Words of a shell: parted by blanks, kept whole by quotes, carried over a line's end by a backslash. */
function splitWords(text: string): string[] {
  const found =
    text
      .trim()
      .replace(/\\\n/g, ' ')
      .match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? [];
  return found.map((word) => word.replace(/'([^']*)'|"([^"]*)"/g, (_, single, double) => single ?? double ?? ''));
}

/** The linking guide closes its objects too early: `{…}, "confirmation": {…}`. This is what it means to send. */
export function mendJson(body: string): string {
  return `${body.replace(/\}(, ")/, '$1')}}`;
}
