export type * from './src/control.ts';
export { type Simulator, type SimulatorOptions, startSimulator } from './src/simulator.ts';
