import { EOL } from 'node:os';
import { createLogger as createWinston, format, transports, type Logger as WinstonLogger } from 'winston';

/** From the most to the least important. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
/** The least important level that is written. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * What a line says beside its message. Names, counts and reasons: never bodies of requests or objects. An Error is written as
 * its message, and at level debug with its stack.
 */
export type LogFields = { readonly [name: string]: string | number | boolean | Error | readonly string[] | undefined };

/** Writes log lines. Messages are constant; whatever varies is a field. */
export interface Logger {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  /** Writes a line of level info for each of these fields, all at one time: cheaper than one after the other. */
  infoAll(message: string, lines: readonly LogFields[]): void;
  /** A logger whose lines all have these fields too. */
  child(fields: LogFields): Logger;
  /** Whether debug lines are written: for fields that are costly to make. */
  isDebugEnabled(): boolean;
}

/** A logger that can be ended. */
export interface RootLogger extends Logger {
  /** Resolves when all lines are handed to the operating system. Nothing is written afterwards. */
  close(): Promise<void>;
}

/** Where log lines go. */
export interface LoggerOptions {
  readonly level: LogLevel;
  readonly stream: NodeJS.WritableStream;
}

/** Returns a logger that writes one JSON object per line: `time`, `level`, `message`, and the fields. */
export function createLogger({ level, stream }: LoggerOptions): RootLogger {
  const winston = createWinston({
    level,
    format: format.combine(format.json(), severalLines()),
    transports: [new transports.Stream({ stream })],
  });
  return { ...wrap(winston, level === 'debug', {}), close: () => close(winston, stream) };
}

/** A logger that writes nothing. */
export const silentLogger: Logger = {
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
  infoAll: () => undefined,
  child: () => silentLogger,
  isDebugEnabled: () => false,
};

/** What a log entry that stands for several lines is written as. */
const LINES = Symbol('lines');
/** Where winston's transports find the text to write. */
const MESSAGE = Symbol.for('message');

/** Lets one entry be several lines: handing over an entry costs far more than making a line. */
const severalLines = format((info) => {
  const lines = info[LINES];
  if (lines !== undefined) info[MESSAGE] = lines;
  return info;
});

function wrap(winston: WinstonLogger, debug: boolean, inherited: LogFields): Logger {
  const write = (level: LogLevel) => (message: string, fields?: LogFields) => {
    if (level !== 'debug' || debug) {
      const time = new Date().toISOString();
      winston.log({ ...renderAll({ ...inherited, ...fields }, debug), time, level, message });
    }
  };
  const infoAll: Logger['infoAll'] = (message, lines) => {
    if (lines.length === 0 || !winston.isInfoEnabled()) return;
    const end = { time: new Date().toISOString(), level: 'info', message };
    const texts = lines.map((fields) => JSON.stringify({ ...renderAll({ ...inherited, ...fields }, debug), ...end }));
    winston.log({ level: 'info', message, [LINES]: texts.join(EOL) });
  };
  return {
    infoAll,
    error: write('error'),
    warn: write('warn'),
    info: write('info'),
    debug: write('debug'),
    child: (fields) => wrap(winston, debug, { ...inherited, ...fields }),
    isDebugEnabled: () => debug,
  };
}

function renderAll(fields: LogFields, debug: boolean): Record<string, unknown> {
  const rendered: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value instanceof Error) {
      rendered[name] = value.message;
      if (debug) {
        rendered[`${name}Stack`] = stackOf(value);
      }
    } else if (value !== undefined) {
      rendered[name] = value;
    }
  }
  return rendered;
}

// Only stacks: other properties of an error may hold the bodies of requests and answers.
function stackOf(error: Error): string {
  const own = error.stack ?? error.message;
  return error.cause instanceof Error ? `${own}\ncaused by: ${stackOf(error.cause)}` : own;
}

function close(winston: WinstonLogger, stream: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => {
    winston.once('finish', () => {
      // The callback of an empty write comes after those of all writes before it. Standard output itself must stay open.
      stream.write('', () => resolve());
    });
    winston.end();
  });
}
