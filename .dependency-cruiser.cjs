// The floors of ARCHITECTURE.md: a file imports only from floors below its own.
const floors = ['mail', 'input|dialect|notice', 'life', 'store', 'ingest|question', 'render', 'cli', 'commands']
const upward = floors.slice(0, -1).map((floor, i) => ({
  name: `floor-${floor.replaceAll('|', '-')}-imports-no-floor-above`,
  severity: 'error',
  from: {path: `^src/(${floor})/`},
  to: {path: `^src/(${floors.slice(i + 1).join('|')})/`},
}))
const sideways = [
  ['input', 'dialect|notice'],
  ['dialect', 'input|notice'],
  ['notice', 'input|dialect'],
  ['ingest', 'question'],
  ['question', 'ingest'],
].map(([from, to]) => ({
  name: `floor-${from}-imports-no-neighbour`,
  severity: 'error',
  from: {path: `^src/${from}/`},
  to: {path: `^src/(${to})/`},
}))
module.exports = {
  forbidden: [
    ...upward,
    ...sideways,
    {name: 'no-cycles', severity: 'error', from: {}, to: {circular: true}},
    {name: 'only-store-knows-sqlite', severity: 'error', from: {pathNot: '^src/store/'}, to: {path: 'better-sqlite3'}},
    {
      name: 'mail-does-no-io',
      severity: 'error',
      from: {path: '^src/(mail|dialect|notice|life)/'},
      to: {path: '^(node:)?(fs|net|dns|child_process|worker_threads)(/|$)', dependencyTypes: ['core']},
    },
    {
      name: 'no-orphans',
      severity: 'error',
      from: {orphan: true, pathNot: '\\.d\\.ts$|^src/index\\.ts$|^src/commands/'},
      to: {},
    },
  ],
  options: {
    doNotFollow: {path: 'node_modules'},
    tsPreCompilationDeps: true,
    tsConfig: {fileName: 'tsconfig.json'},
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
}
