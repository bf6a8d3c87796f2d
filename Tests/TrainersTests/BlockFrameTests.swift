import Errors
import Foundation
import TestEnvironment
import Testing
import Trainers

/// Tests that any input other than valid frames is an error.
@Suite struct BlockFrameTests {
  private let problem = BlockProblem()

  @Test func damagedFramesAreToldApart() throws {
    var conversation = try BlockConversation()
    let whole = problem.gram.frame
    #expect(try conversation.failure(Data()) == nil)
    #expect(try conversation.failure(whole) == nil)
    #expect(try conversation.failure(whole.prefix(40)) == .cutOff)
    #expect(try conversation.failure(whole.dropLast()) == .cutOff)
    #expect(try conversation.failure(whole + [0x89]) == .cutOff)
    #expect(
      try conversation.failure(Data("GET / HTTP/1.1\r\n".utf8) + Data(count: 64)) == .badFrame)
    func altered(_ place: Int, _ value: UInt8) -> Data {
      var frame = whole
      frame[place] = value
      return frame
    }
    #expect(try conversation.failure(altered(8, 2)) == .otherVersion)
    #expect(try conversation.failure(altered(10, 99)) == .badFrame)
    #expect(try conversation.failure(altered(12, 1)) == .badFrame)
    #expect(try conversation.failure(altered(16, 1)) == .badFrame)
    #expect(try conversation.failure(altered(23, 0x7F)) == .tooLong)
    #expect(try conversation.failure(altered(24, 99)) == .badChecksum)
    #expect(try conversation.failure(altered(40, whole[40] ^ 1)) == .badChecksum)
    #expect(try conversation.failure(altered(200, whole[200] ^ 1)) == .badChecksum)
    // Memory for a length is not allocated before its data arrive.
    #expect(try conversation.failure(altered(19, 0x40)) == .cutOff)
    // Rows of 16 KiB: too many for one answer.
    let many = BlockMessage(4, [1_100_000, 4096, 7], [Data(count: 8_800_000)])
    #expect(try conversation.failure(many.frame) == .tooLong)
  }

  /// Frames with a valid digest and invalid contents.
  @Test func contentsAreChecked() throws {
    let (solve, factors) = (problem.solve, problem.factors)
    func with(_ slot: Int, _ value: UInt64) -> BlockMessage {
      var message = solve
      message.slots[slot] = value
      return message
    }
    func with(array: Int, _ bytes: Data) -> BlockMessage {
      var message = solve
      message.arrays[array] = bytes
      return message
    }
    let bad = [
      with(0, 0), with(0, 1 << 40), with(1, 4), with(1, 0), with(1, 5000), with(2, .max),
      with(2, 5),
      with(3, 3), with(4, Double.nan.bitPattern), with(4, (-1.0).bitPattern),
      with(5, Double.infinity.bitPattern), with(6, 3), with(7, 4), with(7, 1),
      // Lists that start late, go backwards or are empty; other rows out of order, repeated or out of bounds.
      with(array: 0, BlockMessage.bytes([1, 2, 3, 6] as [UInt64])),
      with(array: 0, BlockMessage.bytes([0, 4, 3, 6] as [UInt64])),
      with(array: 0, BlockMessage.bytes([0, 2, 2, 6] as [UInt64])),
      with(array: 1, BlockMessage.bytes([3, 0, 1, 0, 1, 2] as [UInt32])),
      with(array: 1, BlockMessage.bytes([0, 0, 1, 0, 1, 2] as [UInt32])),
      with(array: 1, BlockMessage.bytes([0, 4, 1, 0, 1, 2] as [UInt32])),
      with(array: 2, BlockMessage.bytes([1, 2, -3, 1, 2, 0] as [Float])),
      with(array: 2, BlockMessage.bytes([1, 2, .nan, 1, 2, 0] as [Float])),
      with(array: 3, BlockMessage.bytes([Float](repeating: .infinity, count: 48))),
    ]
    for (number, message) in bad.enumerated() {
      var conversation = try BlockConversation()
      let failure = try conversation.failure(
        problem.basis.frame + factors.frame + message.frame)
      #expect(failure == .badContents, "message \(number)")
    }
    var unfilled = factors
    unfilled.arrays = [BlockMessage.bytes([Float](repeating: 1, count: 64))]
    var conversation = try BlockConversation()
    #expect(try conversation.failure(unfilled.frame) == .badContents)
    var more = factors
    more.arrays.append(Data(count: 1))
    #expect(try conversation.failure(more.frame) == .badContents)
    // A valid message whose solution does not exist in single precision.
    let hopeless = with(4, 1e300.bitPattern)
    #expect(
      try conversation.failure(problem.basis.frame + factors.frame + hopeless.frame) == .unsolvable)
    let ones = BlockMessage(
      2, [3],
      [
        BlockMessage.bytes([1, 1, 1] as [Float]),
        BlockMessage.bytes([Float](repeating: 1, count: 9)),
      ])
    let large = [Float](repeating: 3e38, count: 3) + [Float](repeating: 0, count: 13)
    let turn = BlockMessage(6, [1, 3], [BlockMessage.bytes(large)])
    #expect(try conversation.failure(ones.frame + turn.frame) == .unsolvable)
  }

  @Test func contentsOfALSAreChecked() throws {
    let (solve, start) = (problem.alsSolve, problem.alsStart)
    func with(_ message: BlockMessage, _ slot: Int, _ value: UInt64) -> BlockMessage {
      var message = message
      message.slots[slot] = value
      return message
    }
    func with(_ message: BlockMessage, array: Int, _ bytes: Data) -> BlockMessage {
      var message = message
      message.arrays[array] = bytes
      return message
    }
    func settings(_ numbers: [Double]) -> BlockMessage {
      with(solve, array: 0, BlockMessage.bytes(numbers))
    }
    var slope = [Double](repeating: 0, count: 17)
    slope[16] = .nan
    let bad = [
      with(solve, 0, 2), with(solve, 1, 4), with(solve, 2, 7), with(solve, 3, 2),
      settings([0, 30, 1.5, 3, 1.2]), settings([0.1, -1, 1.5, 3, 1.2]),
      settings([0.1, 30, 0, 3, 1.2]), settings([0.1, 30, -1.5, 3, 1.2]),
      settings([0.1, 30, 1.5, .nan, 1.2]), settings([0.1, 30, 1.5, 3, -1]),
      with(solve, array: 1, BlockMessage.bytes(slope)),
      with(solve, array: 1, BlockMessage.bytes([1e300] + [Double](repeating: 0, count: 15) + [1])),
      with(solve, array: 2, BlockMessage.bytes([0, 2, 2, 6] as [UInt64])),
      with(solve, array: 3, BlockMessage.bytes([0, 0, 1, 0, 1, 2] as [UInt32])),
      with(solve, array: 4, BlockMessage.bytes([1, 2, 3, .infinity, 2.5, 0] as [Float])),
      with(start, 0, 4), with(start, 3, 2), with(start, 5, (-1.0).bitPattern),
      with(start, 6, 0), with(start, 6, Double.nan.bitPattern),
      with(start, array: 1, BlockMessage.bytes([1, 0, 2] as [UInt32])),
    ]
    for (number, message) in bad.enumerated() {
      var conversation = try BlockConversation()
      let failure = try conversation.failure(problem.factors.frame + message.frame)
      #expect(failure == .badContents, "message \(number)")
    }
    // No system can be solved with so little regularisation.
    var conversation = try BlockConversation()
    let hopeless = settings([1e-300, 0, 1.5, 3, 1.2])
    #expect(
      try conversation.failure(problem.factors.frame + hopeless.frame) == .unsolvable)
  }

  /// Random changes, deletions and insertions of bytes: without a valid digest always an error, with one an error or an
  /// answer.
  @Test func randomDamageIsSurvived() throws {
    var random = SplitMix64(seed: 4)
    let (problem, all) = (problem, problem.all)
    let whole = all.reduce(Data()) { $0 + $1.frame }
    for _ in 0..<1500 {
      var bytes = whole
      let place = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<3, using: &random) {
      case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 1: bytes.remove(at: place)
      default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
      }
      // The insertion or deletion may leave the bytes unchanged.
      guard bytes != whole else { continue }
      var conversation = try BlockConversation()
      #expect(try conversation.failure(bytes) != nil)
    }
    let extremes: [UInt64] = [
      0, 1, 2, 16, 4096, 4097, 1 << 31, 1 << 32, 1 << 34, 1 << 62, 1 << 63, .max,
    ]
    var answered = 0
    for _ in 0..<1500 {
      let message = all[Int.random(in: 0..<all.count, using: &random)]
      var payload = message.payload
      let word = Int.random(in: 0..<min(16, payload.count / 8), using: &random)
      let value = extremes[Int.random(in: 0..<extremes.count, using: &random)]
      payload.replaceSubrange(8 * word..<8 * word + 8, with: BlockMessage.bytes([value]))
      if Bool.random(using: &random) {
        payload = payload.prefix(Int.random(in: 1...payload.count / 64, using: &random) * 64)
      }
      var conversation = try BlockConversation()
      let bytes = problem.basis.frame + problem.factors.frame + message.frame(of: payload)
      if try conversation.failure(bytes) == nil { answered += 1 }
    }
    #expect(answered > 0 && answered < 1500)
  }
}
