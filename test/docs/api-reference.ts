import { fileURLToPath } from 'node:url';
import {
  Application,
  Logger,
  LogLevel,
  ReflectionKind,
  TypeDocReader,
  type DeclarationReflection,
  type ProjectReflection,
  type TypeDocOptions,
} from 'typedoc';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What typedoc makes of the sources, before it is written as pages. */
export interface ApiReference {
  readonly project: ProjectReflection;
  /** What `npm run docs` would fail with. */
  readonly complaints: readonly string[];
}

/** Reads the sources as `npm run docs` does, with its configuration, and checks them as it does. */
export async function readApiReference(
  differences: Partial<TypeDocOptions> = {},
): Promise<ApiReference> {
  const app = await Application.bootstrapWithPlugins(
    { options: `${ROOT}typedoc.json`, logLevel: 'Warn', ...differences },
    [new TypeDocReader()],
  );
  const log = new ComplaintLog();
  app.logger = log;
  const project = await app.convert();
  if (!project) {
    throw new Error(`typedoc could not read the sources: ${log.complaints.join('\n')}`);
  }
  app.validate(project);
  return { project, complaints: log.complaints };
}

/** Everything that the entries export. */
export function exportsOf(project: ProjectReflection): DeclarationReflection[] {
  const modules = project.getReflectionsByKind(ReflectionKind.Module) as DeclarationReflection[];
  return modules.flatMap(({ children = [] }) => children);
}

class ComplaintLog extends Logger {
  readonly complaints: string[] = [];

  override log(message: string, level: LogLevel): void {
    super.log(message, level);
    if (level >= LogLevel.Warn) {
      this.complaints.push(message);
    }
  }
}
