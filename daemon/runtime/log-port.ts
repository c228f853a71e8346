// Where the runtime's log lines go: types only. The composition root injects pino behind a worker; tests inject an array.

type LogFields = Readonly<Record<string, unknown>>;

export interface LogPort {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}
