import ts from 'typescript';

/** A function, method, accessor or constructor that anybody may call. */
export interface PublicCallable {
  /** `Counter.add`. */
  readonly name: string;
  /** Whether its code has a way to throw that it does not catch. Other packages are taken never to. */
  readonly throws: boolean;
  /** Whether its docstring, or that of what it overrides, says what it throws. */
  readonly saysWhatItThrows: boolean;
}

type Code = ts.FunctionLikeDeclaration & { readonly body: ts.Node };

/** All with code that can be called of what a file exports, less what is marked `@internal`. */
export function publicCallablesOf(program: ts.Program, path: string): PublicCallable[] {
  const checker = program.getTypeChecker();
  const throwing = new ThrowingCode(checker);
  const module = checker.getSymbolAtLocation(program.getSourceFile(path)!)!;
  return checker.getExportsOfModule(module).flatMap(exported => {
    const symbol = unaliased(exported, checker);
    const owner = symbol.declarations?.find(ts.isClassDeclaration);
    const members = owner
      ? membersOf(owner, checker).map(member => [`${symbol.name}.${member.name}`, member] as const)
      : [];
    return [[symbol.name, symbol] as const, ...members].flatMap(([name, callable]) => {
      const tags = new Set(callable.getJsDocTags(checker).map(tag => tag.name));
      return tags.has('internal')
        ? []
        : codeOf(callable).map(code => ({
            name,
            throws: throwing.mayThrow(code),
            saysWhatItThrows: tags.has('throws'),
          }));
    });
  });
}

/** Own and inherited members, static ones, and the constructor, less those that are not public. */
function membersOf(owner: ts.ClassDeclaration, checker: ts.TypeChecker): ts.Symbol[] {
  const self = checker.getSymbolAtLocation(owner.name!)!;
  return [
    ...checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(self)),
    ...(self.exports?.values() ?? []),
    ...(self.members?.has(ts.InternalSymbolName.Constructor)
      ? [self.members.get(ts.InternalSymbolName.Constructor)!]
      : []),
  ].filter(({ declarations = [] }) => declarations.some(isPublic));
}

function isPublic(declaration: ts.Declaration): boolean {
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
  return !(ts.getCombinedModifierFlags(declaration) & hidden);
}

function codeOf(symbol: ts.Symbol): Code[] {
  return (symbol.declarations ?? []).filter(
    (declaration): declaration is Code =>
      ts.isFunctionLike(declaration) &&
      'body' in declaration &&
      declaration.body !== undefined &&
      !declaration.getSourceFile().isDeclarationFile,
  );
}

function unaliased(symbol: ts.Symbol, checker: ts.TypeChecker): ts.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

/** Which functions may throw: those with a `throw`, or a call of one that may, outside of any `try … catch`. */
class ThrowingCode {
  private readonly known = new Map<Code, boolean>();

  constructor(private readonly checker: ts.TypeChecker) {}

  mayThrow(code: Code): boolean {
    const known = this.known.get(code);
    if (known !== undefined) {
      return known;
    }
    this.known.set(code, false); // until it is known: it may call itself
    const found = this.hasThrow(code.body);
    this.known.set(code, found);
    return found;
  }

  private hasThrow(node: ts.Node): boolean {
    if (ts.isThrowStatement(node)) {
      return true;
    }
    // A function that is only passed on may be called by anybody, at any time.
    if (ts.isFunctionLike(node)) {
      return false;
    }
    if (ts.isTryStatement(node) && node.catchClause) {
      return [node.catchClause.block, node.finallyBlock].some(
        block => block && this.hasThrow(block),
      );
    }
    if (
      (ts.isCallExpression(node) || ts.isNewExpression(node)) &&
      (this.calledBy(node).some(code => this.mayThrow(code)) || this.callsWhatSaysThrows(node))
    ) {
      return true;
    }
    return ts.forEachChild(node, child => this.hasThrow(child) || undefined) ?? false;
  }

  /** Whether it calls a method of an interface, such as `Schema.check`, whose docstring says what it throws. */
  private callsWhatSaysThrows(call: ts.CallExpression | ts.NewExpression): boolean {
    const declaration = this.checker.getResolvedSignature(call)?.declaration;
    return (
      declaration !== undefined &&
      ts.isMethodSignature(declaration) &&
      !declaration.getSourceFile().isDeclarationFile &&
      ts.getJSDocTags(declaration).some(({ tagName }) => tagName.text === 'throws')
    );
  }

  /** With overloads, what implements them. */
  private calledBy(call: ts.CallExpression | ts.NewExpression): Code[] {
    const declaration = this.checker.getResolvedSignature(call)?.declaration;
    return declaration ? codeOf(symbolOf(declaration)) : [];
  }
}

/** What typescript does not tell: the symbol of a declaration that has no name, such as a constructor. */
function symbolOf(declaration: ts.Node): ts.Symbol {
  return (declaration as ts.Node & { readonly symbol: ts.Symbol }).symbol;
}
