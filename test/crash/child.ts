/**
 * A process that plays a tenant's day and dies at a point. Usage: child.ts STAGE POINT, both as JSON. It prints a line
 * of JSON for each answer, synchronously, so that what is printed was acknowledged; `{"ended":true}` if it lived.
 */
import { writeSync } from 'node:fs';
import process from 'node:process';
import { clockAt, START } from '../governor/kit.ts';
import type { Point } from './points.ts';
import { play, type Stage, sceneIn } from './scene.ts';

const [, , stage = '{}', point = '{}'] = process.argv;
const say = (line: unknown): void => {
  writeSync(1, `${JSON.stringify(line)}\n`);
};

const scene = await sceneIn(JSON.parse(stage) as Stage, clockAt(START), JSON.parse(point) as Point);
await play(scene, say);
await scene.governor.close();
say({ ended: true });
