import Errors
import Interactions
import Ratings
import Testing

@Suite struct SplitErrorTests {
  @Test(arguments: ["none", "random:0.2", "time:0.1", "last:1", "user-share:0.25"])
  func aSplitReadsAsItIsWritten(text: String) throws {
    #expect(try Split(text, seed: 3).description == text)
  }

  @Test func theSeedIsTakenOver() throws {
    #expect(try Split("random:0.2", seed: 3) == .random(share: 0.2, seed: 3))
    #expect(try Split("user-share:0.2", seed: 4) == .sharePerUser(share: 0.2, seed: 4))
  }

  @Test(arguments: [
    "", "all", "none:1", "random", "random:", "random:0", "random:1", "random:-0.1", "random:nan",
    "random:0.2:1", "random:20%", "time:2", "last:0", "last:-1", "last:1.5", "last:x",
    "user-share:1", "Random:0.2",
  ])
  func anythingElseIsRefused(text: String) {
    let error = #expect(throws: InteractionError.self) { try Split(text) }
    #expect(error?.code == .badSplit)
    #expect(error?.place == "split \(text)")
  }

  @Test func aShareOutOfRangeIsRefusedWhenSplitting() throws {
    let table = try table([Rating(user: UserID(1), item: ItemID(1))])
    for split in [Split.random(share: .nan, seed: 0), .lastPerUser(count: 0)] {
      #expect(throws: InteractionError.self) { try table.split(by: split) }
    }
  }

  @Test(arguments: [Split.time(share: 0.5), .lastPerUser(count: 1)], [true, false])
  func splitsByTimeNeedTimes(split: Split, keepingTimes: Bool) throws {
    let ratings = [
      Rating(user: UserID(1), item: ItemID(1), time: Timestamp(microseconds: 1)),
      Rating(user: UserID(1), item: ItemID(2)),
    ]
    let table = try table(ratings, keepingTimes: keepingTimes)
    let error = #expect(throws: InteractionError.self) { try table.split(by: split) }
    #expect(error?.code == .missingTimes)
    #expect(error?.problem == "\(keepingTimes ? 1 : 2) of 2 ratings have no time")
    #expect(split.needsTimes)
  }

  @Test func aSplitThatLeavesNothingToTrainOnIsRefused() throws {
    let one = [Rating(user: UserID(1), item: ItemID(1), time: Timestamp(microseconds: 1))]
    let byTime = #expect(throws: InteractionError.self) {
      try table(one).split(by: .time(share: 0.1))
    }
    #expect(byTime?.code == .emptyTraining)
    let none = #expect(throws: InteractionError.self) { try table([]).split(by: .none) }
    #expect(none?.code == .emptyTraining)
  }
}
