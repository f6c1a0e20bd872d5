// What others can make us say as often as they like must not fill the log.
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';

const everyMs = 60_000;

type Level = Exclude<keyof Log, 'child'>;

/**
 * Says the same line (level, fields and sentence) once, and then once a minute with `times`: how often it was to be said
 * meanwhile. For lines of which there are few different ones: those of the last minute are kept.
 */
export function sparingLog(log: Log, clock: Clock): Log {
  /** By the line: how often it was to be said since it was said last. */
  const unsaid = new Map<string, number>();

  const watch = (line: string, tell: (times: number) => void): void => {
    unsaid.set(line, 0);
    clock.after(everyMs, () => {
      const times = unsaid.get(line) ?? 0;
      unsaid.delete(line);
      if (times === 0) return;
      tell(times);
      watch(line, tell);
    });
  };

  const say =
    (level: Level) =>
    (fields: unknown, sentence?: string): void => {
      const line = JSON.stringify([level, fields, sentence]);
      const times = unsaid.get(line);
      if (times !== undefined) {
        unsaid.set(line, times + 1);
        return;
      }
      log[level](fields, sentence);
      watch(line, (more) => log[level]({ ...Object(fields), times: more }, sentence));
    };

  return {
    debug: say('debug'),
    info: say('info'),
    warn: say('warn'),
    error: say('error'),
    fatal: say('fatal'),
    child: (fields) => sparingLog(log.child(fields), clock),
  };
}
