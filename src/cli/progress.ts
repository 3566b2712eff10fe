/** Progress of a run: a bar on a terminal, a plain line every few seconds elsewhere. */
import { SingleBar } from 'cli-progress';
import type { Frame, Plan } from '../pipeline/renderer.js';

const LINE_EVERY_SECONDS = 5;

const lossText = ({ total }: Frame['losses']): string => total?.toPrecision(4) ?? '…';
const leftText = ({ secondsLeft }: Frame): string =>
  secondsLeft === undefined ? '…' : String(Math.ceil(secondsLeft));

export interface Progress {
  update(frame: Frame): void;
  stop(): void;
}

export function showProgress(plan: Plan, stream: NodeJS.WriteStream = process.stderr): Progress {
  if (!stream.isTTY) {
    let next = 0;
    return {
      update(frame) {
        if (frame.seconds < next && frame.step < frame.steps) return;
        next = frame.seconds + LINE_EVERY_SECONDS;
        stream.write(
          `scale ${frame.scale}/${frame.scales}  step ${frame.step}/${frame.steps}  loss ${lossText(frame.losses)}  ${leftText(frame)} s left\n`,
        );
      },
      stop: () => undefined,
    };
  }
  const bar = new SingleBar({
    stream,
    hideCursor: true,
    format: 'scale {scale}/{scales} {bar} {value}/{total}  loss {loss}  {left} s left',
  });
  bar.start(plan.steps, 0, { scale: 1, scales: plan.scales, loss: '…', left: '…' });
  return {
    update(frame) {
      bar.update(frame.step, {
        scale: frame.scale,
        loss: lossText(frame.losses),
        left: leftText(frame),
      });
    },
    stop() {
      bar.stop();
    },
  };
}
