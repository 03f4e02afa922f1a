/** One line before the tests: whether statements about the kernel are held to the live one or to its recorded results only. */
import { live, liveName, notLive } from './backends.ts';

export function setup(): void {
  const held = live ? `${liveName} and its recorded results` : `recorded results only: ${notLive}`;
  console.log(`Statements about the kernel are compared with ${held}\n`);
}
