/** The family of the parameter groups that an engine takes. */
export const families: Readonly<Record<string, string>> = {
  postgres: 'postgres17',
  'aurora-postgresql': 'aurora-postgresql17',
  mysql: 'mysql8.4',
  mariadb: 'mariadb11.4',
  'aurora-mysql': 'aurora-mysql8.0',
};

export const defaultGroup = (engine: string): string => `default.${families[engine] ?? engine}`;
