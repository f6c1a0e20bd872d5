// A database whose connection breaks when the test says so.
import { AppError } from '../../errors.ts';
import type { Database } from '../../platform/db.ts';

export interface UnreliableDatabase {
  database: Database;
  /** The next so many statements are carried out, and their answers lost. */
  loseAnswers(count: number): void;
  /** Statements do not arrive until `comeBack`. */
  goAway(): void;
  comeBack(): void;
  /** Statements sent so far. */
  readonly asked: number;
}

export function unreliable(real: Database): UnreliableDatabase {
  let answersToLose = 0;
  let away = false;
  let asked = 0;
  const lost = () => new AppError('database.unavailable', 'The test cut the connection.');
  const database: Database = {
    address: real.address,
    async query<Row extends object>(sql: string | { name: string; text: string }, values?: readonly unknown[]) {
      asked++;
      if (away) throw lost();
      const answer = await real.query<Row>(sql, values);
      if (answersToLose > 0) {
        answersToLose--;
        throw lost();
      }
      return answer;
    },
    async transaction(work, options) {
      if (away) throw lost();
      const result = await real.transaction(work, options);
      if (answersToLose > 0) {
        answersToLose--;
        throw lost();
      }
      return result;
    },
    session: () => real.session(),
    close: () => real.close(),
  };
  return {
    database,
    loseAnswers: (count) => (answersToLose = count),
    goAway: () => (away = true),
    comeBack: () => (away = false),
    get asked() {
      return asked;
    },
  };
}
