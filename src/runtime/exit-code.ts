/** What the long-running commands and `config check` end with. */
export const EXIT = {
  ok: 0,
  /** It could not do its work: the port is in use, or something unexpected happened. */
  failed: 1,
  /** The command line or the configuration is wrong: starting again will not help. */
  configuration: 2,
} as const;
