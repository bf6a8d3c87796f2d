import ImageModels
import Images
import Layers
import ModelRegistry
import TensorCore
import TestEnvironment
import Testing

/// Tests the ONNX export with a wire format reader that shares no code with the writer. `fixtures/onnx/check.py` runs
/// such files in onnxruntime.
struct ONNXTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func model(
    _ task: ImageTask, channels: Int = 3, calibration: ImageCalibration? = nil
  ) throws -> (ImageModel, ImageNetwork) {
    var input = ImageTransform(size: ImageSize(width: 40, height: 32), presize: ImageSize(48))
    input.channels = channels
    input.normalization = Normalization(
      mean: Array(repeating: 0.4, count: channels),
      deviation: Array(repeating: 0.2, count: channels))
    var description = ImageModelDescription(task: task, backbone: .resnet18, input: input)
    description.calibration = calibration
    var random = RandomStream(seed: 3, stream: 0)
    let network = description.network(random: &random)
    let path = folder.path("\(task.name).safetensors")
    _ = try ImageModelContents(description, network).write(to: path)
    let opened = try ModelRegistry("unused", forms: [.image]).open(path)
    return (try #require(opened as? ImageModel), network)
  }

  @Test func holdsTheNetworksStepsAndItsWeights() throws {
    let (model, network) = try model(.classify(classes: ["a", "b", "ü"]))
    let file = try WireMessage(model.onnx(latentVersion: "1.2"))
    #expect(file.texts(2) == ["latent"] && file.texts(3) == ["1.2"])
    let graph = try #require(file.messages(7).first)
    let nodes = graph.messages(1)
    let kinds = nodes.flatMap { $0.texts(4) }
    func count(_ kind: String) -> Int { kinds.count { $0 == kind } }
    #expect(count("Conv") == 20 && count("MaxPool") == 1 && count("Softmax") == 1)
    // 20 after convolutions, 2 in the head.
    #expect(count("BatchNormalization") == 22 && count("Gemm") == 2)
    #expect(count("GlobalMaxPool") == 1 && count("GlobalAveragePool") == 1)
    #expect(kinds.prefix(3) == ["Mul", "Add", "Conv"] && kinds.last == "Softmax")

    // Each value is defined once, before its first use.
    let tensors = graph.messages(5)
    var known = Set(tensors.flatMap { $0.texts(8) } + ["images"])
    #expect(known.count == tensors.count + 1)
    for node in nodes {
      for input in node.texts(1) { #expect(known.contains(input), "\(input)") }
      for output in node.texts(2) { #expect(known.insert(output).inserted, "\(output)") }
    }
    #expect(known.contains("predictions"))
    #expect(graph.messages(11).flatMap { $0.texts(1) } == ["images"])
    #expect(graph.messages(12).flatMap { $0.texts(1) } == ["predictions"])

    for (name, parameter) in network.namedParameters() {
      let stored = try #require(tensors.first { $0.texts(8) == [name] }, "\(name)")
      let expected = parameter.value.elements().withUnsafeBytes { Array($0) }
      #expect(stored.numbers(1) == parameter.value.shape.dimensions.map { UInt64($0) })
      #expect(stored.bytes(9) == [expected], "\(name)")
    }
    let metadata = file.messages(14).map { ($0.texts(1)[0], $0.texts(2)[0]) }
    #expect(metadata.first { $0.0 == "outputs" }?.1 == #"["a","b","ü"]"#)
    #expect(metadata.contains { $0.0 == "latent.image_model" && $0.1.contains("resnet18") })
  }

  @Test func everyTaskHasItsOwnEnd() throws {
    func end(_ task: ImageTask, _ calibration: ImageCalibration? = nil) throws -> [String] {
      let (model, _) = try model(task, channels: 1, calibration: calibration)
      let file = try WireMessage(model.onnx(latentVersion: "1"))
      let nodes = try #require(file.messages(7).first).messages(1)
      return Array(nodes.suffix(3).flatMap { $0.texts(4) })
    }
    let labels = ImageTask.multilabel(labels: ["x", "y"], thresholds: [0.5, 0.3])
    #expect(try end(labels) == ["BatchNormalization", "Gemm", "Sigmoid"])
    let calibration = ImageCalibration(temperatures: [2, 0.5])
    #expect(try end(labels, calibration) == ["Gemm", "Mul", "Sigmoid"])
    let range = try #require(ImageTask.Range(0, 5))
    #expect(try end(.regress(names: ["n"], range: range)) == ["Sigmoid", "Mul", "Add"])
    #expect(try end(.regress(names: ["n"], range: nil)).last == "Gemm")
    #expect(try end(.points(names: ["eye"])) == ["Sigmoid", "Mul", "Add"])
  }
}

/// A Protocol Buffers message: its fields by number, in order.
private struct WireMessage {
  private var fields: [Int: [[UInt8]]] = [:]
  private var varints: [Int: [UInt64]] = [:]

  struct Malformed: Error {}

  init(_ bytes: [UInt8]) throws {
    var position = 0
    func varint() throws -> UInt64 {
      var (value, shift) = (UInt64(0), UInt64(0))
      while position < bytes.count, shift < 64 {
        let byte = bytes[position]
        position += 1
        value |= UInt64(byte & 0x7F) << shift
        if byte < 0x80 { return value }
        shift += 7
      }
      throw Malformed()
    }
    func take(_ count: Int) throws -> [UInt8] {
      guard count <= bytes.count - position else { throw Malformed() }
      defer { position += count }
      return Array(bytes[position..<position + count])
    }
    while position < bytes.count {
      let key = try varint()
      let field = Int(key >> 3)
      switch key & 7 {
      case 0: varints[field, default: []].append(try varint())
      case 2: fields[field, default: []].append(try take(Int(varint())))
      case 5: fields[field, default: []].append(try take(4))
      default: throw Malformed()
      }
    }
  }

  func bytes(_ field: Int) -> [[UInt8]] { fields[field] ?? [] }
  func numbers(_ field: Int) -> [UInt64] { varints[field] ?? [] }
  func texts(_ field: Int) -> [String] { bytes(field).map { String(decoding: $0, as: UTF8.self) } }
  func messages(_ field: Int) -> [WireMessage] {
    bytes(field).compactMap { try? WireMessage($0) }
  }
}
