export {
  createInterpreter,
  type Interpreter,
} from './interpreter.ts';
