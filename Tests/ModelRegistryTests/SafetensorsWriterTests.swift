import Errors
import Foundation
import ModelRegistry
import TensorCore
import TestEnvironment
import Testing

/// The writer's output, compared to the format's definition and read back.
struct SafetensorsWriterTests {
  @Test func randomTensorsComeBack() throws {
    var random = SplitMix64(seed: 11)
    for _ in 0..<200 {
      var tensors: [OutgoingTensor] = []
      var expected: [String: [UInt8]] = [:]
      for number in 0..<Int.random(in: 0...6, using: &random) {
        let shape = Shape(
          (0..<Int.random(in: 0...3, using: &random)).map { _ in
            Int.random(in: 0...5, using: &random)
          })
        let name = ["t\(number)", "\"\\\u{1}é\(number)", "日本\(number)"].randomElement(
          using: &random)!
        func add<Element: TensorElement>(_ make: () -> Element) {
          let elements = (0..<shape.elementCount).map { _ in make() }
          tensors.append(OutgoingTensor(name, shape, elements))
          expected[name] = elements.withUnsafeBytes { Array($0) }
        }
        switch Int.random(in: 0..<6, using: &random) {
        case 0: add { Float.random(in: -9...9, using: &random) }
        case 1: add { UInt8.random(in: 0...255, using: &random) }
        case 2: add { Int64(truncatingIfNeeded: random.next()) }
        case 3: add { UInt32(truncatingIfNeeded: random.next()) }
        case 4: add { Int32(truncatingIfNeeded: random.next()) }
        default: add { random.next() }
        }
      }
      let metadata = ["k": "v\n\"\u{7F}", "ü": ""]
      let aligned = tensors.randomElement(using: &random)?.name
      let bytes = try SafetensorsWriter.encode(tensors, metadata: metadata, aligned: aligned)
      let file = try SafetensorsFile(MappedFile(copying: bytes, named: "memory"))
      #expect(file.metadata == metadata)
      #expect(Set(file.tensorNames) == Set(tensors.map(\.name)))
      for tensor in tensors {
        let stored = try #require(file.tensor(named: tensor.name))
        #expect(stored.shape == tensor.shape && stored.elementType == tensor.elementType)
        #expect(try stored.bytesInPlace() == expected[tensor.name])
      }
    }
  }

  @Test func theAlignedTensorStartsOnAMultipleOf64() throws {
    for idCount in 0..<20 {
      let bytes = try SafetensorsWriter.encode(
        [
          OutgoingTensor("rows", [Float](repeating: 0.5, count: 16)),
          OutgoingTensor("b", [UInt8(1)]),
        ]
          + [OutgoingTensor("ids", [Int64](repeating: 1, count: idCount))],
        metadata: [:], aligned: "rows")
      let file = try SafetensorsFile(MappedFile(copying: bytes, named: "memory"))
      let address = try #require(file.tensor(named: "rows"))
        .mappedElements(of: Float.self).elements.baseAddress
      #expect(UInt(bitPattern: address) % 64 == 0)
    }
  }

  @Test func aHeaderIsJSONAndPaddedWithBlanks() throws {
    let bytes = try SafetensorsWriter.encode(
      [OutgoingTensor("t", [2, 1], [Float(1), 2])], metadata: ["a": "b"])
    let length = Int(
      UInt64(littleEndian: bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }))
    let json = try #require(
      try JSONSerialization.jsonObject(with: Data(bytes[8..<8 + length])) as? [String: Any])
    let tensor = try #require(json["t"] as? [String: Any])
    #expect(tensor["dtype"] as? String == "F32")
    #expect(tensor["shape"] as? [Int] == [2, 1])
    #expect(tensor["data_offsets"] as? [Int] == [0, 8])
    #expect(json["__metadata__"] as? [String: String] == ["a": "b"])
    #expect(bytes[8] == UInt8(ascii: "{") && bytes[8 + length - 1] == UInt8(ascii: " "))
    #expect(bytes.count == 8 + length + 8 && (8 + length) % 64 == 0)
  }

  @Test func aFileIsReadOnlyAndNothingElseIsLeft() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("model")
    try SafetensorsWriter.write([OutgoingTensor("t", [Float(1)])], metadata: [:], to: path)
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o444)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["model"])
  }

  @Test func aWriteThatFailsLeavesTheOldFile() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("old", to: "model")
    let failing = OutgoingTensor("t", .uint8, [2]) { (stream) throws(ModelFileError) in
      try stream.append([UInt8(1)])
      throw ModelFileError(.badContents, "no more", place: "source", remedy: "None.")
    }
    #expect(throws: ModelFileError.self) {
      try SafetensorsWriter.write([failing], metadata: [:], to: path)
    }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["model"])
    #expect(throws: ModelFileError.self) {
      try SafetensorsWriter.write([], metadata: [:], to: folder.path("no/such/folder"))
    }
  }

  @Test func wrongTypesAndCrookedStartsAreNamed() throws {
    let header =
      #"{"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"#
      + #""f":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}}  "#
    let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
    let value = withUnsafeBytes(of: Float(1.5)) { Array($0) }
    let file = try SafetensorsFile(
      MappedFile(copying: length + Array(header.utf8) + [9] + value, named: "crooked"))
    let tensor = try #require(file.tensor(named: "f"))
    #expect((8 + header.utf8.count + 1) % 4 != 0)
    #expect(throws: ModelFileError.self) { try tensor.mappedElements(of: Float.self) }
    #expect(try tensor.copy(as: Float.self) == [1.5])
    #expect(throws: ModelFileError.self) { try tensor.copy(as: Int32.self) }
    #expect(throws: ModelFileError.self) { try tensor.mappedElements(of: UInt8.self) }
  }
}

extension StoredTensor {
  /// Returns the tensor's bytes, by way of elements of its own type.
  func bytesInPlace() throws -> [UInt8] {
    func bytes<Element: TensorElement>(_ type: Element.Type) throws -> [UInt8] {
      let mapped = try mappedElements(of: Element.self)
      return withExtendedLifetime(mapped.file) { Array(UnsafeRawBufferPointer(mapped.elements)) }
    }
    switch elementType {
    case .float32: return try bytes(Float.self)
    case .int8: return try bytes(Int8.self)
    case .int32: return try bytes(Int32.self)
    case .int64: return try bytes(Int64.self)
    case .uint8: return try bytes(UInt8.self)
    case .uint32: return try bytes(UInt32.self)
    case .uint64: return try bytes(UInt64.self)
    case .float16, .bfloat16: return []
    }
  }
}
