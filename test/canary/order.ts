/** What is read first in a source file: the functions that others call, before those that only it calls. */
import ts from 'typescript';

/** The private functions of a source that stand before a public one of it, by name. */
export const privateBeforePublic = (text: string): readonly string[] => {
  const functions = ts.createSourceFile('source.ts', text, ts.ScriptTarget.Latest, true).statements.filter(isFunction);
  const last = functions.findLastIndex(isExported);
  return functions.slice(0, Math.max(last, 0)).flatMap((f) => (isExported(f) ? [] : [nameOf(f)]));
};

const isFunction = (s: ts.Statement): boolean =>
  ts.isFunctionDeclaration(s) ||
  (ts.isVariableStatement(s) &&
    s.declarationList.declarations.every(
      ({ initializer }) => initializer !== undefined && ts.isArrowFunction(initializer),
    ));

const isExported = (s: ts.Statement): boolean =>
  ts.canHaveModifiers(s) && (ts.getModifiers(s) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);

const nameOf = (s: ts.Statement): string =>
  ts.isVariableStatement(s)
    ? (s.declarationList.declarations[0]?.name.getText() ?? '')
    : ((s as ts.FunctionDeclaration).name?.text ?? '');
