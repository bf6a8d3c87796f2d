import Errors
import Foundation
import ModelRegistry
import Ratings
import Recommenders
import TensorCore
import TestEnvironment
import Testing

/// Valid safetensors files that are invalid models: each gives its error, and no look-up crashes.
struct HostileModelTests {
  /// The tensors and metadata of a small model with integer users and text items, to be altered.
  static let tensors: [OutgoingTensor] = [
    OutgoingTensor("item_factors", [3, 2], [Float](repeating: 0.5, count: 6)),
    OutgoingTensor("user_factors", [2, 2], [Float](repeating: 0.25, count: 4)),
    OutgoingTensor("item_biases", [Float(0), 1, 2]),
    OutgoingTensor("user_biases", [Float(0), 1]),
    OutgoingTensor("global_mean", [Float(3)]),
    OutgoingTensor("item_rating_counts", [UInt32(1), 2, 0]),
    OutgoingTensor("rated_offsets", [UInt64(0), 1, 3]),
    OutgoingTensor("rated_items", [UInt32(1), 0, 1]),
    OutgoingTensor("user_ids", [Int64(10), 20]),
    OutgoingTensor("item_id_bytes", Array("abc".utf8)),
    OutgoingTensor("item_id_ends", [UInt64(1), 2, 3]),
    OutgoingTensor("title_bytes", Array("AlienBig".utf8)),
    OutgoingTensor("title_ends", [UInt64(5), 5, 8]),
    OutgoingTensor("attribute_bytes", Array("g=ag=b".utf8)),
    OutgoingTensor("attribute_ends", [UInt64(3), 6]),
    OutgoingTensor("attribute_offsets", [UInt64(0), 1, 3]),
    OutgoingTensor("attribute_items", [UInt32(2), 0, 1]),
    OutgoingTensor("cold_items", [UInt32(2)]),
    OutgoingTensor("cold_neighbour_offsets", [UInt64(0), 2]),
    OutgoingTensor("cold_neighbours", [UInt32(0), 1]),
    OutgoingTensor("cold_similarities", [Float(0.5), 1]),
  ]

  static let metadata = [
    "latent.format": "1", "latent.form": "factor-model", "latent.kind": "dot-bias",
    "latent.ranking": "score",
  ]

  static func open(
    replacing replacement: OutgoingTensor? = nil, without missing: String? = nil,
    metadata changes: [String: String?] = [:]
  ) throws -> FactorModel {
    let tensors = Self.tensors.map { $0.name == replacement?.name ? replacement ?? $0 : $0 }
    var metadata = metadata
    for (key, value) in changes { metadata[key] = value }
    let bytes = try SafetensorsWriter.encode(
      tensors.filter { $0.name != missing }, metadata: metadata)
    return try FactorModel(SafetensorsFile(MappedFile(copying: bytes, named: "hostile")))
  }

  static func code(_ body: () throws -> Void) -> ModelFileErrorCode? {
    do {
      try body()
      return nil
    } catch {
      return (error as? ModelFileError)?.code
    }
  }

  @Test func theUnalteredFileIsGood() throws {
    let model = try Self.open()
    try model.verifyContents()
    #expect(model.items.index(of: ItemID("c")) == ItemIndex(2))
    #expect(model.title(of: ItemIndex(0)) == "Alien" && model.title(of: ItemIndex(1)) == nil)
    #expect(Array(model.catalogue.items(with: ItemAttribute(name: "g", value: "b"))) == [0, 1])
    #expect(abs(model.predict(for: model.user(1), item: ItemIndex(2)) - 6.25) < 1e-6)
  }

  @Test(arguments: tensors.map(\.name))
  func aMissingTensorIsNamed(_ name: String) {
    #expect(Self.code { _ = try Self.open(without: name) } == .missingTensor)
  }

  @Test(arguments: tensors.map(\.name))
  func aTensorOfAnotherShapeOrTypeIsNamed(_ name: String) throws {
    let original = try #require(Self.tensors.first { $0.name == name })
    let deeper = OutgoingTensor(name, [1, 1, 1], [Float(1)])
    #expect(Self.code { _ = try Self.open(replacing: deeper) } == .wrongTensor)
    let retyped = OutgoingTensor(
      name, original.shape, [Int32](repeating: 0, count: original.shape.elementCount))
    #expect(Self.code { _ = try Self.open(replacing: retyped) } == .wrongTensor)
    let free = [
      "rated_items", "item_id_bytes", "title_bytes", "attribute_bytes", "attribute_items",
      "cold_neighbours",
    ]
    guard !free.contains(name) else { return }
    let longer = OutgoingTensor(
      name, [original.shape[0] + 1] + Array(original.shape.dimensions.dropFirst()),
      elementType: original.elementType)
    #expect(Self.code { _ = try Self.open(replacing: longer) } == .wrongTensor)
  }

  @Test(
    arguments: [
      (["latent.format": nil], ModelFileErrorCode.foreign),
      (["latent.format": "2"], .tooNew),
      (["latent.format": "99999999999999999999"], .foreign),
      (["latent.format": "0"], .foreign),
      (["latent.form": nil], .foreign),
      (["latent.form": "picture-model"], .foreign),
      (["latent.kind": nil], .badContents),
      (["latent.ranking": "whim"], .badContents),
      (["latent.output_range.lower": "0"], .badContents),
      (["latent.rating_bounds.upper": "5"], .badContents),
      (["latent.rating_bounds.lower": "5", "latent.rating_bounds.upper": "1"], .badContents),
      (["latent.rating_bounds.lower": "0", "latent.rating_bounds.upper": "inf"], .badContents),
      (["latent.output_range.lower": "5", "latent.output_range.upper": "1"], .badContents),
      (["latent.output_range.lower": "0", "latent.output_range.upper": "nan"], .badContents),
      (["latent.output_range.lower": "0", "latent.output_range.upper": "inf"], .badContents),
    ] as [([String: String?], ModelFileErrorCode)])
  func metadataAreChecked(_ changes: [String: String?], _ expected: ModelFileErrorCode) {
    #expect(Self.code { _ = try Self.open(metadata: changes) } == expected)
  }

  @Test func dimensionsWhoseProductOverflowsAreNoShape() {
    // There are no items, so that 2^62 factors take no bytes; two users with as many would overflow.
    let endless = OutgoingTensor("item_factors", [0, 1 << 62], [Float]())
    #expect(Self.code { _ = try Self.open(replacing: endless) } == .wrongTensor)
  }

  /// Contents that only `verifyContents` rejects, and on which no look-up may crash.
  static let badContents: [OutgoingTensor] = [
    OutgoingTensor("global_mean", [Float.nan]),
    OutgoingTensor("item_factors", [3, 2], [0, 0, 0, 0, 0, Float.infinity]),
    OutgoingTensor("user_factors", [2, 2], [Float.nan, 0, 0, 0]),
    OutgoingTensor("item_biases", [Float(0), -.infinity, 0]),
    OutgoingTensor("user_biases", [Float(0), .nan]),
    OutgoingTensor("user_ids", [Int64(20), 10]),
    OutgoingTensor("user_ids", [Int64(10), 10]),
    OutgoingTensor("rated_offsets", [UInt64(1), 1, 3]),
    OutgoingTensor("rated_offsets", [UInt64(0), 1, 2]),
    OutgoingTensor("rated_offsets", [UInt64(0), 4, 3]),
    OutgoingTensor("rated_offsets", [UInt64(0), .max, 3]),
    OutgoingTensor("rated_offsets", [UInt64.max, .max, .max]),
    OutgoingTensor("rated_items", [UInt32(3), 0, 1]),
    OutgoingTensor("rated_items", [UInt32(0), 1, 0]),
    OutgoingTensor("rated_items", [UInt32(0), 1, 1]),
    OutgoingTensor("rated_items", [UInt32(0), 1, .max]),
    OutgoingTensor("cold_items", [UInt32(3)]),
    OutgoingTensor("cold_neighbour_offsets", [UInt64(0), 3]),
    OutgoingTensor("cold_neighbour_offsets", [UInt64(2), 1]),
    OutgoingTensor("cold_neighbours", [UInt32(1), 0]),
    OutgoingTensor("cold_neighbours", [UInt32(0), 3]),
    OutgoingTensor("cold_similarities", [Float(0), 1]),
    OutgoingTensor("cold_similarities", [Float(0.5), .nan]),
    OutgoingTensor("item_id_bytes", Array("acb".utf8)),
    OutgoingTensor("item_id_bytes", Array("abb".utf8)),
    OutgoingTensor("item_id_bytes", [UInt8]("ab".utf8) + [0xFF]),
    OutgoingTensor("item_id_bytes", Array("abcd".utf8)),
    OutgoingTensor("item_id_bytes", [UInt8]()),
    OutgoingTensor("item_id_ends", [UInt64(1), 1, 3]),
    OutgoingTensor("item_id_ends", [UInt64(2), 1, 3]),
    OutgoingTensor("item_id_ends", [UInt64(1), 2, .max]),
    OutgoingTensor("item_id_ends", [UInt64.max, 1 << 63, .max]),
    OutgoingTensor("title_ends", [UInt64(5), 4, 8]),
    OutgoingTensor("title_ends", [UInt64(5), 5, 9]),
    OutgoingTensor("title_bytes", [UInt8(0xC3)] + Array("lienBig".utf8)),
    OutgoingTensor("attribute_bytes", Array("g=bg=a".utf8)),
    OutgoingTensor("attribute_bytes", Array("g=ag=a".utf8)),
    OutgoingTensor("attribute_bytes", [UInt8(0xFF)] + Array("=ag=b".utf8)),
    OutgoingTensor("attribute_ends", [UInt64(3), .max]),
    OutgoingTensor("attribute_ends", [UInt64(6), 3]),
    OutgoingTensor("attribute_offsets", [UInt64(0), 4, 3]),
    OutgoingTensor("attribute_offsets", [UInt64(1), 1, 3]),
    OutgoingTensor("attribute_offsets", [UInt64.max, .max, .max]),
    OutgoingTensor("attribute_items", [UInt32(2), 1, 0]),
    OutgoingTensor("attribute_items", [UInt32(2), 1, 1]),
    OutgoingTensor("attribute_items", [UInt32(3), 0, 1]),
    OutgoingTensor("attribute_items", [UInt32.max, 0, 1]),
  ]

  @Test(arguments: badContents.indices)
  func badContentsAreFoundAndCrashNothing(_ number: Int) throws {
    let model = try Self.open(replacing: Self.badContents[number])
    #expect(Self.code { try model.verifyContents() } == .badContents)
    model.lookAtEverything()
  }

  @Test func alteredModelsGiveAnErrorOrOpen() throws {
    var random = SplitMix64(seed: 21)
    let models = try [
      RandomContents(userCount: 4, itemCount: 6, factorCount: 3, hasAttributes: true),
      RandomContents(userCount: 3, itemCount: 4, factorCount: 17, userType: .text, seed: 3),
    ].map { try $0.make().encoded() }
    var opened = 0
    let count = fuzzCount(10_000)
    for _ in 0..<count {
      var bytes = models[Int.random(in: 0..<models.count, using: &random)]
      let dataStart = 8 + Int(bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) })
      let inData = Int.random(in: 0..<5, using: &random) > 0
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let position = Int.random(
          in: inData ? dataStart..<bytes.count : 0..<dataStart, using: &random)
        bytes[position] =
          [0, 1, 0x30, 0x7F, 0xFF, UInt8.random(in: 0...255, using: &random)]
          .randomElement(using: &random) ?? 0
      }
      guard
        let model = try? FactorModel(SafetensorsFile(MappedFile(copying: bytes, named: "altered")))
      else { continue }
      opened += 1
      try? model.verifyContents()
      model.lookAtEverything()
    }
    #expect(opened > count / 2)
  }

  @Test func openingReadsNoTable() throws {
    // Two million users with 128 factors: a gigabyte that takes no space on disk.
    let users = 2_000_000
    let folder = try TemporaryFolder()
    let path = folder.path("model")
    var header = "{\"__metadata__\":{"
    header += Self.metadata.map { "\"\($0.key)\":\"\($0.value)\"" }.joined(separator: ",") + "}"
    var end = 0
    func add(_ name: String, _ type: ElementType, _ dimensions: [Int]) {
      let size = dimensions.reduce(type.byteCount, *)
      header +=
        ",\"\(name)\":{\"dtype\":\"\(type.rawValue)\",\"shape\":\(dimensions),"
        + "\"data_offsets\":[\(end),\(end + size)]}"
      end += size
    }
    add("user_ids", .int64, [users])
    add("item_ids", .int64, [0])
    add("rated_offsets", .uint64, [users + 1])
    add("title_ends", .uint64, [0])
    add("user_factors", .float32, [users, 128])
    add("item_factors", .float32, [0, 128])
    add("user_biases", .float32, [users])
    add("item_biases", .float32, [0])
    add("global_mean", .float32, [1])
    add("item_rating_counts", .uint32, [0])
    add("rated_items", .uint32, [0])
    add("title_bytes", .uint8, [0])
    header += "}"
    while header.utf8.count % 8 != 0 { header += " " }
    let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
    try folder.write(length + Array(header.utf8), to: "model")
    #expect(truncate(path, off_t(8 + header.utf8.count + end)) == 0)

    let before = PageFaults.count
    let model = try FactorModel.open(path)
    // Reading it would fault in 16,000 clusters of pages.
    #expect(PageFaults.count - before < 64)
    #expect(model.userCount == users && model.byteCount > 1_000_000_000)
  }
}

extension OutgoingTensor {
  /// Creates a tensor of zeros.
  init(_ name: String, _ dimensions: [Int], elementType: ElementType) {
    let shape = Shape(dimensions)
    self.init(name, elementType, shape) { (stream) throws(ModelFileError) in
      switch elementType {
      case .uint64: try stream.append([UInt64](repeating: 0, count: shape.elementCount))
      case .int64: try stream.append([Int64](repeating: 0, count: shape.elementCount))
      case .uint32: try stream.append([UInt32](repeating: 0, count: shape.elementCount))
      case .uint8: try stream.append([UInt8](repeating: 0, count: shape.elementCount))
      default: try stream.append([Float](repeating: 0, count: shape.elementCount))
      }
    }
  }
}

extension FactorModel {
  /// Makes every kind of look-up.
  func lookAtEverything() {
    for row in 0..<userCount {
      let user = UserIndex(row)
      _ = users.index(of: users.identifier(at: user))
      let known = self.user(at: user)
      #expect(known.ratedItems.allSatisfy { $0 < UInt32(itemCount) })
      for item in 0..<itemCount { _ = predict(for: known, item: ItemIndex(item)) }
    }
    for row in 0..<itemCount {
      let item = ItemIndex(row)
      _ = items.index(of: items.identifier(at: item))
      _ = title(of: item)
      _ = ratingCount(of: item)
    }
    for value in ["a", "b", "Comedy"] {
      let items = catalogue.items(with: ItemAttribute(name: "g", value: value))
      #expect(items.allSatisfy { $0 < itemCount })
    }
    _ = users.index(of: UserID(15))
    _ = items.index(of: ItemID("ba"))
    _ = users.nearest(to: "abc", count: 3)
    _ = items.nearest(to: "abc", count: 3)
    _ = users.index(of: UserID(.min))
    _ = users.index(of: UserID(.max))
  }
}
