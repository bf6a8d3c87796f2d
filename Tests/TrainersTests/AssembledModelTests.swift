import Errors
import Foundation
import Interactions
import Learning
import ModelRegistry
import Ratings
import Recommenders
import TestEnvironment
import Testing
import Trainers

/// Tests models assembled from files of frames.
@Suite struct AssembledModelTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Returns the model file assembled from the folder, as bytes.
  private func assembled(_ trainer: some BlockTrainer, _ items: [ItemID: Item] = [:]) throws
    -> [UInt8]
  {
    try trainer.assembled(in: folder.path).describing(items).contents(
      kind: type(of: trainer).name,
      catalogue: ModelCatalogueContents(
        users: .integers([]), items: .integers([]), itemRatingCounts: [], ratedOffsets: [0],
        ratedItems: [], titles: []), transform: .none, ratingBounds: nil
    ).encoded()
  }

  private func ids(_ column: IdentifierColumn) -> BlockModelFiles.Identifiers {
    switch column {
    case .integers(let integers): .integers(integers)
    case .texts(let texts): .texts((0..<texts.count).map { texts[$0] })
    }
  }

  private func files(
    _ split: SplitRatings, trainer: UInt64, width: Int, numbers: [Double],
    rows: (users: [Float], items: [Float])
  ) -> BlockModelFiles {
    let catalogue = ModelCatalogueContents(ratings: split) { _ in nil }
    return BlockModelFiles(
      trainer: trainer, width: width, numbers: numbers, ratingCount: split.training.count,
      users: ids(catalogue.users), items: ids(catalogue.items), userRows: rows.users,
      itemRows: rows.items,
      rated: (0..<catalogue.users.count).map {
        Array(
          catalogue.ratedItems[
            Int(catalogue.ratedOffsets[$0])..<Int(catalogue.ratedOffsets[$0 + 1])])
      }, counts: catalogue.itemRatingCounts)
  }

  private func split() throws -> SplitRatings {
    try RatingProblem.planted(users: 60, items: 40, chance: 0.4, seed: 8).table()
      .split(by: .random(share: 0.2, seed: 1))
  }

  /// The whole path: the file is identical to that of a training on one machine, whatever the number of parts.
  @Test func anImplicitModelIsTheSameFile() throws {
    let split = try split()
    let trainer = try ImplicitALSTrainer(reading: [
      "factors": "5", "sweeps": "2", "alpha": "3", "regularization": "0.03",
    ])
    let fitted = try trainer.fit(
      TrainingData(training: split.training), in: TrainingContext(seed: 3))
    let tables = try #require(fitted.learned as? FactorTables)
    let items = [ItemID(3): Item(id: ItemID(3), title: "Alien")]
    let expected = try tables.contents(
      kind: "implicit-als",
      catalogue: ModelCatalogueContents(ratings: split) {
        items[split.training.identifier(of: $0)]
      }, transform: .none, ratingBounds: split.learnedBounds
    ).encoded()
    let files = files(
      split, trainer: 0, width: 5, numbers: [3, 0.03],
      rows: (tables.userFactors, tables.itemFactors))
    for size in [1000, 7] {
      try files.write(to: folder.path, partSize: size)
      #expect(try assembled(trainer, items) == expected, "in parts of \(size)")
    }
  }

  /// The file contains biases, the slope, the mean and the bounds of ratings.
  @Test func aModelOfRatingsIsTheSameFile() throws {
    let split = try split()
    var options = ALSOptions()
    (options.factorCount, options.sweepCount) = (17, 2)
    let fitted = try ALSTrainer(options: options)
      .fit(TrainingData(training: split.training), in: TrainingContext(seed: 3))
    let expected = try fitted.learned.contents(
      kind: "als", catalogue: ModelCatalogueContents(ratings: split) { _ in nil },
      transform: .none, ratingBounds: split.learnedBounds
    ).encoded()
    let training = ALSBlockTraining(options: options, blockSize: 1000, table: split.training)
    let learned = try training.train(seed: 3)
    let files = files(
      split, trainer: 1, width: 18, numbers: training.summary(learned),
      rows: (training.columns(learned.users), training.columns(learned.items)))
    for size in [1000, 7] {
      try files.write(to: folder.path, partSize: size)
      #expect(try assembled(ALSTrainer(options: options)) == expected, "in parts of \(size)")
    }
  }

  private let trainer: ImplicitALSTrainer = {
    var options = ImplicitALSOptions()
    options.factorCount = 2
    return ImplicitALSTrainer(options: options)
  }()

  /// Ids of both types are preserved with their rows.
  @Test func idsOfBothTypesAreKept() throws {
    for (users, items) in [
      (BlockModelFiles.small.users, BlockModelFiles.small.items),
      (.texts(["u", "v1", "w"]), .integers([1, 2, 3])),
    ] {
      var files = BlockModelFiles.small
      (files.users, files.items) = (users, items)
      for size in [1, 2, 3] {
        try files.write(to: folder.path, partSize: size)
        let model = try RecommenderForm.open(
          SafetensorsFile(MappedFile(copying: try assembled(trainer), named: "test")))
        try model.verifyContents()
        #expect(model.userCount == 3 && model.itemCount == 3)
        for row in 0..<3 {
          let user: UserID =
            switch users {
            case .integers(let ids): UserID(ids[row])
            case .texts(let ids): UserID(ids[row])
            }
          #expect(model.users.index(of: user)?.position == row)
          #expect(
            model.catalogue.withRatedItems(by: UserIndex(row)) { Array($0) } == files.rated[row])
          #expect(model.ratingCount(of: ItemIndex(row)) == Int(files.counts[row]))
        }
      }
    }
  }

  @Test func eachTrainerHasANumberOfItsOwn() {
    let numbers = TrainerRegistry.ofBlocks.map { $0.blockNumber }
    #expect(numbers.count > 1 && Set(numbers).count == numbers.count)
  }

  /// Columns are written some rows at a time. One large part gives the same columns as many small ones.
  @Test func longPartsAreWrittenPieceByPiece() throws {
    let count = 300_000
    var files = BlockModelFiles.small
    files.users = .integers((0..<count).map { Int64($0) })
    files.userRows = (0..<2 * count).map { Float($0) }
    files.rated = (0..<count).map { [UInt32($0 % 3)] }
    try files.write(to: folder.path, partSize: 1 << 16)
    let expected = try assembled(trainer)
    try files.write(to: folder.path)
    #expect(try assembled(trainer) == expected)
    let model = try RecommenderForm.open(
      SafetensorsFile(MappedFile(copying: expected, named: "test")))
    try model.verifyContents()
    #expect(model.userCount == count)
  }

  private func failure(_ files: BlockModelFiles = .small, _ change: () throws -> Void = {}) throws
    -> BlockErrorCode?
  {
    try files.write(to: folder.path)
    try change()
    do { _ = try trainer.assembled(in: folder.path) } catch { return error.code }
    return nil
  }

  private func write(_ frames: [BlockMessage], to name: String) throws {
    try folder.write(Array(frames.reduce(Data()) { $0 + $1.frame }), to: "\(name).frames")
  }

  @Test func filesOfAnotherModelAreRefused() throws {
    #expect(try failure() == nil)
    func with(_ change: (inout BlockModelFiles) -> Void) throws -> BlockErrorCode? {
      var files = BlockModelFiles.small
      change(&files)
      return try failure(files)
    }
    #expect(try with { $0.trainer = 1 } == .badContents)
    #expect(try with { $0.trainer = 9 } == .badContents)
    #expect(try with { $0.numbers = [2] } == .badContents)
    #expect(try with { $0.numbers = [2, .nan] } == .badContents)
    #expect(try with { $0.numbers = [-2, 0.1] } == .badContents)
    #expect(try with { $0.userRows[2] = .infinity } == .badContents)
    #expect(
      try with { files in
        files.width = 1
        files.userRows.removeLast(3)
        files.itemRows.removeLast(3)
      } == .badContents)
    let small = BlockModelFiles.small
    let wrong: [(String, [BlockMessage])] = [
      ("model", [small.users(0..<3)]), ("model", [small.model, small.model]),
      ("users", [small.users(0..<2)]), ("users", [small.users(0..<3), small.users(0..<1)]),
      ("users", [small.items(0..<3)]), ("items", [small.users(0..<3)]),
      ("users", [small.model]),
    ]
    for (name, frames) in wrong {
      let code = try failure { try write(frames, to: name) }
      #expect(code == .badContents || code == .badFrame, "\(name)")
    }
    var mixed = small
    mixed.items = .integers([1, 2, 3])
    #expect(
      try failure { try write([small.items(0..<1), mixed.items(1..<3)], to: "items") }
        == .badContents)
    for name in ["model", "users", "items"] {
      let path = folder.path("\(name).frames")
      #expect(try failure { try FileManager.default.removeItem(atPath: path) } == .inputOutput)
      #expect(try failure { try Data().write(to: URL(fileURLWithPath: path)) } == .inputOutput)
    }
  }

  /// Rows out of order and nonexistent rated items are found when the file is read back, as happens before publishing.
  @Test func whatTheFileCanNotHoldIsFoundBeforeItIsPublished() throws {
    func verify(_ change: (inout BlockModelFiles) -> Void) throws -> ModelFileErrorCode? {
      var files = BlockModelFiles.small
      change(&files)
      try files.write(to: folder.path)
      do {
        try RecommenderForm.open(
          SafetensorsFile(MappedFile(copying: try assembled(trainer), named: "test"))
        ).verifyContents()
      } catch let error as ModelFileError { return error.code }
      return nil
    }
    #expect(try verify { _ in } == nil)
    #expect(try verify { $0.users = .integers([7, -3, 9]) } == .badContents)
    #expect(try verify { $0.users = .integers([7, 7, 9]) } == .badContents)
    #expect(try verify { $0.items = .texts(["b", "a", "c"]) } == .badContents)
    #expect(try verify { $0.items = .texts(["a", "", "c"]) } == .badContents)
    #expect(try verify { $0.rated[1] = [2, 0] } == .badContents)
    #expect(try verify { $0.rated[1] = [0, 3] } == .badContents)
  }

  /// Random changes, deletions and insertions of bytes: without a valid digest always an error, with one an error, a
  /// rejected file or a valid one.
  @Test func randomDamageIsSurvived() throws {
    var random = SplitMix64(seed: 5)
    let files = BlockModelFiles.small
    let frames = [
      ("model", files.model), ("users", files.users(0..<3)), ("items", files.items(0..<3)),
    ]
    for _ in 0..<600 {
      let (name, message) = frames[Int.random(in: 0..<3, using: &random)]
      var bytes = Array(message.frame)
      let place = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<3, using: &random) {
      case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 1: bytes.remove(at: place)
      default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
      }
      // The digest covers the tag too. An inserted or removed byte may leave the frame unchanged.
      guard Data(bytes) != message.frame else { continue }
      #expect(try failure { try folder.write(bytes, to: "\(name).frames") } != nil)
    }
    let extremes: [UInt64] = [0, 1, 3, 4096, 4098, 1 << 32, 1 << 34, 1 << 62, 1 << 63, .max]
    var whole = 0
    for _ in 0..<600 {
      let (name, message) = frames[Int.random(in: 0..<3, using: &random)]
      var payload = message.payload
      let word = Int.random(in: 0..<min(16, payload.count / 8), using: &random)
      let value = extremes[Int.random(in: 0..<extremes.count, using: &random)]
      payload.replaceSubrange(8 * word..<8 * word + 8, with: BlockMessage.bytes([value]))
      try files.write(to: folder.path)
      try folder.write(Array(message.frame(of: payload)), to: "\(name).frames")
      do {
        try RecommenderForm.open(
          SafetensorsFile(MappedFile(copying: try assembled(trainer), named: "test"))
        ).verifyContents()
        whole += 1
      } catch is BlockError {} catch is ModelFileError {}
    }
    #expect(whole > 0 && whole < 600)
  }
}
