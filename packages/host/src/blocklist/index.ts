/** Block tables of a host: compiled from published lists, installed whole, served to every server. */

export { type Compiled, compileTable, type ListCounts, type ListFile, MOST_BROKEN } from './compile.ts';
export { installStarterTable, installTable, tablePath, writeWhole } from './install.ts';
export { DEFAULT_SOURCES, readSources, type Source, updateTable } from './update.ts';
