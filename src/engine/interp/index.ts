export {
  createInterpreter,
  type Interpreter,
  type InterpreterFrame,
  type InterpreterHost,
  type InterpreterState,
} from './interpreter.ts';
