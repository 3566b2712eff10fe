/** Engines and devices by the names people know them by; one that is not listed keeps its own. */
const NAMES: Readonly<Record<string, string>> = {
  onnx: 'ONNX Runtime',
  tensorflow: 'TensorFlow.js',
  cpu: 'CPU',
  cuda: 'CUDA',
  webgpu: 'WebGPU',
  coreml: 'Core ML',
  dml: 'DirectML',
};

export const engineNames = ({ engine, device }: { readonly engine: string; readonly device: string }) => ({
  engine: NAMES[engine] ?? engine,
  device: NAMES[device] ?? device,
});
