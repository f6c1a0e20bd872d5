// A peer of a test in a process of its own, asked over IPC: one question after the other, each answered once. Its first
// message, unasked, is the port on which it listens.
import { type ChildProcess, fork } from 'node:child_process';

export interface PeerProcess<Question> {
  port: number;
  /** Rejects when the peer has ended. */
  ask(question: Question): Promise<unknown>;
  /** As kill -9. */
  stop(): Promise<void>;
}

/** `file`: a module that serves when it is the program. */
export async function startPeerProcess<Question extends object>(
  file: string,
  args: readonly string[],
): Promise<PeerProcess<Question>> {
  const child = fork(file, args, { stdio: 'inherit' });
  const port = (await answerOf(child)) as number;
  let turn: Promise<unknown> = Promise.resolve();
  return {
    port,
    ask(question) {
      turn = turn.then(() => {
        const answer = answerOf(child);
        child.send(question);
        return answer;
      });
      return turn;
    },
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.kill('SIGKILL');
      }),
  };
}

function answerOf(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`The peer has ended: ${code}.`));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message);
    });
  });
}
