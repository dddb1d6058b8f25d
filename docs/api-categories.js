import { Comment, CommentTag, Converter, ReflectionKind } from 'typedoc';

/** Where in the API reference stands what lies in a folder of lib/. What lies in none is the module itself. */
const CATEGORIES = {
  clock: 'Clock',
  flush: 'Flushing',
  health: 'Health',
  housekeeping: 'Housekeeping',
  http: 'HTTP and decorators',
  metrics: 'Metrics',
  monitors: 'Monitors',
  routes: 'Routes',
  status: 'Status',
  store: 'Monitors',
  targets: 'Targets',
  'task-numbers': 'Task numbers',
  testing: 'Testing',
};

/**
 * A plugin of typedoc: orders the API reference by the folders of lib/, so that no docstring need say where it belongs,
 * and calls documents by their headings.
 */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.getReflectionsByKind(ReflectionKind.Module)) {
      for (const exported of module.children ?? []) {
        categorize(exported, categoryOf(project.getSymbolIdFromReflection(exported)));
      }
    }
    for (const document of project.documents ?? []) {
      document.name = headingOf(document) ?? document.name;
    }
  });
}

function categoryOf(symbolId) {
  const folder = /^lib\/([^/]+)\//.exec(symbolId?.packagePath ?? '')?.[1];
  return CATEGORIES[folder] ?? 'Module';
}

/** The comment of a function belongs to its signatures. */
function categorize(reflection, category) {
  for (const documented of reflection.signatures ?? [reflection]) {
    documented.comment ??= new Comment();
    documented.comment.blockTags.push(
      new CommentTag('@category', [{ kind: 'text', text: category }]),
    );
  }
}

function headingOf({ content }) {
  const text = content.map(part => part.text).join('');
  return /^# (.+)$/m.exec(text)?.[1];
}
