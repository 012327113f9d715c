/** Where a drill searches: files, memory of processes, tables of the host. */

export { searchDirectory, searchFile } from './files.ts';
export { searchProcess } from './processes.ts';
export { type Found, merge, nothing, type Searched } from './searched.ts';
export { type Exec, execHere, searchTables } from './tables.ts';
