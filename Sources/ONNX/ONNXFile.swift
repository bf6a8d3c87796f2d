import TensorCore

/// A graph serialised as an ONNX file for any ONNX runtime. Field numbers are those of `onnx.proto` (IR version 8).
package struct ONNXFile {
  /// The operator set version, which Debian's and all current runtimes support.
  private static let operatorSet = 17
  private static let intermediateVersion = 8

  private let graph: ONNXGraph
  private let producer: (name: String, version: String)
  private let metadata: [(key: String, value: String)]

  /// - Parameter metadata: Key-value pairs stored beside the graph (`metadata_props`).
  package init(
    _ graph: ONNXGraph, producer: (name: String, version: String),
    metadata: [(key: String, value: String)]
  ) {
    self.graph = graph
    self.producer = producer
    self.metadata = metadata
  }

  /// The bytes of the file. O(size).
  package var bytes: [UInt8] {
    var model = ProtobufMessage()
    model.add(1, Self.intermediateVersion)
    model.add(2, producer.name)
    model.add(3, producer.version)
    model.add(7, graph.message)
    var operators = ProtobufMessage()
    operators.add(2, Self.operatorSet)
    model.add(8, operators)
    for (key, value) in metadata {
      var entry = ProtobufMessage()
      entry.add(1, key)
      entry.add(2, value)
      model.add(14, entry)
    }
    return model.bytes
  }
}

/// The element types (`TensorProto.DataType`).
private enum DataType: Int {
  case float = 1
  case int64 = 7
}

extension ONNXGraph {
  /// The graph as a `GraphProto`.
  fileprivate var message: ProtobufMessage {
    var graph = ProtobufMessage()
    for node in nodes { graph.add(1, node.message) }
    graph.add(2, "latent")
    for initializer in initializers { graph.add(5, initializer.message) }
    graph.add(11, input.message)
    graph.add(12, output.message)
    return graph
  }
}

extension ONNXGraph.Node {
  /// The node as a `NodeProto`.
  fileprivate var message: ProtobufMessage {
    var node = ProtobufMessage()
    for input in inputs { node.add(1, input) }
    node.add(2, output)
    node.add(3, "make \(output)")
    node.add(4, step.name)
    for (name, value) in step.attributes {
      var attribute = ProtobufMessage()
      attribute.add(1, name)
      switch value {
      case .number(let number):
        attribute.add(2, number)
        attribute.add(20, 1)
      case .integer(let number):
        attribute.add(3, number)
        attribute.add(20, 2)
      case .integers(let numbers):
        for number in numbers { attribute.add(8, number) }
        attribute.add(20, 7)
      }
      node.add(5, attribute)
    }
    return node
  }
}

extension ONNXGraph.Initializer {
  /// The initializer as a `TensorProto`.
  fileprivate var message: ProtobufMessage {
    var tensor = ProtobufMessage()
    switch value {
    case .tensor(let value):
      for length in value.shape.dimensions { tensor.add(1, length) }
      tensor.add(2, DataType.float.rawValue)
      tensor.add(8, name)
      tensor.add(
        9, value.elements().withUnsafeBytes { Array($0) })
    case .lengths(let lengths):
      tensor.add(1, lengths.count)
      tensor.add(2, DataType.int64.rawValue)
      tensor.add(8, name)
      tensor.add(9, lengths.map { Int64($0) }.withUnsafeBytes { Array($0) })
    }
    return tensor
  }
}

extension ONNXGraph.Boundary {
  /// The input or output as a `ValueInfoProto`.
  fileprivate var message: ProtobufMessage {
    var shape = ProtobufMessage()
    var batch = ProtobufMessage()
    batch.add(2, "batch")
    shape.add(1, batch)
    for length in lengths {
      var dimension = ProtobufMessage()
      dimension.add(1, length)
      shape.add(1, dimension)
    }
    var tensor = ProtobufMessage()
    tensor.add(1, DataType.float.rawValue)
    tensor.add(2, shape)
    var type = ProtobufMessage()
    type.add(1, tensor)
    var value = ProtobufMessage()
    value.add(1, name)
    value.add(2, type)
    return value
  }
}
