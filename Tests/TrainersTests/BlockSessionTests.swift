import Errors
import Foundation
import Interactions
import Learning
import Ratings
import Recommenders
import TestEnvironment
import Testing
import Trainers

/// Compares blocks of `implicit-als` and `als` with training on one machine.
@Suite struct BlockSessionTests {
  private static let seed: UInt64 = 11

  private func ids(_ column: IdentifierColumn) -> [Int64] {
    guard case .integers(let ids) = column else { return [] }
    return ids
  }

  private func train(
    _ table: InteractionTable, _ blocks: BlockTraining, sweeps: Int
  ) throws -> (users: [Float], items: [Float]) {
    let lists = BlockTraining.lists(table)
    var items = try blocks.start(ids(table.itemIdentifiers), seed: Self.seed)
    var users: BlockTraining.Side?
    for _ in 0..<sweeps {
      var solved = try blocks.half(lists.users, users?.rows, &items)
      items = try blocks.half(lists.items, items.rows, &solved)
      users = solved
    }
    return (users.map { blocks.columns($0) } ?? [], blocks.columns(items))
  }

  /// Rows with few ratings, with many, and with more factors than are solved at once.
  @Test(arguments: [
    (60, 50, 0.6, 5, 0, "equal"), (40, 30, 0.4, 16, 1, "value"), (90, 80, 0.9, 70, 2, "log"),
  ])
  func blocksAreTheTrainingOnOneMachine(
    _ users: Int, _ items: Int, _ chance: Double, _ factors: Int, _ confidence: UInt64,
    _ name: String
  ) throws {
    let table = try RatingProblem.planted(users: users, items: items, chance: chance, seed: 5)
      .table()
    let fitted = try ImplicitALSTrainer(reading: [
      "factors": "\(factors)", "sweeps": "3", "alpha": "3", "regularization": "0.03",
      "confidence": name,
    ]).fit(TrainingData(training: table), in: TrainingContext(seed: Self.seed))
    let expected = try #require(fitted.learned as? FactorTables)
    func blocks(of size: Int) throws -> (users: [Float], items: [Float]) {
      try train(
        table,
        BlockTraining(
          factors: factors, alpha: 3, regularization: 0.03, confidence: confidence, blockSize: size),
        sweeps: 3)
    }
    let whole = try blocks(of: 1000)
    #expect(whole.users.map(\.bitPattern) == expected.userFactors.map(\.bitPattern))
    #expect(whole.items.map(\.bitPattern) == expected.itemFactors.map(\.bitPattern))
    // Bases differ because sums are in another order, so only scores are compared.
    let expectedScores = self.scores(expected.userFactors, expected.itemFactors, factors)
    for size in [7, 32] {
      let parts = try blocks(of: size)
      let found = self.scores(parts.users, parts.items, factors)
      #expect(agree(found, expectedScores, within: 1e-3), "in blocks of \(size)")
    }
  }

  /// Few factors and many, with ratings in halves and in hundreds.
  @Test(arguments: [(60, 50, 0.6, 5, 1.0), (40, 30, 0.4, 16, 100.0), (30, 60, 0.9, 40, 1.0)])
  func blocksOfALSAreTheTrainingOnOneMachine(
    _ users: Int, _ items: Int, _ chance: Double, _ factors: Int, _ unit: Double
  ) throws {
    var problem = RatingProblem.planted(users: users, items: items, chance: chance, seed: 5)
    problem.values = problem.values.map { Float(unit) * $0 }
    let table = try problem.table()
    var options = ALSOptions()
    options.factorCount = factors
    options.sweepCount = 3
    let fitted = try ALSTrainer(options: options)
      .fit(TrainingData(training: table), in: TrainingContext(seed: Self.seed))
    let expected = try #require(fitted.learned as? FactorTables)
    let deviation = Double(try #require(expected.deviation))
    for (size, tolerance) in [(1000, 0), (7, 1e-4), (32, 1e-4)] as [(Int, Float)] {
      let training = ALSBlockTraining(options: options, blockSize: size, table: table)
      let found = try training.train(seed: Self.seed)
      for (side, factorsOfSide, biases) in [
        (found.users, expected.userFactors, expected.userBiases),
        (found.items, expected.itemFactors, expected.itemBiases),
      ] {
        let numbers = training.columns(side)
        let own = numbers.indices.filter { $0 % (factors + 1) > 0 }
          .map { numbers[$0] * Float(deviation.squareRoot()) }
        let ownBiases = stride(from: 0, to: numbers.count, by: factors + 1)
          .map { Float(Double(numbers[$0]) * deviation) }
        #expect(agree(own, factorsOfSide, within: tolerance * Float(unit)), "in blocks of \(size)")
        #expect(agree(ownBiases, biases, within: tolerance * Float(unit)), "in blocks of \(size)")
        #expect(tolerance > 0 || own.map(\.bitPattern) == factorsOfSide.map(\.bitPattern))
      }
      let loss = found.items.squares / Double(table.count) * deviation * deviation
      let last = try #require(fitted.course?.history.epochs.last?.trainingLoss)
      #expect(abs(loss - last) <= 1e-4 * last)
    }
  }

  /// Real ratings, in seven blocks of users and eighteen of items.
  @Test(
    .enabled(
      if: Requirement.dataSet("ml-latest-small").isMet,
      Comment(rawValue: Requirement.dataSet("ml-latest-small").howToGet)))
  func blocksOfRealRatingsAreTheTrainingOnOneMachine() throws {
    let table = try InteractionTable.movieLens(Requirement.dataSet("ml-latest-small").resolve())
    var options = ALSOptions()
    (options.factorCount, options.sweepCount) = (16, 3)
    let fitted = try ALSTrainer(options: options)
      .fit(TrainingData(training: table), in: TrainingContext(seed: Self.seed))
    let expected = try #require(fitted.learned as? FactorTables)
    let deviation = try #require(expected.deviation)
    let training = ALSBlockTraining(options: options, blockSize: 100, table: table)
    let found = try training.train(seed: Self.seed)
    func predictions(_ users: [Float], _ items: [Float], _ unit: Double) -> [Float] {
      (0..<table.count).map { position in
        let user = Int(table.users[position]) * 17
        let item = Int(table.items[position]) * 17
        var score = users[user] + items[item]
        for place in 1..<17 { score += users[user + place] * items[item + place] }
        return Float(Double(score) * unit)
      }
    }
    func rows(_ biases: [Float], _ factors: [Float]) -> [Float] {
      biases.indices.flatMap { [biases[$0]] + factors[$0 * 16..<($0 + 1) * 16] }
    }
    let own = predictions(training.columns(found.users), training.columns(found.items), deviation)
    let others = predictions(
      rows(expected.userBiases, expected.userFactors),
      rows(expected.itemBiases, expected.itemFactors), 1)
    #expect(agree(own, others, within: 1e-3))

    let implicit = BlockTraining(
      factors: 16, alpha: 3, regularization: 0.03, confidence: 0, blockSize: 550)
    let learned = try ImplicitALSTrainer(reading: [
      "factors": "16", "sweeps": "2", "alpha": "3", "regularization": "0.03",
    ]).fit(TrainingData(training: table), in: TrainingContext(seed: Self.seed))
    let tables = try #require(learned.learned as? FactorTables)
    let blocks = try train(table, implicit, sweeps: 2)
    let some = 16 * 500
    #expect(
      agree(
        scores(blocks.users, Array(blocks.items[..<some]), 16),
        scores(tables.userFactors, Array(tables.itemFactors[..<some]), 16), within: 1e-3))
  }

  /// Returns the scores of all pairs.
  private func scores(_ users: [Float], _ items: [Float], _ factors: Int) -> [Float] {
    stride(from: 0, to: users.count, by: factors).flatMap { user in
      stride(from: 0, to: items.count, by: factors).map { item in
        var score: Float = 0
        for factor in 0..<factors { score += users[user + factor] * items[item + factor] }
        return score
      }
    }
  }

  /// For a given basis and other side, rows are solved independently.
  @Test func anySplitOfAHalfIsTheSameBitForBit() throws {
    let table = try RatingProblem.planted(users: 70, items: 40, chance: 0.7, seed: 6).table()
    func half(_ size: Int) throws -> [UInt32] {
      let whole = BlockTraining(
        factors: 20, alpha: 2, regularization: 0.1, confidence: 1, blockSize: 1000)
      var start = try whole.start(ids(table.itemIdentifiers), seed: 3)
      // The other side changes basis as a whole, so its rows are the same for all block sizes.
      _ = try whole.half(BlockTraining.lists(table).users, nil, &start)
      let blocks = BlockTraining(
        factors: 20, alpha: 2, regularization: 0.1, confidence: 1, blockSize: size)
      return try blocks.solved(BlockTraining.lists(table).users, for: start.rows).map(\.bitPattern)
    }
    let whole = try half(1000)
    for size in [1, 9, 64] { #expect(try half(size) == whole) }
  }

  @Test func startsFromIdsOfTexts() throws {
    let texts = ["a", "Größe", String(repeating: "x", count: 1024)]
    var ends: [UInt64] = []
    for text in texts { ends.append((ends.last ?? 0) + UInt64(text.utf8.count)) }
    var conversation = try BlockConversation()
    func start(_ texts: [String], _ ends: [UInt64]) -> BlockMessage {
      let bytes = Data(texts.joined().utf8)
      return BlockMessage(
        4, tag: 9, [UInt64(ends.count), 4, 1, 1, UInt64(bytes.count)],
        [BlockMessage.bytes(ends), bytes])
    }
    let all = try conversation.ask([start(texts, ends)])[0]
    #expect(all.kind == 8 && all.tag == 9 && all.slots[0] == 3)
    // A row depends only on its id, not on its position.
    let one = try conversation.ask([start([texts[1]], [UInt64(texts[1].utf8.count)])])[0]
    #expect(one.floats(4).map(\.bitPattern) == all.floats(20)[16...].map(\.bitPattern))
    let long = [String(repeating: "x", count: 1025)]
    #expect(try conversation.failure(start(long, [1025]).frame) == .badContents)
    // Cut within a character.
    #expect(try conversation.failure(start(["Ö"], [1, 2]).frame) == .badContents)
  }

  @Test func weightsFollowFromTheDataAsInATraining() throws {
    var conversation = try BlockConversation()
    let asked: [UInt64] = [600, 9000, 100_000, 64, Double(100_000).bitPattern]
    let free = try conversation.ask([
      BlockMessage(9, asked + [Double.nan.bitPattern, Double.nan.bitPattern])
    ])[0]
    let expected = ImplicitWeights(users: 600, items: 9000, ratings: 100_000, factorCount: 64)
    #expect(free.slots[5] == expected.alpha.bitPattern)
    #expect(free.slots[6] == expected.regularization.bitPattern)
    let weights = [7.0, 0.5].map { $0.bitPattern }
    let given = try conversation.ask([BlockMessage(9, asked + weights)])[0]
    #expect(Array(given.slots[5...6]) == weights)
  }

  /// Factors in a file equal those in a frame. The file must be the announced one.
  @Test func theOtherSideMayLieInAFile() throws {
    let folder = try TemporaryFolder()
    let problem = BlockProblem()
    var conversation = try BlockConversation()
    let inline = try conversation.ask([problem.basis, problem.factors, problem.solve])
    let path = try folder.write(Array(problem.factors.frame), to: "factors")
    func announced(_ path: String, _ digest: Data) -> BlockMessage {
      BlockMessage(3, [UInt64(path.utf8.count)], [digest, Data(path.utf8)])
    }
    let file = announced(path, problem.factors.digest)
    var other = try BlockConversation()
    let mapped = try other.ask([problem.basis, file, problem.solve])
    #expect(mapped.count == 1 && mapped[0].payload == inline[0].payload)
    func failure(_ message: BlockMessage) throws -> BlockErrorCode? {
      try conversation.failure(message.frame)
    }
    #expect(try failure(announced(path, problem.basis.digest)) == .badChecksum)
    #expect(try failure(announced(path + "2", problem.factors.digest)) == .inputOutput)
    #expect(try failure(announced(folder.path, problem.factors.digest)) == .inputOutput)
    let cut = try folder.write(Array(problem.factors.frame.dropLast(64)), to: "cut")
    #expect(try failure(announced(cut, problem.factors.digest)) == .cutOff)
    let short = try folder.write(Array(problem.factors.frame.prefix(20)), to: "short")
    #expect(try failure(announced(short, problem.factors.digest)) == .cutOff)
    var altered = problem.factors.frame
    altered[altered.count - 40] ^= 1
    let damaged = try folder.write(Array(altered), to: "damaged")
    #expect(try failure(announced(damaged, problem.factors.digest)) == .badChecksum)
    let basis = try folder.write(Array(problem.basis.frame), to: "basis")
    #expect(try failure(announced(basis, problem.basis.digest)) == .badChecksum)
    #expect(try failure(announced("a\0b", problem.factors.digest)) == .badContents)
  }

  /// If the other side is too large to send, a block is sent only with the rows it has ratings with.
  @Test func theRowsThatABlockHasRatingsWithAreEnough() throws {
    let problem = BlockProblem()
    let all = problem.factors.arrays[0]
    let some = BlockMessage(1, [2, 3], [all[..<64] + all[192...]])
    func rows(_ others: [UInt32], for factors: BlockMessage, of count: UInt64) throws -> [Float] {
      var solve = problem.solve
      solve.slots[0..<4] = [1, 3, 2, count]
      solve.slots[7] = 1
      solve.arrays = [
        BlockMessage.bytes([0, 2] as [UInt64]), BlockMessage.bytes(others),
        BlockMessage.bytes([1, 2] as [Float]),
      ]
      var conversation = try BlockConversation()
      return try conversation.ask([problem.basis, factors, solve])[0].floats(16)
    }
    let expected = try rows([0, 3], for: problem.factors, of: 4)
    #expect(expected.contains { $0 != 0 })
    #expect(try rows([0, 1], for: some, of: 4) == expected)
    // The total number of rows matters.
    #expect(try rows([0, 1], for: some, of: 2) != expected)
  }

  @Test func theyAreEnoughForALS() throws {
    let problem = BlockProblem()
    let all = problem.factors.arrays[0]
    func rows(_ others: [UInt32], for factors: BlockMessage) throws -> [Float] {
      var solve = problem.alsSolve
      solve.slots = [1, 3, 2, 0]
      solve.arrays[2...] = [
        BlockMessage.bytes([0, 2] as [UInt64]), BlockMessage.bytes(others),
        BlockMessage.bytes([1, 2] as [Float]),
      ]
      var conversation = try BlockConversation()
      return try conversation.ask([factors, solve])[0].floats(16)
    }
    let expected = try rows([0, 3], for: problem.factors)
    #expect(expected.contains { $0 != 0 })
    let some = BlockMessage(1, [2, 3], [all[..<64] + all[192...]])
    #expect(try rows([0, 1], for: some) == expected)
  }

  @Test func whatComesInTheWrongOrderIsRefused() throws {
    let problem = BlockProblem()
    for messages in [
      [problem.solve], [problem.basis, problem.solve], [problem.factors, problem.solve],
      [problem.turn], [problem.alsSolve],
    ] {
      var conversation = try BlockConversation()
      let failure = try conversation.failure(messages.reduce(Data()) { $0 + $1.frame })
      #expect(failure == .outOfOrder)
    }
    var conversation = try BlockConversation()
    let answer = try conversation.ask([problem.basis, problem.factors, problem.solve])[0]
    #expect(try conversation.failure(answer.frame) == .outOfOrder)
    // Messages for other commands.
    let small = BlockModelFiles.small
    for message in [small.model, small.items(0..<3), BlockMessage(15, [1, 1], [Data(count: 8)])] {
      #expect(try conversation.failure(message.frame) == .outOfOrder, "\(message.kind)")
    }
  }
}

extension BlockTraining {
  /// Returns the rows of `lists` solved for another side in its own basis, which is not changed again.
  func solved(_ lists: Lists, for other: [Float]) throws -> [Float] {
    let width = (factors + 15) / 16 * 16
    let count = other.count / width
    // Any spectrum will do, as long as all blocks use the same one.
    var vectors = [Float](repeating: 0, count: factors * factors)
    for factor in 0..<factors { vectors[factor * (factors + 1)] = 1 }
    let spectrum = (1...factors).map { Float($0) }
    let basis = BlockMessage(
      2, [UInt64(factors)], [BlockMessage.bytes(spectrum), BlockMessage.bytes(vectors)])
    let settings = [
      basis, BlockMessage(1, [UInt64(count), UInt64(factors)], [BlockMessage.bytes(other)]),
    ]
    return try stride(from: 0, to: lists.count, by: blockSize).flatMap { first in
      let rows = first..<min(first + blockSize, lists.count)
      var conversation = try BlockConversation()
      return try conversation.ask(settings + [solve(lists, rows, others: count, nil)])[0]
        .floats(rows.count * width)
    }
  }
}

extension FactorTables {
  /// The standard deviation of the ratings, from the fold-in of `als`.
  fileprivate var deviation: Double? {
    guard case .ridge(_, _, let deviation) = foldIn else { return nil }
    return deviation
  }
}
