/** Writes ONNX model files: the few messages of onnx.proto that a tensor program needs (onnx/onnx, IR version 9). */
import protobuf from 'protobufjs';

const field = (id: number, type: string, rule?: 'repeated') => ({ id, type, ...(rule ? { rule } : {}) });

const root = protobuf.Root.fromJSON({
  nested: {
    Model: {
      fields: {
        irVersion: field(1, 'int64'),
        producerName: field(2, 'string'),
        graph: field(7, 'Graph'),
        opsetImport: field(8, 'OperatorSet', 'repeated'),
      },
    },
    OperatorSet: { fields: { domain: field(1, 'string'), version: field(2, 'int64') } },
    Graph: {
      fields: {
        node: field(1, 'Node', 'repeated'),
        name: field(2, 'string'),
        initializer: field(5, 'Tensor', 'repeated'),
        input: field(11, 'ValueInfo', 'repeated'),
        output: field(12, 'ValueInfo', 'repeated'),
      },
    },
    Node: {
      fields: {
        input: field(1, 'string', 'repeated'),
        output: field(2, 'string', 'repeated'),
        name: field(3, 'string'),
        opType: field(4, 'string'),
        attribute: field(5, 'Attribute', 'repeated'),
        domain: field(7, 'string'),
      },
    },
    Attribute: {
      fields: {
        name: field(1, 'string'),
        f: field(2, 'float'),
        i: field(3, 'int64'),
        s: field(4, 'bytes'),
        ints: field(8, 'int64', 'repeated'),
        type: field(20, 'int32'),
      },
    },
    Tensor: {
      fields: {
        dims: field(1, 'int64', 'repeated'),
        dataType: field(2, 'int32'),
        name: field(8, 'string'),
        rawData: field(9, 'bytes'),
      },
    },
    ValueInfo: { fields: { name: field(1, 'string'), type: field(2, 'Type') } },
    Type: { fields: { tensorType: field(1, 'TensorType') } },
    TensorType: { fields: { elemType: field(1, 'int32'), shape: field(2, 'TensorShape') } },
    TensorShape: { fields: { dim: field(1, 'Dimension', 'repeated') } },
    Dimension: { fields: { dimValue: field(1, 'int64'), dimParam: field(2, 'string') } },
  },
});

/** A number is an integer attribute. */
export type AttributeValue = number | { readonly float: number } | string | readonly number[];

export interface OnnxNode {
  readonly type: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
}

export interface OnnxTensor {
  readonly name: string;
  readonly data: Float32Array | BigInt64Array;
  readonly shape: readonly number[];
}

export interface OnnxValue {
  readonly name: string;
  readonly shape: readonly (number | string)[];
}

/** The domain of the operators that ONNX Runtime adds to the standard. */
const RUNTIME = 'com.microsoft';

const FLOAT = 1;
const INT64 = 7;

function attribute(name: string, value: AttributeValue): object {
  if (typeof value === 'number') return { name, i: value, type: 2 };
  if (typeof value === 'string') return { name, s: Buffer.from(value), type: 3 };
  if ('float' in value) return { name, f: value.float, type: 1 };
  return { name, ints: value, type: 7 };
}

const tensor = ({ name, data, shape }: OnnxTensor): object => ({
  name,
  dims: shape,
  dataType: data instanceof Float32Array ? FLOAT : INT64,
  rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
});

/** Symbolic dimensions become named parameters, whose text ONNX does not evaluate. */
const value = ({ name, shape }: OnnxValue): object => ({
  name,
  type: {
    tensorType: {
      elemType: FLOAT,
      shape: { dim: shape.map((d) => (typeof d === 'number' ? { dimValue: d } : { dimParam: d })) },
    },
  },
});

/** The bytes of an ONNX model, opset 17. */
export function onnxFile(graph: {
  readonly nodes: readonly OnnxNode[];
  readonly constants: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}): Uint8Array {
  return root
    .lookupType('Model')
    .encode({
      irVersion: 9,
      producerName: 'reverie',
      opsetImport: [
        { domain: '', version: 17 },
        { domain: RUNTIME, version: 1 },
      ],
      graph: {
        name: 'program',
        node: graph.nodes.map((n, i) => ({
          name: `${n.type}_${i}`,
          opType: n.type.replace(`${RUNTIME}.`, ''),
          domain: n.type.startsWith(`${RUNTIME}.`) ? RUNTIME : '',
          input: n.inputs,
          output: n.outputs,
          attribute: Object.entries(n.attributes ?? {}).map(([k, v]) => attribute(k, v)),
        })),
        initializer: graph.constants.map(tensor),
        input: graph.inputs.map(value),
        output: graph.outputs.map(value),
      },
    })
    .finish();
}
