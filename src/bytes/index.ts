export { fromHex, toHex } from './hex.ts';
