// A database whose connection breaks when the test says so.
import { AppError } from '../../errors.ts';
import type { Database } from '../../platform/db.ts';

export interface UnreliableDatabase {
  database: Database;
  /** The next so many statements are carried out, and their answers lost. */
  loseAnswers(count: number): void;
  /** The next so many transactions are committed, and nobody is told. */
  loseCommitAnswers(count: number): void;
  /** The next so many transactions are rolled back when they should commit. */
  loseCommits(count: number): void;
  /** Statements do not arrive until `comeBack`. */
  goAway(): void;
  comeBack(): void;
  /** Statements sent so far. */
  readonly asked: number;
}

export function unreliable(real: Database): UnreliableDatabase {
  let answersToLose = 0;
  let commitAnswersToLose = 0;
  let commitsToLose = 0;
  let away = false;
  let asked = 0;
  const lost = () => new AppError('database.unavailable', 'The test cut the connection.');
  const database: Database = {
    address: real.address,
    answers: async (limitMs) => !away && (await real.answers(limitMs)),
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
      const result = await real.transaction(async (tx) => {
        const done = await work(tx);
        if (commitsToLose === 0) return done;
        commitsToLose--;
        throw lost();
      }, options);
      if (commitAnswersToLose > 0) {
        commitAnswersToLose--;
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
    loseCommitAnswers: (count) => (commitAnswersToLose = count),
    loseCommits: (count) => (commitsToLose = count),
    goAway: () => (away = true),
    comeBack: () => (away = false),
    get asked() {
      return asked;
    },
  };
}
