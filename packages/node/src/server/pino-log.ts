import { pino } from 'pino';
import type { LogLevel } from '../config/config.ts';
import type { Log, LogFields } from '../log.ts';

/** One JSON object a line on standard error. @param base in every line */
export function pinoLog(level: LogLevel, base: LogFields | null = null): Log {
  const logger = pino(
    { level, base, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ fd: 2, sync: true }),
  );
  return {
    info: (event, fields = {}) => logger.info(fields, event),
    warn: (event, fields = {}) => logger.warn(fields, event),
    error: (event, fields = {}) => logger.error(fields, event),
  };
}
