/** Searches memory, files and tables for what a server should have forgotten: the seizure drill. */

export {
  type DrillReport,
  type DrillSubject,
  drill,
  judge,
  STAGES,
  type Stage,
  type StageReport,
} from './drill/drill.ts';
export { fromBuffer, type Hit, Hunter } from './hunt/hunter.ts';
export { encodings } from './markers/encodings.ts';
export { chanceHits, type Marker, type Pattern } from './markers/marker.ts';
export {
  type Exec,
  execHere,
  merge,
  type Searched,
  searchDirectory,
  searchFile,
  searchProcess,
  searchTables,
} from './sources/index.ts';
