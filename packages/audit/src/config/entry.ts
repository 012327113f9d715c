/** One setting as it stands in a file. */
export interface Entry {
  /** Dotted path, lower case: `server.log-queries`. Lists in JSON, YAML and TOML have the index as a segment. */
  key: string;
  /** Trimmed, unquoted where the syntax quotes. A key without a value has `yes`. */
  value: string;
  /** Path on the target. */
  file: string;
  /** 1-based; 0 where the parser cannot tell. */
  line: number;
}

export interface ParsedConfig {
  entries: Entry[];
  /** Lines (or for JSON, YAML and TOML: files) that could not be read as this syntax. Never silently dropped. */
  broken: { file: string; line: number }[];
}
