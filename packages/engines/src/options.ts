/** What every engine is opened with. */

export interface EngineOptions {
  /**
   * Directory of this engine alone, absolute, on tmpfs: sockets, bundles and records of its machines. Made if it is
   * missing. An engine opened again on the same directory finds the machines of the one before it.
   */
  runDir: string;
  /** Six hexadecimal digits of the installation: marks everything this engine makes outside of `runDir`. */
  instance: string;
  /** Where tools are looked for, colon separated; by default PATH and the system directories. */
  path?: string;
  /** True beside another program that keeps the machines: nothing is ended, overwritten or watched that was not asked for. */
  onlyLook?: boolean;
  /** Limit for one run of a tool, in milliseconds; 30 s by default. */
  toolLimitMs?: number;
}
